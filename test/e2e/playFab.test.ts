/** What PlayFab alone answers, by its own names, and its entity tokens, as a client of the broker sees them. */
import { randomUUID } from 'node:crypto';
import type { FaultAction, FaultRule } from '../../local/fleet/faultSchema.ts';
import type { SimulatorHandle } from '../../local/fleet/spawn.ts';
import { spawnPlayFab } from '../../local/playFab/spawn.ts';
import { type Stack, startStack } from '../../local/stack.ts';
import { type TestBroker, startBroker } from '../support/e2e/broker.ts';
import { type Reply, allocate, find, json, send } from '../support/e2e/httpClient.ts';
import { killInCall } from '../support/e2e/kill.ts';
import { type Tables, tablesOf } from '../support/e2e/tables.ts';

/** In every error that PlayFab is made to answer: no client and no log may ever show it. */
const UPSTREAM_WORDS = 'words-of-the-upstream';
const TOKENS = '/Authentication/GetEntityToken';

/** Whatever has been started, to be ended also where something after it was not. */
const running: { stop(): Promise<void> }[] = [];
let stack: Stack;
let broker: TestBroker;
let tables: Tables;

beforeAll(async () => {
  stack = await startStack({
    fleetName: 'playfab',
    fleet: { activationMs: 0 },
    settings: { BROKER_FLEET_TIMEOUT_MS: '2000' },
  });
  running.push(stack);
  broker = await startBroker(stack);
  tables = tablesOf(stack.azurite.connectionString);
});

afterEach(() => stack.fleet.control.faults.clear());

afterAll(async () => {
  await Promise.all(running.map((part) => part.stop()));
  expect(JSON.stringify(broker.log)).not.toContain(UPSTREAM_WORDS);
});

const request = (): { sessionId: string; gameMode: string } => ({
  sessionId: randomUUID(),
  gameMode: 'duel',
});

/** PlayFab's envelope of an error. */
const error = (code: number, name: string, more: object = {}): FaultAction => ({
  type: 'status',
  status: code,
  body: JSON.stringify({ code, status: 'Status', error: name, errorMessage: UPSTREAM_WORDS, ...more }),
});

/** Calls and hosts of one session, by the fleet's own account. */
const seen = async (sessionId: string): Promise<{ calls: number; hosts: number }> => {
  const { calls, hosts } = await stack.fleet.control.report({ sessions: [sessionId] });
  return { calls: calls.length, hosts: hosts.length };
};

const tokensGranted = async (fleet = stack.fleet): Promise<number> =>
  (await fleet.control.summary()).counts.asides;

describe('429', () => {
  it('MultiplayerServerTooManyRequests is no-capacity at once', async () => {
    const body = request();
    await stack.fleet.control.faults.set({
      action: error(429, 'MultiplayerServerTooManyRequests', { errorCode: 1380 }),
    });
    const reply = await allocate(broker, body);
    expect([reply.status, json(reply)['code']]).toEqual([503, 'no-capacity']);
    expect(reply.headers['retry-after']).toBe('5');
    expect(await seen(body.sessionId)).toEqual({ calls: 1, hosts: 0 });
    expect((await find(broker, body.sessionId)).status).toBe(404);

    await stack.fleet.control.faults.clear();
    expect((await allocate(broker, body)).status).toBe(201);
    expect((await tables.attempts(body.sessionId)).map(({ outcome }) => outcome)).toEqual([
      'allocated',
      'no-capacity',
    ]);
  });

  it('MultiplayerServerTooManyRequests with retryAfterSeconds hands it on, at most two minutes', async () => {
    const told: unknown[] = [];
    for (const retryAfterSeconds of [17, 86_400]) {
      const action = error(429, 'MultiplayerServerTooManyRequests', { retryAfterSeconds });
      await stack.fleet.control.faults.set({ action });
      told.push((await allocate(broker, request())).headers['retry-after']);
    }
    expect(told).toEqual(['17', '120']);
  });

  it.each(['APIClientRequestRateLimitExceeded', 'APIConcurrentRequestLimitExceeded'])(
    '%s is repeated inside the wait, when retryAfterSeconds have passed',
    async (name) => {
      const body = request();
      await stack.fleet.control.faults.set({
        times: 1,
        action: error(429, name, { errorCode: 1199, retryAfterSeconds: 1 }),
      });
      expect((await allocate(broker, body)).status).toBe(201);
      const { calls, hosts } = await stack.fleet.control.report({ sessions: [body.sessionId] });
      expect([calls.length, hosts.length]).toEqual([2, 1]);
      const pause = (calls[1]?.arrivedAt.monotonicMs ?? NaN) - (calls[0]?.answeredAt?.monotonicMs ?? NaN);
      expect(pause).toBeGreaterThanOrEqual(990);
    },
  );

  it('APIClientRequestRateLimitExceeded for longer than the wait is upstream-failed, and says when', async () => {
    const body = request();
    await stack.fleet.control.faults.set({
      action: error(429, 'APIClientRequestRateLimitExceeded', { retryAfterSeconds: 40 }),
    });
    const reply = await allocate(broker, body);
    expect([reply.status, json(reply)['code']]).toEqual([502, 'upstream-failed']);
    expect(reply.headers['retry-after']).toBe('40');
    expect(await seen(body.sessionId)).toEqual({ calls: 1, hosts: 0 });
    expect(await tables.session(body.sessionId)).toMatchObject({ state: 'released', maybeStarted: false });
  });
});

