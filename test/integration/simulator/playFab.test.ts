import type { SimulatorHandle } from '../../../local/fleet/spawn.ts';
import { spawnPlayFab } from '../../../local/playFab/spawn.ts';
import {
  type Envelope,
  ALIAS,
  askServer,
  askToken,
  BUILD,
  call,
  errorOf,
  serverOf,
  serverRequest,
  tokenOf,
} from './playFabCalls.ts';

let simulator: SimulatorHandle;
let token: string;

beforeAll(async () => {
  simulator = await spawnPlayFab({
    secretKey: 'secret',
    build: [BUILD, ALIAS],
    locations: ['West US', 'East US'],
    standingBy: 3,
    activationMs: 0,
  });
  token = await tokenOf(simulator.url);
});
afterAll(() => simulator.stop());
beforeEach(() => simulator.control.reset());

test('a secret key gets the title’s token, for a day', async () => {
  const before = Date.now();
  const response = await askToken(simulator.url);
  expect([response.status, response.headers.get('content-type')]).toEqual([
    200,
    'application/json; charset=utf-8',
  ]);
  const body = (await response.json()) as Envelope<{ TokenExpiration: string }>;
  expect(body).toEqual({
    code: 200,
    status: 'OK',
    data: {
      EntityToken: expect.stringMatching(/^[A-Za-z0-9+/]{64}$/) as string,
      TokenExpiration: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      Entity: { Id: 'A1B2C', Type: 'title', TypeString: 'title' },
    },
  });
  const livesMs = Date.parse(body.data?.TokenExpiration ?? '') - before;
  expect(livesMs).toBeGreaterThanOrEqual(86_400_000);
  expect(livesMs).toBeLessThan(86_460_000);
});

test('a new session gets every documented member of its server', async () => {
  const body = serverRequest({ SessionCookie: 'opaque', InitialPlayers: ['p1'], CustomTags: { trace: '1' } });
  const response = await askServer(simulator.url, token, body);
  expect(response.status).toBe(200);
  const fqdn = expect.stringMatching(/^host-1-[0-9a-f]{8}\.cloudapp\.net$/) as string;
  expect(await response.json()).toEqual({
    code: 200,
    status: 'OK',
    data: {
      BuildId: BUILD,
      ConnectedPlayers: [],
      FQDN: fqdn,
      IPV4Address: '203.0.113.2',
      LastStateTransitionTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      Ports: [
        { Name: 'GSDKTCPTest', Num: 10105, Protocol: 'TCP' },
        { Name: 'GSDKUDPTest', Num: 10106, Protocol: 'UDP' },
      ],
      PublicIPV4Addresses: [{ FQDN: fqdn, IpAddress: '203.0.113.2', RoutingType: 'Microsoft' }],
      Region: 'WestUs',
      ServerId: expect.stringMatching(
        /^5e4fe41d-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/,
      ) as string,
      SessionId: body['SessionId'],
      State: 'Active',
      VmId: expect.stringMatching(/^xcloudsim:vm:tvmps_[0-9a-f]{64}_d$/) as string,
    },
  });
});

test('the same session gets the same server for ever; another one differs in all that tells servers apart', async () => {
  const body = serverRequest();
  const first = await serverOf(await askServer(simulator.url, token, body));
  const again = await askServer(simulator.url, token, { ...body, PreferredRegions: ['EastUs'] });
  expect(await serverOf(again)).toEqual(first);
  const other = await serverOf(await askServer(simulator.url, token));
  expect(other.FQDN).not.toBe(first.FQDN);
  expect(other.IPV4Address).toBe('203.0.113.3');
  expect(other.ServerId).not.toBe(first.ServerId);
  expect(other.VmId).not.toBe(first.VmId);
  expect((await simulator.control.summary()).counts.hostsStarted).toBe(2);
});

