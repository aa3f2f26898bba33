import type { PlayFabSettings } from '../../../../lib/fleets/playFab/settings.ts';
import type { FleetRequest } from '../../../../lib/fleets/fleet.ts';
import { createPlayFabFleet } from '../../../../lib/fleets/playFab/playFabFleet.ts';
import { staticTokenSource } from '../../../../lib/fleets/sessionHosts/tokenSource.ts';
import { transport } from '../transport.ts';

const SETTINGS: PlayFabSettings = {
  endpoint: 'https://A1B2C.playfabapi.com/',
  secretKey: 'the-key',
  hostName: 'fqdn',
};
const REQUEST: FleetRequest = {
  sessionId: '3536d3e6-e85d-4f47-b898-9617d19dabcd',
  // In an order that no sorting gives.
  locations: ['West US', 'East US 2', 'North Europe'],
  target: '9a8a4584-c81a-479c-9ef9-16d3743f7ca7',
};
/** The sample of the REST reference in shape, with every documented member. */
const ANSWER = {
  code: 200,
  status: 'OK',
  data: {
    BuildId: '9a8a4584-c81a-479c-9ef9-16d3743f7ca7',
    ConnectedPlayers: [],
    FQDN: 'dns1.westus.cloudapp.azure.com',
    IPV4Address: '203.0.113.7',
    LastStateTransitionTime: '2026-11-22T08:15:30Z',
    Ports: [
      { Name: 'game', Num: 30_100, Protocol: 'UDP' },
      { Name: 'voice', Num: 30_101, Protocol: null },
    ],
    PublicIPV4Addresses: [],
    Region: 'WestUs',
    ServerId: '5e4fe41d-0000-4000-8000-000000000001',
    SessionId: '3536D3E6-E85D-4F47-B898-9617D19DABCD',
    State: 'Active',
    VmId: 'xcloud:vm:1',
  },
};

const fleetOver = (httpClient: ReturnType<typeof transport>, settings: Partial<PlayFabSettings> = {}) =>
  createPlayFabFleet({
    settings: { ...SETTINGS, ...settings },
    tokenSource: staticTokenSource('the-token'),
    httpClient,
  });
const call = () => ({ signal: AbortSignal.timeout(20_000) });

describe('what RequestMultiplayerServer is sent', () => {
  it('has the names of its reference, the regions in our order, and no member for what there is not', async () => {
    const client = transport(ANSWER);
    await fleetOver(client).allocate(REQUEST, call());
    const [sent] = client.requests;
    expect(sent?.url).toBe('https://a1b2c.playfabapi.com/MultiplayerServer/RequestMultiplayerServer');
    expect(sent?.headers.get('x-entitytoken')).toBe('the-token');
    // The key is for GetEntityToken alone.
    expect(sent?.headers.get('x-secretkey')).toBeUndefined();
    expect(sent?.headers.get('authorization')).toBeUndefined();
    expect(JSON.parse(sent?.body as string)).toEqual({
      SessionId: '3536d3e6-e85d-4f47-b898-9617d19dabcd',
      PreferredRegions: ['WestUs', 'EastUs2', 'NorthEurope'],
      BuildId: '9a8a4584-c81a-479c-9ef9-16d3743f7ca7',
    });
  });

  it('has the alias, the cookie and the players where there are any', async () => {
    const client = transport(ANSWER);
    const request = {
      ...REQUEST,
      target: 'alias:97d2b0a5-7c04-4593-8451-66bbb97f94b6',
      sessionCookie: ' opaque ',
      playerIds: ['p1', 'p2'],
    };
    await fleetOver(client).allocate(request, call());
    expect(JSON.parse(client.requests[0]?.body as string)).toEqual({
      SessionId: '3536d3e6-e85d-4f47-b898-9617d19dabcd',
      PreferredRegions: ['WestUs', 'EastUs2', 'NorthEurope'],
      BuildAliasParams: { AliasId: '97d2b0a5-7c04-4593-8451-66bbb97f94b6' },
      SessionCookie: ' opaque ',
      InitialPlayers: ['p1', 'p2'],
    });
  });

  it('is nothing over plain http to another machine', () => {
    expect(() => fleetOver(transport(ANSWER), { endpoint: 'http://fleet.example' })).toThrow(
      /PLAYFAB_ENDPOINT/,
    );
  });
});