it('a server without an FQDN serves with its IPv4 address, and the history says so', async () => {
  const body = request();
  const members = { data: { FQDN: null } };
  await stack.fleet.control.faults.set({ action: { type: 'override', deep: true, members } });
  const reply = await allocate(broker, body);
  expect([reply.status, json(reply)['hostName']]).toEqual([
    201,
    expect.stringMatching(/^203\.0\.113\.\d{1,3}$/),
  ]);
  const reason =
    'PlayFab gave no FQDN: clients got the IPv4 address (PLAYFAB_HOST_NAME chooses between them).';
  expect(await tables.attempts(body.sessionId)).toMatchObject([{ outcome: 'allocated', reason }]);
  expect(await broker.told(1, 'allocation.attempt', body.sessionId)).toMatchObject([{ reason }]);
});

it('an error in an HTTP 200 is no host, and the next call gets the one', async () => {
  const body = request();
  const text = JSON.stringify({ code: 503, status: 'ServiceUnavailable', errorMessage: UPSTREAM_WORDS });
  await stack.fleet.control.faults.set({ times: 1, action: { type: 'body', text } });
  expect((await allocate(broker, body)).status).toBe(201);
  expect(await seen(body.sessionId)).toEqual({ calls: 2, hosts: 1 });
});

it('409 MultiplayerServerConflict is pending, then the host', async () => {
  const body = request();
  await stack.fleet.control.faults.set({
    point: 'allocated',
    action: error(409, 'MultiplayerServerConflict', { errorCode: 1386 }),
  });
  const reply = await allocate(broker, body, { prefer: 'wait=1' });
  expect(json(reply)).toEqual({ sessionId: body.sessionId, status: 'pending', retryAfterSeconds: 1 });
  expect((await find(broker, body.sessionId)).status).toBe(202);
  await stack.fleet.control.faults.clear();
  expect((await allocate(broker, body)).status).toBe(201);
  expect((await seen(body.sessionId)).hosts).toBe(1);
});