test('an alias stands for a build; a build or alias that is not there is 404', async () => {
  const aliased = serverRequest({ BuildId: undefined, BuildAliasParams: { AliasId: ALIAS.toUpperCase() } });
  expect((await askServer(simulator.url, token, aliased)).status).toBe(200);
  const unknown = '00000000-0000-4000-8000-000000000009';
  for (const build of [
    { BuildId: unknown },
    { BuildId: undefined, BuildAliasParams: { AliasId: unknown } },
  ]) {
    expect(await errorOf(await askServer(simulator.url, token, serverRequest(build)))).toEqual([
      404,
      404,
      'NotFound',
      'MultiplayerServerNotFound',
      1385,
    ]);
  }
});

test('regions are tried in order, by the pool’s name with spaces; then there is no capacity', async () => {
  await simulator.control.setPools({ 'West US': 1, 'East US': 1 });
  const body = () => serverRequest({ PreferredRegions: ['EastUs', 'WestUs'] });
  const regions = [
    await serverOf(await askServer(simulator.url, token, body())),
    await serverOf(await askServer(simulator.url, token, body())),
  ].map(({ Region }) => Region);
  expect(regions).toEqual(['EastUs', 'WestUs']);
  const none = await askServer(simulator.url, token, body());
  expect(none.headers.get('retry-after')).toBeNull();
  expect([none.status, await none.json()]).toEqual([
    429,
    {
      code: 429,
      status: 'TooManyRequests',
      error: 'MultiplayerServerTooManyRequests',
      errorCode: 1380,
      errorMessage: 'No server is StandingBy in the preferred regions.',
    },
  ]);
});

test('while a server starts, its session is answered 409; once it is active, with the server', async () => {
  await simulator.control.reset({ firstCall: 'conflict' });
  const body = serverRequest();
  expect(await errorOf(await askServer(simulator.url, token, body))).toEqual([
    409,
    409,
    'Conflict',
    'MultiplayerServerConflict',
    1386,
  ]);
  expect((await askServer(simulator.url, token, body)).status).toBe(200);
  expect((await simulator.control.summary()).counts.hostsStarted).toBe(1);
});

test.each([
  ['no secret key', undefined],
  ['an empty one', ''],
  ['another one', 'secreT'],
])('401 NotAuthenticated for %s', async (_, key) => {
  expect(await errorOf(await askToken(simulator.url, { 'x-secretkey': key }))).toEqual([
    401,
    401,
    'Unauthorized',
    'NotAuthenticated',
    1074,
  ]);
});

test.each([
  ['no token', undefined, 'EntityTokenMissing', 1334],
  ['a token nobody was given', 'made-up', 'EntityTokenInvalid', 1335],
])('401 for %s', async (_, given, error, errorCode) => {
  const response = await askServer(simulator.url, '', serverRequest(), { 'x-entitytoken': given });
  expect(await errorOf(response)).toEqual([401, 401, 'Unauthorized', error, errorCode]);
});

test('a token whose time is over is told from one that never was', async () => {
  const shortLived = await spawnPlayFab({ tokenSeconds: 0 });
  const response = await askServer(shortLived.url, await tokenOf(shortLived.url));
  await shortLived.stop();
  expect(await errorOf(response)).toEqual([401, 401, 'Unauthorized', 'EntityTokenExpired', 1336]);
});

const GUID_PATTERN = 'must match pattern';