describe('what is made of its answer', () => {
  it('is the address, the ports and the region, and none of the ids', async () => {
    expect(await fleetOver(transport(ANSWER)).allocate(REQUEST, call())).toEqual({
      kind: 'host',
      status: 200,
      host: {
        hostName: 'dns1.westus.cloudapp.azure.com',
        ports: [
          { name: 'game', port: 30_100, protocol: 'UDP' },
          { name: 'voice', port: 30_101 },
        ],
        region: 'WestUs',
      },
    });
  });

  it('is the IPv4 address where there is no name, and says so', async () => {
    const { FQDN: _, ...data } = ANSWER.data;
    expect(await fleetOver(transport({ ...ANSWER, data })).allocate(REQUEST, call())).toMatchObject({
      kind: 'host',
      host: { hostName: '203.0.113.7' },
      reason: expect.stringContaining('no FQDN') as string,
    });
  });

  it('is no address in place of a name that is none', async () => {
    const data = { ...ANSWER.data, FQDN: '<img>' };
    expect(await fleetOver(transport({ ...ANSWER, data })).allocate(REQUEST, call())).toMatchObject({
      kind: 'unreadable',
      reason: '/data/FQDN is not an address (PLAYFAB_HOST_NAME chooses it).',
    });
  });

  it('is nothing without the session that it is of', async () => {
    const { SessionId: _, ...data } = ANSWER.data;
    expect(await fleetOver(transport({ ...ANSWER, data })).allocate(REQUEST, call())).toEqual({
      kind: 'unreadable',
      status: 200,
      reason: '/data does not fit the schema (required).',
    });
  });

  it('says where it is wrong', async () => {
    const wrong = { ...ANSWER, data: { ...ANSWER.data, Ports: [{ Name: 'game' }] } };
    expect(await fleetOver(transport(wrong)).allocate(REQUEST, call())).toEqual({
      kind: 'unreadable',
      status: 200,
      reason: '/data/Ports/0 does not fit the schema (required).',
    });
  });

  const error = (name: string, more: object = {}) => ({
    error: name,
    errorMessage: 'upstream text',
    ...more,
  });
  it.each<[number, object | string, object]>([
    [429, error('MultiplayerServerTooManyRequests'), { kind: 'no-capacity', status: 429 }],
    [
      429,
      error('MultiplayerServerTooManyRequests', { retryAfterSeconds: 8 }),
      { kind: 'no-capacity', status: 429, retryAfterMs: 8_000 },
    ],
    [
      429,
      error('APIClientRequestRateLimitExceeded', { retryAfterSeconds: 8 }),
      { kind: 'failed', status: 429, maybeStarted: false, retryAfterMs: 8_000 },
    ],
    [400, error('APIConcurrentRequestLimitExceeded'), { kind: 'failed', status: 400, maybeStarted: false }],
    [409, error('MultiplayerServerConflict'), { kind: 'starting', status: 409 }],
    [409, error('ConcurrentEditError'), { kind: 'failed', status: 409, maybeStarted: true }],
    [400, error('ServiceUnavailable'), { kind: 'failed', status: 400, maybeStarted: true }],
    [503, error('MultiplayerServerUnavailable'), { kind: 'failed', status: 503, maybeStarted: true }],
    [
      503,
      error('DownstreamServiceUnavailable', { retryAfterSeconds: 86_400 }),
      { kind: 'failed', status: 503, maybeStarted: true, retryAfterMs: 300_000 },
    ],
    [
      429,
      error('MultiplayerServerTooManyRequests', { retryAfterSeconds: null }),
      { kind: 'no-capacity', status: 429 },
    ],
    [
      400,
      error('ServiceUnavailable', { retryAfterSeconds: '5' }),
      { kind: 'failed', status: 400, maybeStarted: true },
    ],
    [
      429,
      { error: { name: 'MultiplayerServerTooManyRequests' }, retryAfterSeconds: 8 },
      { kind: 'failed', status: 429, maybeStarted: false, retryAfterMs: 8_000 },
    ],
    [
      429,
      error('toString', { retryAfterSeconds: -8 }),
      { kind: 'failed', status: 429, maybeStarted: false, retryAfterMs: 0 },
    ],
    [503, '[]', { kind: 'failed', status: 503, maybeStarted: true }],
    [503, 'null', { kind: 'failed', status: 503, maybeStarted: true }],
    [409, 'no JSON', { kind: 'starting', status: 409 }],
    [
      404,
      error('MultiplayerServerNotFound'),
      { kind: 'rejected', status: 404, reason: expect.any(String) as string },
    ],
  ])('%d %j', async (status, body, expected) => {
    expect(await fleetOver(transport(body, status)).allocate(REQUEST, call())).toEqual(expected);
  });

  it.each([
    [401, error('NotAuthenticated'), 2],
    [400, error('EntityTokenMissing'), 2],
    [400, error('EntityTokenInvalid'), 2],
    [400, error('EntityTokenExpired'), 2],
    [400, error('EntityTokenRevoked'), 2],
    [401, 'no JSON', 2],
    // No refusal, whatever it says.
    [302, error('EntityTokenExpired'), 1],
    [400, error('InvalidParams'), 1],
    [403, error('MultiplayerServerForbidden'), 1],
  ])('%d %j: another token may help, or cannot (asked %d times)', async (status, body, calls) => {
    const client = transport(body, status);
    expect(await fleetOver(client).allocate(REQUEST, call())).toMatchObject({ kind: 'rejected', status });
    expect(client.requests).toHaveLength(calls);
  });

  it.each([
    [401, error('NotAuthenticated')],
    [400, error('EntityTokenExpired')],
    [403, error('EntityTokenRevoked')],
  ])('%d %j twice is about the token, whatever the status', async (status, body) => {
    expect(await fleetOver(transport(body, status)).allocate(REQUEST, call())).toEqual({
      kind: 'rejected',
      status,
      reason:
        'PlayFab refused the entity token, a fresh one included: check that PLAYFAB_SECRET_KEY is of PLAYFAB_TITLE_ID.',
    });
  });

  it('has no refused token below status 300 either, whatever it says', async () => {
    const client = transport(error('EntityTokenExpired'));
    expect(await fleetOver(client).allocate(REQUEST, call())).toMatchObject({
      kind: 'unreadable',
      status: 200,
    });
    expect(client.requests).toHaveLength(1);
  });

  it('goes by the Retry-After header where the body has a wait as well', async () => {
    const body = error('APIClientRequestRateLimitExceeded', { retryAfterSeconds: 8 });
    const client = transport(body, 429, { 'retry-after': '3' });
    expect(await fleetOver(client).allocate(REQUEST, call())).toMatchObject({ retryAfterMs: 3_000 });
  });

  it('is a refused token where no time is left for another one', async () => {
    const abort = new AbortController();
    const late = transport(error('NotAuthenticated'), 401);
    const sendRequest: typeof late.sendRequest = (request) => {
      abort.abort();
      return late.sendRequest(request);
    };
    const answer = await fleetOver({ ...late, sendRequest }).allocate(REQUEST, { signal: abort.signal });
    expect(answer).toMatchObject({ kind: 'rejected', status: 401 });
    expect(late.requests).toHaveLength(1);
  });
});

it('names the settings of an address where nobody is', async () => {
  const sendRequest = () => Promise.reject(Object.assign(new Error(), { code: 'ENOTFOUND' }));
  expect(await fleetOver({ ...transport({}), sendRequest }).allocate(REQUEST, call())).toEqual({
    kind: 'failed',
    maybeStarted: false,
    reason:
      'No connection to the fleet could be made: check the endpoint (PLAYFAB_ENDPOINT, else by PLAYFAB_TITLE_ID), its DNS name and the network.',
  });
});