describe.each([
  [
    400,
    'MultiplayerServerBadRequest',
    'PlayFab refused the parameters: check the buildId or buildAliasId of this mode in BROKER_GAME_MODES, and that every name in BROKER_LOCATIONS is a region of PlayFab (West US or WestUs).',
  ],
  [
    403,
    'MultiplayerServerForbidden',
    'PlayFab does not allow the call: check that the title has multiplayer servers enabled and that its API policy lets the title itself request them.',
  ],
  [
    404,
    'MultiplayerServerNotFound',
    'PlayFab knows no such build in these regions: check PLAYFAB_TITLE_ID, PLAYFAB_ENDPOINT, the buildId or buildAliasId of this mode in BROKER_GAME_MODES, and that the build is deployed in BROKER_LOCATIONS.',
  ],
])('%i %s', (code, name, reason) => {
  it('is upstream-rejected after one call, and the log says what to check', async () => {
    const body = request();
    await stack.fleet.control.faults.set({ action: error(code, name) });
    const reply = await allocate(broker, body);
    expect([reply.status, json(reply)['code']]).toEqual([502, 'upstream-rejected']);
    expect(reply.text).not.toMatch(/PlayFab|PLAYFAB|MultiplayerServer|words-of/);
    expect(await broker.told(1, 'allocation.attempt', body.sessionId)).toMatchObject([
      { level: 'error', outcome: 'upstream-rejected', upstreamStatus: code, reason },
    ]);
    expect(await seen(body.sessionId)).toEqual({ calls: 1, hosts: 0 });
  });
});

describe.each([
  [500, 'MultiplayerServerInternalServerError'],
  [503, 'MultiplayerServerUnavailable'],
  [503, 'ServiceUnavailable'],
])('%i %s', (code, name) => {
  it('is repeated inside the wait', async () => {
    const body = request();
    await stack.fleet.control.faults.set({ action: error(code, name), times: 2 });
    expect((await allocate(broker, body)).status).toBe(201);
    expect(await seen(body.sessionId)).toEqual({ calls: 3, hosts: 1 });
  });

  it('is upstream-failed at the end of the wait, and a host may have been started', async () => {
    const body = request();
    await stack.fleet.control.faults.set({ action: error(code, name) });
    const reply = await allocate(broker, body, { prefer: 'wait=1' });
    expect([reply.status, json(reply)['code']]).toEqual([502, 'upstream-failed']);
    expect(reply.text).not.toContain(UPSTREAM_WORDS);
    expect(await tables.session(body.sessionId)).toMatchObject({ state: 'released', maybeStarted: true });
  });
});

describe('the entity token', () => {
  it('is fetched once for all sessions of an instance', async () => {
    const fresh = await startBroker(stack);
    const granted = await tokensGranted();
    const replies = await Promise.all(Array.from({ length: 20 }, () => allocate(fresh, request())));
    expect(replies.map(({ status }) => status)).toEqual(Array<number>(20).fill(201));
    expect((await tokensGranted()) - granted).toBe(1);
  });

  it.each(['EntityTokenExpired', 'EntityTokenRevoked', 'NotAuthenticated'])(
    'that is refused as %s is renewed, once',
    async (name) => {
      expect((await allocate(broker, request())).status).toBe(201);
      const granted = await tokensGranted();
      const body = request();
      await stack.fleet.control.faults.set({ times: 1, action: error(401, name) });
      expect((await allocate(broker, body)).status).toBe(201);
      expect(await seen(body.sessionId)).toEqual({ calls: 2, hosts: 1 });
      expect((await tokensGranted()) - granted).toBe(1);
      expect(await tables.attempts(body.sessionId)).toMatchObject([{ outcome: 'allocated', fleetCalls: 1 }]);
    },
  );

  describe.each([
    ['0 s, and is refused however fresh it is', 0, [502, 502], [2, 4]],
    ['30 s, too short to be kept: each call fetches its own', 30, [201, 201], [1, 2]],
    ['an hour, and is kept', 3_600, [201, 201], [1, 1]],
  ] as const)('that lives for %s', (_what, tokenSeconds, statuses, tokens) => {
    let fleet: SimulatorHandle;

    beforeAll(async () => {
      fleet = await spawnPlayFab({ secretKey: stack.fleetToken, activationMs: 0, tokenSeconds });
      running.push(fleet);
    });

    it(`two sessions are answered ${statuses.join(' and ')}`, async () => {
      const own = await startBroker(stack, { settings: { PLAYFAB_ENDPOINT: fleet.url } });
      const replies: Reply[] = [];
      const granted: number[] = [];
      for (const body of [request(), request()]) {
        replies.push(await allocate(own, body));
        granted.push(await tokensGranted(fleet));
      }
      expect(replies.map(({ status }) => status)).toEqual(statuses);
      expect(granted).toEqual(tokens);
    });
  });

  it.each<[string, FaultRule['action']]>([
    ['answers 500', error(500, 'InternalServerError')],
    ['answers 429', error(429, 'APIClientRequestRateLimitExceeded')],
    ['breaks the connection off', { type: 'reset' }],
    ['never answers', { type: 'hang' }],
    ['answers what is no token', { type: 'body', text: UPSTREAM_WORDS }],
  ])(
    'cannot be had while GetEntityToken %s: upstream-failed, and nothing is started',
    async (_how, action) => {
      const fresh = await startBroker(stack);
      const body = request();
      await stack.fleet.control.faults.set({ match: { path: TOKENS }, action });
      const reply = await allocate(fresh, body, { prefer: 'wait=1' });
      expect([reply.status, json(reply)['code']]).toEqual([502, 'upstream-failed']);
      const [event] = await fresh.told(1, 'allocation.attempt', body.sessionId);
      expect(event?.['reason']).toMatch(/^No entity token could be had from PlayFab/);
      expect(JSON.stringify(fresh.log)).not.toContain(UPSTREAM_WORDS);
      expect(await seen(body.sessionId)).toEqual({ calls: 0, hosts: 0 });
      expect(await tables.session(body.sessionId)).toMatchObject({ state: 'released', maybeStarted: false });
      await fresh.stop();
    },
  );
});