test.each([
  [
    'misspelt member',
    serverRequest({ sessionId: 'x' }),
    '/ must NOT have additional properties: "sessionId"',
  ],
  ['no session', serverRequest({ SessionId: undefined }), "/ must have required property 'SessionId'"],
  ['session not a GUID', serverRequest({ SessionId: 'match-1' }), `/SessionId ${GUID_PATTERN}`],
  ['build not a GUID', serverRequest({ BuildId: 'duel' }), `/BuildId ${GUID_PATTERN}`],
  [
    'alias not a GUID',
    serverRequest({ BuildId: undefined, BuildAliasParams: { AliasId: 'duel' } }),
    `/BuildAliasParams/AliasId ${GUID_PATTERN}`,
  ],
  [
    'neither build nor alias',
    serverRequest({ BuildId: undefined }),
    '/ must have one of BuildId and BuildAliasParams',
  ],
  [
    'both build and alias',
    serverRequest({ BuildAliasParams: { AliasId: ALIAS } }),
    '/ must have one of BuildId and BuildAliasParams',
  ],
  [
    'no regions',
    serverRequest({ PreferredRegions: [] }),
    '/PreferredRegions must NOT have fewer than 1 items',
  ],
  [
    'a region with a space',
    serverRequest({ PreferredRegions: ['West US'] }),
    '/PreferredRegions/0 must be equal to one of the allowed values',
  ],
  [
    'a region as sessionhosts spells it',
    serverRequest({ PreferredRegions: ['WestUS'] }),
    '/PreferredRegions/0 must be equal to one of the allowed values',
  ],
  [
    'an empty cookie',
    serverRequest({ SessionCookie: '' }),
    '/SessionCookie must NOT have fewer than 1 characters',
  ],
  [
    'a cookie of 8,193 bytes in 4,097 letters',
    serverRequest({ SessionCookie: `${'é'.repeat(4096)}a` }),
    '/SessionCookie must NOT have more than 8192 bytes',
  ],
  [
    'a player without a name',
    serverRequest({ InitialPlayers: ['p1', ''] }),
    '/InitialPlayers/1 must NOT have fewer than 1 characters',
  ],
])('400 InvalidParams that says what is wrong: %s', async (_, body, message) => {
  const response = await askServer(simulator.url, token, body);
  expect(response.status).toBe(400);
  expect(await response.json()).toEqual({
    code: 400,
    status: 'BadRequest',
    error: 'InvalidParams',
    errorCode: 1000,
    errorMessage: expect.stringContaining(message) as string,
    errorDetails: expect.any(Object) as object,
  });
});

test('errorDetails has what is wrong by the member’s name, a hostile name included', async () => {
  const body = serverRequest({ SessionId: 'match-1', PreferredRegions: undefined, BuildId: 'duel' });
  const text = `{"__proto__": 1, ${JSON.stringify(body).slice(1)}`;
  const answer = (await (await askServer(simulator.url, token, text)).json()) as Envelope<never>;
  expect(Object.keys(answer.errorDetails ?? {}).toSorted()).toEqual([
    'BuildId',
    'PreferredRegions',
    'SessionId',
    '__proto__',
  ]);
  expect(answer.errorDetails?.['PreferredRegions']).toEqual([
    "/ must have required property 'PreferredRegions'",
  ]);
});

test('a region that the fleet does not have is 404, as long as no other one is there', async () => {
  const nowhere = serverRequest({ PreferredRegions: ['JapanEast', 'UkSouth'] });
  expect(await errorOf(await askServer(simulator.url, token, nowhere))).toEqual([
    404,
    404,
    'NotFound',
    'MultiplayerServerNotFound',
    1385,
  ]);
  const somewhere = { ...nowhere, PreferredRegions: ['JapanEast', 'WestUs'] };
  await simulator.control.setPools({ 'West US': 0 });
  expect((await askServer(simulator.url, token, somewhere)).status).toBe(429);
  await simulator.control.setPools({ 'West US': 1 });
  expect((await serverOf(await askServer(simulator.url, token, somewhere))).Region).toBe('WestUs');
});

test('a token call may name the entity that it is for', async () => {
  expect((await askToken(simulator.url, {}, { Entity: { Id: 'A1B2C', Type: 'title' } })).status).toBe(200);
  const nameless = await askToken(simulator.url, {}, { Entity: { Type: 'title' } });
  expect(nameless.status).toBe(400);
});

test('a cookie of exactly 8 KB is taken', async () => {
  const body = serverRequest({ SessionCookie: 'é'.repeat(4096) });
  expect((await askServer(simulator.url, token, body)).status).toBe(200);
});

