/** What ShutdownMultiplayerServer is sent, and what is made of its answers. */
import type { HttpClient } from '@azure/core-rest-pipeline';
import type { EndAnswer } from '../../../../lib/fleets/fleet.ts';
import { createPlayFabFleet } from '../../../../lib/fleets/playFab/playFabFleet.ts';
import { staticTokenSource } from '../../../../lib/fleets/sessionHosts/tokenSource.ts';
import { transport } from '../transport.ts';

const SESSION = '3536d3e6-e85d-4f47-b898-9617d19dabcd';
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
/** As PlayFab's own PowerShell module shows it. */
const ACCEPTED = { code: 200, status: 'OK', data: {} };

const endOver = (httpClient: HttpClient): Promise<EndAnswer | undefined> => {
  const fleet = createPlayFabFleet({
    settings: { endpoint: 'https://A1B2C.playfabapi.com/', secretKey: 'the-key', hostName: 'fqdn' },
    tokenSource: staticTokenSource('the-token'),
    httpClient,
  });
  const options = { signal: AbortSignal.timeout(20_000), traceparent: TRACEPARENT };
  return Promise.resolve(fleet.end?.(SESSION, options));
};

it('a session is ended by one call that has its id alone', async () => {
  const client = transport(ACCEPTED);
  expect(await endOver(client)).toEqual({ kind: 'ended', status: 200 });
  const [sent, ...more] = client.requests;
  expect([sent?.method, sent?.url, sent?.body, more]).toEqual([
    'POST',
    'https://a1b2c.playfabapi.com/MultiplayerServer/ShutdownMultiplayerServer',
    JSON.stringify({ SessionId: SESSION }),
    [],
  ]);
  expect(sent?.headers.toJSON()).toMatchObject({
    'x-entitytoken': 'the-token',
    'content-type': 'application/json',
    traceparent: TRACEPARENT,
  });
  expect(sent?.headers.get('x-secretkey')).toBeUndefined();
});

const error = (name: string) => ({ error: name, errorMessage: 'words-of-the-upstream' });

it.each([
  [404, error('MultiplayerServerNotFound')],
  [400, error('MultiplayerServerNotFound')],
  [400, error('MultiplayerServerNoContent')],
])('%d %j: there is no host', async (status, body) => {
  expect(await endOver(transport(body, status))).toEqual({ kind: 'no-host', status });
});

describe('neither is certain, and the reason has no upstream text, where', () => {
  const SCHEMA = "The answer of PlayFab's ShutdownMultiplayerServer is not of its schema.";
  it.each<[string, unknown]>([
    ['the answer is empty', ''],
    ['it is not JSON', 'words-of-the-upstream'],
    ['it is a list', []],
    ['it is an empty object', {}],
    ['there is no data', { code: 200, status: 'OK' }],
    ['an error comes in a 200', { ...ACCEPTED, code: 500 }],
    ['a missing server comes in a 200', { code: 404, ...error('MultiplayerServerNotFound') }],
    ['its code is text', { ...ACCEPTED, code: '200' }],
  ])('%s', async (_, answer) => {
    expect(await endOver(transport(answer))).toEqual({ kind: 'failed', status: 200, reason: SCHEMA });
  });

  const answered = (what: string) => `ShutdownMultiplayerServer of PlayFab answered ${what}.`;
  it.each<[number, unknown, string, number]>([
    [204, '', answered('204'), 1],
    [302, error('MultiplayerServerNotFound'), answered('302'), 1],
    [400, error('InvalidParams'), answered('400'), 1],
    [
      401,
      error('NotAuthenticated'),
      answered('401: check that PLAYFAB_SECRET_KEY is of PLAYFAB_TITLE_ID'),
      // With another token, once.
      2,
    ],
    [
      403,
      error('MultiplayerServerForbidden'),
      answered('403: check that the API policy of the title lets the title itself shut its servers down'),
      1,
    ],
    [404, 'no such page', answered('404, but not that the session has no server: check PLAYFAB_ENDPOINT'), 1],
    [409, error('MultiplayerServerConflict'), answered('409'), 1],
    [
      429,
      error('MultiplayerServerTooManyRequests'),
      answered('429: PlayFab limits how often it may be asked'),
      1,
    ],
    [500, error('MultiplayerServerInternalServerError'), answered('500'), 1],
  ])('PlayFab answers %i %j', async (status, body, reason, calls) => {
    const client = transport(body, status);
    expect(await endOver(client)).toEqual({ kind: 'failed', status, reason });
    expect(client.requests).toHaveLength(calls);
  });

  it('the connection is lost', async () => {
    const client: HttpClient = { sendRequest: () => Promise.reject(new Error('words-of-the-upstream')) };
    expect(await endOver(client)).toEqual({
      kind: 'failed',
      reason: 'ShutdownMultiplayerServer of PlayFab gave no answer (connection-lost).',
    });
  });
});