it('a wrong PLAYFAB_SECRET_KEY makes an instance not ready, and it says which setting to look at', async () => {
  const wrong = await startBroker(stack, { settings: { PLAYFAB_SECRET_KEY: 'wrong-key' } });
  const ready = await send(`${wrong.url}/api/ready`);
  expect(ready.status).toBe(503);
  expect(json(ready)).toEqual({
    status: 'not-ready',
    checks: [
      { name: 'settings', ok: true },
      { name: 'tables', ok: true },
      {
        name: 'token',
        ok: false,
        message:
          'PlayFab gave no entity token (GetEntityToken answered 401): check PLAYFAB_SECRET_KEY and PLAYFAB_TITLE_ID.',
      },
      { name: 'runtime', ok: true },
      { name: 'timers', ok: true },
    ],
  });
  const reply = await allocate(wrong, request());
  expect([reply.status, json(reply)['code']]).toEqual([502, 'upstream-rejected']);
  for (const text of [ready.text, reply.text, JSON.stringify(wrong.log)]) {
    // The words of the refused key's own answer, and the key.
    expect(text).not.toMatch(/wrong-key|NotAuthenticated|X-SecretKey/);
  }
});

it('clients get the IPv4 address where PLAYFAB_HOST_NAME says so', async () => {
  const ipv4 = await startBroker(stack, { settings: { PLAYFAB_HOST_NAME: 'ipv4' } });
  const body = request();
  const reply = await allocate(ipv4, body);
  const { hosts } = await stack.fleet.control.report({ sessions: [body.sessionId] });
  expect(json(reply)['hostName']).toMatch(/^203\.0\.113\.\d{1,3}$/);
  expect(json(reply)['hostName']).toBe(hosts[0]?.ipv4Address);
});

it('a session that is pending while the game gets a new build keeps the build it was first asked for with', async () => {
  const onBuild = (buildId: string): Promise<TestBroker> =>
    startBroker(stack, { settings: { BROKER_GAME_MODES: JSON.stringify({ duel: { buildId } }) } });
  const [old, next] = ['0f4a1c52-9d35-4c0e-8b7e-3a5d2c9e6b11', '1e5b2d63-0c46-4d1f-9a8f-4b6e3d0f7c22'];
  const body = request();
  await killInCall(stack.fleet.control, await onBuild(old), [body], 'allocated');

  const released = await onBuild(next);
  const reply = await allocate(released, body);
  expect(reply.status).toBe(201);
  expect(await tables.session(body.sessionId)).toMatchObject({ fleet: 'playfab', fleetTarget: old });
  const { hosts } = await stack.fleet.control.report({ sessions: [body.sessionId] });
  expect(hosts.map(({ hostName }) => hostName)).toEqual([json(reply)['hostName']]);

  const newcomer = request();
  expect((await allocate(released, newcomer)).status).toBe(201);
  expect(await tables.session(newcomer.sessionId)).toMatchObject({ fleetTarget: next });
});

