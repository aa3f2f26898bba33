import type { HttpClient } from '@azure/core-rest-pipeline';
import type { PlayFabSettings } from '../../../../lib/fleets/playFab/settings.ts';
import { entityTokenSource } from '../../../../lib/fleets/playFab/entityTokens.ts';
import { transport } from '../transport.ts';

const SETTINGS: PlayFabSettings = {
  endpoint: 'https://A1B2C.playfabapi.com',
  secretKey: 'the-key',
  hostName: 'fqdn',
};
const signal = () => AbortSignal.timeout(20_000);
const NOW = Date.parse('2026-11-22T08:00:00Z');
let nowMs: number;

beforeEach(() => {
  nowMs = NOW;
  jest.spyOn(Date, 'now').mockImplementation(() => nowMs);
});
afterEach(() => jest.restoreAllMocks());

const sourceOver = (httpClient: HttpClient) =>
  entityTokenSource({ settings: SETTINGS, timeoutMs: 8_000, httpClient });
const granting = (members: object) => transport({ code: 200, status: 'OK', data: members });

it('exchanges the secret key for the title’s own token, as the reference has it', async () => {
  const client = granting({ EntityToken: 'token-1', TokenExpiration: '2026-11-23T08:00:00Z' });
  expect(await sourceOver(client).get(signal())).toBe('token-1');
  const [sent] = client.requests;
  expect(sent?.url).toBe('https://a1b2c.playfabapi.com/Authentication/GetEntityToken');
  expect(sent?.headers.get('x-secretkey')).toBe('the-key');
  expect(sent?.body).toBe('{}');
});

it.each([
  ['as long as it says', '2026-11-22T08:30:00Z', 30],
  ['an hour where it does not say', undefined, 60],
  ['an hour where that cannot be read', 'tomorrow', 60],
])('keeps a token %s', async (_, TokenExpiration, minutes) => {
  const client = granting({ EntityToken: 'token-1', TokenExpiration });
  const source = sourceOver(client);
  await source.get(signal());
  nowMs = NOW + (minutes - 5) * 60_000 - 1;
  await source.get(signal());
  expect(client.requests).toHaveLength(1);
  // Five minutes before its end it is renewed beside the call.
  nowMs += 1;
  await source.get(signal());
  expect(client.requests).toHaveLength(2);
});

it('forgets a token that was refused, also where no other can be had', async () => {
  let answers = granting({ EntityToken: 'token-1', TokenExpiration: '2026-11-23T08:00:00Z' });
  const source = sourceOver({ sendRequest: (request) => answers.sendRequest(request) });
  expect(await source.get(signal())).toBe('token-1');
  answers = transport({ error: 'NotAuthenticated' }, 401);
  await expect(source.get(signal(), { refused: 'token-1' })).rejects.toThrow('GetEntityToken answered 401');
  await expect(source.get(signal())).rejects.toThrow('GetEntityToken answered 401');
  answers = granting({ EntityToken: 'token-2', TokenExpiration: '2026-11-23T08:00:00Z' });
  expect(await source.get(signal())).toBe('token-2');
  // A late word about the old one does not cost the new one.
  expect(await source.get(signal(), { refused: 'token-1' })).toBe('token-2');
  expect(answers.requests).toHaveLength(1);
});

it('fetches one token for all whose calls were refused with the last one', async () => {
  let answers = granting({ EntityToken: 'token-1', TokenExpiration: '2026-11-23T08:00:00Z' });
  const source = sourceOver({ sendRequest: (request) => answers.sendRequest(request) });
  await source.get(signal());
  answers = granting({ EntityToken: 'token-2', TokenExpiration: '2026-11-23T08:00:00Z' });
  const got = await Promise.all(
    Array.from({ length: 20 }, () => source.get(signal(), { refused: 'token-1' })),
  );
  expect(got).toEqual(Array<string>(20).fill('token-2'));
  expect(answers.requests).toHaveLength(1);
});

it.each([
  [401, {}, { final: true, retryAfterMs: undefined }],
  [400, { error: 'InvalidParams' }, { final: true, retryAfterMs: undefined }],
  [400, { error: 'APIConcurrentRequestLimitExceeded' }, { final: false, retryAfterMs: undefined }],
  [409, { error: 'ConcurrentEditError' }, { final: false, retryAfterMs: undefined }],
  [400, { error: 'ServiceUnavailable', retryAfterSeconds: 3 }, { final: false, retryAfterMs: 3_000 }],
  [429, { retryAfterSeconds: 9 }, { final: false, retryAfterMs: 9_000 }],
  [500, {}, { final: false, retryAfterMs: undefined }],
  [302, {}, { final: false, retryAfterMs: undefined }],
])('of GetEntityToken’s %d %j says whether it may be repeated, and when', async (status, body, expected) => {
  await expect(sourceOver(transport(body, status)).get(signal())).rejects.toMatchObject(expected);
});

it.each([
  [401, 'check PLAYFAB_SECRET_KEY and PLAYFAB_TITLE_ID.'],
  [404, 'check PLAYFAB_ENDPOINT, PLAYFAB_SECRET_KEY and PLAYFAB_TITLE_ID.'],
  [405, 'check PLAYFAB_ENDPOINT, PLAYFAB_SECRET_KEY and PLAYFAB_TITLE_ID.'],
])('says after %d: %s', async (status, remedy) => {
  await expect(sourceOver(transport({}, status)).get(signal())).rejects.toThrow(
    `PlayFab gave no entity token (GetEntityToken answered ${status}): ${remedy}`,
  );
});

it('names the settings of an address where nobody is', async () => {
  const nobody = { sendRequest: () => Promise.reject(Object.assign(new Error(), { code: 'ENOTFOUND' })) };
  await expect(sourceOver(nobody).get(signal())).rejects.toThrow(
    'No entity token could be had from PlayFab. No connection to the fleet could be made: ' +
      'check the endpoint (PLAYFAB_ENDPOINT, else by PLAYFAB_TITLE_ID), its DNS name and the network.',
  );
});

it('sends the key nowhere over plain http but to this machine', () => {
  const settings = { ...SETTINGS, endpoint: 'http://fleet.example' };
  expect(() => entityTokenSource({ settings, timeoutMs: 8_000 })).toThrow(/PLAYFAB_ENDPOINT/);
});