test('400 for a body that is not JSON, or not said to be, and for unknown members of a token call', async () => {
  const json = { 'content-type': 'text/plain' };
  expect([
    await errorOf(await askServer(simulator.url, token, '{')),
    await errorOf(await askServer(simulator.url, token, serverRequest(), json)),
    await errorOf(await askToken(simulator.url, json)),
    await errorOf(await askToken(simulator.url, {}, '')),
    await errorOf(await askToken(simulator.url, {}, { TitleId: 'A1B2C' })),
  ]).toEqual([
    [400, 400, 'BadRequest', 'InvalidRequest', 1071],
    [400, 400, 'BadRequest', 'InvalidContentType', 1144],
    [400, 400, 'BadRequest', 'InvalidContentType', 1144],
    [400, 400, 'BadRequest', 'InvalidRequest', 1071],
    [400, 400, 'BadRequest', 'InvalidParams', 1000],
  ]);
});

test('404 for another path or method', async () => {
  const other = await call(simulator.url, '/MultiplayerServer/ListBuildAliases', {});
  expect([other.status, await other.text()]).toEqual([
    404,
    'There is no POST /MultiplayerServer/ListBuildAliases here.',
  ]);
  expect((await fetch(`${simulator.url}/Authentication/GetEntityToken`)).status).toBe(404);
});

test('refused calls start nothing, and the report has no key, no token', async () => {
  await askServer(simulator.url, 'made-up');
  await askServer(simulator.url, token, serverRequest({ BuildId: 'duel' }));
  const body = serverRequest({ SessionCookie: 'opaque' });
  await askServer(simulator.url, token, body);
  await askToken(simulator.url);
  const report = await simulator.control.report();
  expect(report.counts).toMatchObject({
    calls: 3,
    hostsStarted: 1,
    byStatus: { '200': 1, '400': 1, '401': 1 },
    byOutcome: { refused: 2, started: 1 },
  });
  expect(report.calls[2]).toMatchObject({
    path: '/MultiplayerServer/RequestMultiplayerServer',
    sessionId: body['SessionId'],
    locations: ['WestUs', 'EastUs'],
    cookie: 'opaque',
    authorized: true,
    outcome: 'started',
  });
  expect(report.calls.map(({ authorized }) => authorized)).toEqual([false, true, true]);
  const text = JSON.stringify(report);
  expect(text).not.toContain('"secret"');
  expect(text).not.toContain(token);
});

describe('the servers of a build', () => {
  const ask = (path: string, body: unknown, entityToken: string | undefined = token): Promise<Response> =>
    call(simulator.url, `/MultiplayerServer/${path}`, body, { 'x-entitytoken': entityToken });

  test('are counted by region, and are no calls for a host', async () => {
    await askServer(simulator.url, token);
    const response = await ask('GetBuild', { BuildId: BUILD });
    const { data } = (await response.json()) as Envelope<{
      RegionConfigurations: { Region: string; CurrentServerStats: object }[];
    }>;
    expect(
      data?.RegionConfigurations.map(({ Region, CurrentServerStats }) => [Region, CurrentServerStats]),
    ).toEqual([
      ['WestUs', { Active: 1, Propping: 0, StandingBy: 2, Total: 3 }],
      ['EastUs', { Active: 0, Propping: 0, StandingBy: 3, Total: 3 }],
    ]);
    const { counts, hosts } = await simulator.control.report();
    expect([counts.calls, counts.asides, hosts.length]).toEqual([1, 1, 1]);
  });

  test('are those of the alias itself, which stands for its build', async () => {
    const { data } = (await (await ask('GetBuildAlias', { AliasId: ALIAS })).json()) as Envelope<unknown>;
    expect(data).toMatchObject({ BuildSelectionCriteria: [{ BuildWeightDistribution: { [ALIAS]: 1 } }] });
  });

  test.each([
    ['GetBuild', { BuildId: '0f4a1c52-9d35-4c0e-8b7e-3a5d2c9e6b11' }],
    ['GetBuildAlias', { AliasId: '0f4a1c52-9d35-4c0e-8b7e-3a5d2c9e6b11' }],
  ])('%s: 404 for one that there is not, 400 without its id, 401 without a token', async (path, body) => {
    expect(await errorOf(await ask(path, body))).toEqual([
      404,
      404,
      'NotFound',
      'MultiplayerServerNotFound',
      1385,
    ]);
    expect(await errorOf(await ask(path, {}))).toEqual([400, 400, 'BadRequest', 'InvalidParams', 1000]);
    expect(await errorOf(await ask(path, body, ''))).toEqual([
      401,
      401,
      'Unauthorized',
      'EntityTokenMissing',
      1334,
    ]);
  });
});