describe('the stock', () => {
  const BUILDS = '/MultiplayerServer/GetBuild';
  const [buildId, buildAliasId] = [
    '0f4a1c52-9d35-4c0e-8b7e-3a5d2c9e6b11',
    '7c1e8f00-3b52-4f6e-9a31-5d0c2b7e4a66',
  ];
  const withModes = (gameModes: object): Promise<TestBroker> =>
    startBroker(stack, { settings: { BROKER_GAME_MODES: JSON.stringify(gameModes) } });
  const stock = async (of: TestBroker): Promise<Record<string, unknown>> =>
    json(await send(`${of.url}/api/v1/history/stock`));

  it('is what the fleet has by location, for one call a build however many look', async () => {
    const fresh = await withModes({ duel: { buildId }, raid: { buildAliasId }, ranked: { buildId } });
    await stack.fleet.control.reset({ pools: { 'West US': 3, 'North Europe': 0 } });
    const reply = await allocate(fresh, request());
    expect([reply.status, json(reply)['region']]).toEqual([201, 'West US']);
    const before = Date.now();
    const [first, ...others] = await Promise.all([stock(fresh), stock(fresh), stock(fresh)]);
    const locations = [
      { region: 'West US', servers: { standingBy: 2, active: 1, propping: 0 } },
      { region: 'North Europe', servers: { standingBy: 0, active: 0, propping: 0 } },
    ];
    expect(first).toEqual({
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      entries: [
        { fleet: 'playfab', gameModes: ['duel', 'ranked'], status: 'known', locations },
        { fleet: 'playfab', gameModes: ['raid'], status: 'known', locations },
      ],
    });
    expect(Date.parse(String(first['at']))).toBeGreaterThanOrEqual(before);
    expect(others).toEqual([first, first]);
    const { asides } = await stack.fleet.control.report();
    expect(asides.filter(({ path }) => path === BUILDS)).toHaveLength(2);
    await stack.fleet.control.reset();
    await fresh.stop();
  });

  it.each<[string, FaultAction, string]>([
    [
      'refuses',
      error(403, 'NotAuthorized'),
      'GetBuild of PlayFab answered 403: check that the API policy of the title lets the title itself read its builds.',
    ],
    ['breaks the connection off', { type: 'reset' }, 'GetBuild of PlayFab gave no answer (connection-lost).'],
    ['never answers', { type: 'hang' }, 'GetBuild of PlayFab gave no answer (timeout).'],
    [
      'answers what is no build',
      { type: 'body', text: UPSTREAM_WORDS },
      "The answer of PlayFab's GetBuild is not of its schema.",
    ],
  ])('is not known while PlayFab %s, and sessions get their hosts', async (_how, action, reason) => {
    const fresh = await withModes({ duel: { buildId } });
    await stack.fleet.control.faults.set({ match: { path: BUILDS }, action });
    expect(await stock(fresh)).toMatchObject({
      entries: [{ fleet: 'playfab', gameModes: ['duel'], status: 'failed', reason }],
    });
    expect((await allocate(fresh, request())).status).toBe(201);
    expect(JSON.stringify(fresh.log)).not.toContain(UPSTREAM_WORDS);
    await fresh.stop();
  });

  it('is not asked for by anybody who does not look', async () => {
    const { asides } = await stack.fleet.control.report();
    const builds = asides.filter(({ path }) => path === BUILDS).length;
    const fresh = await startBroker(stack);
    for (const path of ['ready', 'v1/history', 'v1/history/ready', 'v1/history/requests']) {
      expect((await send(`${fresh.url}/api/${path}`)).status).toBe(200);
    }
    expect((await allocate(fresh, request())).status).toBe(201);
    const { asides: after } = await stack.fleet.control.report();
    expect(after.filter(({ path }) => path === BUILDS)).toHaveLength(builds);
    await fresh.stop();
  });
});