describe('a server that is shut down', () => {
  const shutDown = (body: unknown, entityToken: string | undefined = token): Promise<Response> =>
    call(simulator.url, '/MultiplayerServer/ShutdownMultiplayerServer', body, {
      'x-entitytoken': entityToken,
    });

  test('stands by again, and the report says when it ended; the session would get another one', async () => {
    const body = serverRequest();
    const sessionId = String(body['SessionId']);
    const first = await serverOf(await askServer(simulator.url, token, body));
    const response = await shutDown({ SessionId: sessionId });
    expect([response.status, await response.json()]).toEqual([200, { code: 200, status: 'OK', data: {} }]);
    const { counts, hosts, pools, calls, asides } = await simulator.control.report({ sessions: [sessionId] });
    expect(counts).toMatchObject({ hostsStarted: 1, hostsLive: 0, calls: 1, asides: 1 });
    expect(hosts).toMatchObject([
      { sessionId, hostName: first.FQDN, endedAt: { wallMs: expect.any(Number) as number } },
    ]);
    expect(pools).toEqual({ 'West US': 3, 'East US': 3 });
    expect([calls.length, asides]).toMatchObject([
      1,
      [{ path: '/MultiplayerServer/ShutdownMultiplayerServer', sessionId, status: 200, authorized: true }],
    ]);
    expect((await serverOf(await askServer(simulator.url, token, body))).FQDN).not.toBe(first.FQDN);
    expect((await simulator.control.summary()).sessionsWithSeveralHosts).toEqual({ [sessionId]: 2 });
  });

  test('is not found a second time, and neither is that of a session that never had one', async () => {
    const body = serverRequest();
    await askServer(simulator.url, token, body);
    await shutDown({ SessionId: body['SessionId'] });
    for (const SessionId of [body['SessionId'], crypto.randomUUID()]) {
      expect(await errorOf(await shutDown({ SessionId }))).toEqual([
        404,
        404,
        'NotFound',
        'MultiplayerServerNotFound',
        1385,
      ]);
    }
  });

  test('is the session’s own: 400 for another body, 401 without a token, and every server runs on', async () => {
    const body = serverRequest();
    await askServer(simulator.url, token, body);
    const { SessionId } = body;
    const withRegion = { SessionId, Region: 'WestUs' };
    for (const wrong of [{}, { SessionId: 'match-1' }, withRegion]) {
      expect(await errorOf(await shutDown(wrong))).toEqual([400, 400, 'BadRequest', 'InvalidParams', 1000]);
    }
    expect((await errorOf(await shutDown({ SessionId }, '')))[3]).toBe('EntityTokenMissing');
    await shutDown({ SessionId: crypto.randomUUID() });
    expect((await simulator.control.summary()).counts.hostsLive).toBe(1);
  });

  test.each([
    ['received', 1],
    ['allocated', 0],
  ] as const)('a fault when the call is %s leaves %d of its servers', async (point, live) => {
    const body = serverRequest();
    await askServer(simulator.url, token, body);
    await simulator.control.faults.set({
      match: { path: '/MultiplayerServer/Shutdown' },
      point,
      action: { type: 'status', status: 500 },
    });
    expect((await shutDown({ SessionId: body['SessionId'] })).status).toBe(500);
    expect((await simulator.control.summary()).counts.hostsLive).toBe(live);
  });
});
