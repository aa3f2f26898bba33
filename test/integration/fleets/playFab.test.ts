import type { PlayFabSettings } from '../../../lib/fleets/playFab/settings.ts';
import { entityTokenSource } from '../../../lib/fleets/playFab/entityTokens.ts';
import { createPlayFabFleet } from '../../../lib/fleets/playFab/playFabFleet.ts';
import type { TokenSource } from '../../../lib/identity/tokenSource.ts';
import { staticTokenSource } from '../../../lib/fleets/sessionHosts/tokenSource.ts';
import type { FaultAction } from '../../../local/fleet/faultSchema.ts';
import type { SimulatorHandle } from '../../../local/fleet/spawn.ts';
import { type SpawnPlayFabOptions, spawnPlayFab } from '../../../local/playFab/spawn.ts';
import { describeFleet } from './conformance.ts';
import { type Credential, NOBODY } from './harness.ts';

const KEY = 'canary-secret-key';
const STALE = 'canary-stale-entity-token';
const BUILD = '9a8a4584-c81a-479c-9ef9-16d3743f7ca7';
const ALIAS = '97d2b0a5-7c04-4593-8451-66bbb97f94b6';
const signal = () => AbortSignal.timeout(20_000);

const settingsAt = (endpoint: string, over: Partial<PlayFabSettings> = {}): PlayFabSettings => ({
  endpoint,
  secretKey: KEY,
  hostName: 'fqdn',
  ...over,
});

const tokensOf = (settings: PlayFabSettings) => entityTokenSource({ settings, timeoutMs: 8_000 });
const fleetWith = (settings: PlayFabSettings, tokenSource: TokenSource = tokensOf(settings)) =>
  createPlayFabFleet({ settings, tokenSource });

/** Of the simulator's own tokens, one source for all tests, as in an instance that runs. */
let granted: TokenSource;
const secrets = [KEY, STALE];

/** Whose every token is one of the secrets: a refused one is replaced. */
const secretTokens = (source: TokenSource): TokenSource => ({
  get: async (until, options) => {
    const token = await source.get(until, options);
    if (!secrets.includes(token)) secrets.push(token);
    return token;
  },
});

function sourceFor(credential: Credential): TokenSource {
  switch (credential) {
    case 'good':
      return granted;
    case 'renewable':
      return {
        get: (until, options) =>
          options?.refused === STALE ? granted.get(until, options) : Promise.resolve(STALE),
      };
    case 'refused':
      return staticTokenSource(STALE);
    case 'unavailable':
      return tokensOf(settingsAt(NOBODY));
    case 'slow':
      return {
        get: (until) =>
          new Promise((_, reject) => {
            until.addEventListener('abort', () => reject(new Error(KEY)));
          }),
      };
  }
}

const SERVER = {
  FQDN: 'dns1.westus.cloudapp.azure.com',
  IPV4Address: '203.0.113.7',
  Ports: [{ Name: 'game', Num: 30_000, Protocol: 'UDP' }],
  Region: 'WestUs',
};
const data = (members: Record<string, unknown>): FaultAction => ({
  type: 'override',
  // What is not named stays: the session's id above all.
  deep: true,
  members: { data: { ...SERVER, ...members } },
});
const port = (members: Record<string, unknown>) => data({ Ports: [{ ...SERVER.Ports[0], ...members }] });

describeFleet('playfab', {
  start: async () => {
    const simulator = await spawnPlayFab({ secretKey: KEY, activationMs: 0 });
    try {
      granted = secretTokens(tokensOf(settingsAt(simulator.url)));
      await granted.get(signal());
      return simulator;
    } catch (error) {
      await simulator.stop();
      throw error;
    }
  },
  createFleet: (url, credential) => fleetWith(settingsAt(url), sourceFor(credential)),
  target: BUILD,
  ok: 200,
  tokenRefused: 401,
  statuses: [
    [201, { kind: 'unreadable' }],
    [204, { kind: 'unreadable' }],
    [301, { kind: 'rejected', reason: expect.stringContaining('PLAYFAB_ENDPOINT') as string }],
    [307, { kind: 'rejected' }],
    [400, { kind: 'rejected', reason: expect.stringContaining('buildId') as string }],
    [403, { kind: 'rejected', reason: expect.stringContaining('multiplayer servers enabled') as string }],
    [404, { kind: 'rejected', reason: expect.stringContaining('PLAYFAB_TITLE_ID') as string }],
    [408, { kind: 'failed', maybeStarted: true, retryAfterMs: 7000 }],
    [409, { kind: 'starting', retryAfterMs: 7000 }],
    [413, { kind: 'rejected' }],
    [418, { kind: 'rejected' }],
    [429, { kind: 'failed', maybeStarted: false, retryAfterMs: 7000 }],
    [500, { kind: 'failed', maybeStarted: true, retryAfterMs: 7000 }],
    [502, { kind: 'failed', maybeStarted: true }],
    [503, { kind: 'failed', maybeStarted: true, retryAfterMs: 7000 }],
    [504, { kind: 'failed', maybeStarted: true }],
    [599, { kind: 'failed', maybeStarted: true }],
  ],
  hostile: {
    'an envelope without data': { type: 'override', members: { data: null } },
    'a host name of a megabyte': data({ FQDN: 'a'.repeat(1024 * 1024) }),
    'a host name of 254 characters': data({ FQDN: `${'a.'.repeat(126)}aa` }),
    'a host name with control characters': data({ FQDN: 'a.example\r\nx: y' }),
    'a host name with HTML': data({ FQDN: '<img src=x onerror=alert(1)>' }),
    'a host name that is a number': data({ FQDN: 1 }),
    'a host name that is no IPv4 address': data({ FQDN: '999.1.1.1' }),
    'a host name that is no IPv6 address': data({ FQDN: '::::::::' }),
    'no address': data({ FQDN: null, IPV4Address: null }),
    'an IPv4 address alone that is none': data({ FQDN: null, IPV4Address: '203.0.113.256' }),
    'a name in place of the IPv4 address': data({ FQDN: null, IPV4Address: 'dns1.example' }),
    'no ports': data({ Ports: [] }),
    'ports as an object': data({ Ports: {} }),
    '33 ports': data({ Ports: Array.from({ length: 33 }, () => SERVER.Ports[0]) }),
    'port 0': port({ Num: 0 }),
    'port 65536': port({ Num: 65536 }),
    'port 80.5': port({ Num: 80.5 }),
    'a port as text': port({ Num: '30000' }),
    'a port name with HTML': port({ Name: '<b>' }),
    'a protocol with HTML': port({ Protocol: '<b>' }),
    'a region with HTML': data({ Region: '<script>' }),
    'a region with a new line': data({ Region: 'West\nUs' }),
    'a region of 65 characters': data({ Region: 'a'.repeat(65) }),
    'code 429 in an HTTP 200': {
      type: 'body',
      text: JSON.stringify({
        code: 429,
        status: 'TooManyRequests',
        error: 'MultiplayerServerTooManyRequests',
      }),
    },
    'code 500 beside a server': { type: 'override', members: { code: 500 } },
    'a code of text': { type: 'override', members: { code: '200' } },
    'no session': data({ SessionId: null }),
    'an empty session': data({ SessionId: '' }),
    'the server of another session': data({ SessionId: '3536d3e6-e85d-4f47-b898-9617d19dabcd' }),
  },
  ending: {
    path: '/MultiplayerServer/ShutdownMultiplayerServer',
    ok: 200,
    hostile: {
      'an envelope without data': { type: 'override', members: { data: null } },
      'a code of text': { type: 'override', members: { code: '200' } },
      'a missing server in an HTTP 200': {
        type: 'override',
        members: { code: 404, status: 'NotFound', error: 'MultiplayerServerNotFound' },
      },
    },
  },
  extraMembers: {
    token: 'canary',
    '<canary>': 1,
    data: {
      ...SERVER,
      VmId: 'canary-vm',
      ServerId: 'canary-server',
      BuildId: 'canary-build',
      SessionCookie: 'canary',
      ConnectedPlayers: [{ PlayerId: 'canary' }],
      PublicIPV4Addresses: [{ FQDN: 'canary.example', IpAddress: '203.0.113.8', RoutingType: 'Internet' }],
      Ports: [{ ...SERVER.Ports[0], Internal: 'canary' }],
    },
  },
  secrets,
});

describe('playfab alone', () => {
  const simulators: SimulatorHandle[] = [];
  const spawn = async (options: SpawnPlayFabOptions = {}): Promise<SimulatorHandle> => {
    const simulator = await spawnPlayFab({ activationMs: 0, ...options });
    simulators.push(simulator);
    return simulator;
  };
  afterEach(() => Promise.all(simulators.splice(0).map((simulator) => simulator.stop())));

  const request = { locations: ['West US', 'East US'], target: BUILD };
  const ask = (fleet: ReturnType<typeof fleetWith>, over: { sessionId?: string; target?: string } = {}) =>
    fleet.allocate({ sessionId: crypto.randomUUID(), ...request, ...over }, { signal: signal() });

  it('fetches one entity token for many calls, and tells the port’s protocol', async () => {
    const simulator = await spawn({ secretKey: KEY });
    const fleet = fleetWith(settingsAt(simulator.url));
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(fleet)));
    expect(answers.map(({ kind }) => kind)).toEqual(Array(10).fill('host'));
    expect(answers[0]).toMatchObject({ host: { ports: [{ protocol: 'TCP' }, { protocol: 'UDP' }] } });
    expect((await simulator.control.report()).asides).toMatchObject([
      { path: '/Authentication/GetEntityToken' },
    ]);
  });

  it('answers the IPv4 address where the setting says so', async () => {
    const simulator = await spawn();
    const fleet = fleetWith(settingsAt(simulator.url, { hostName: 'ipv4' }));
    expect(await ask(fleet)).toMatchObject({
      host: { hostName: expect.stringMatching(/^203\.0\.113\.\d{1,3}$/) as string, region: 'WestUs' },
    });
    for (const IPV4Address of ['dns1.example', '203.0.113.256', null]) {
      await simulator.control.faults.set({ action: data({ IPV4Address }) });
      expect(await ask(fleet)).toMatchObject({
        kind: 'unreadable',
        reason: '/data/IPV4Address is not an address (PLAYFAB_HOST_NAME chooses it).',
      });
    }
  });

  it.each([null, '', ' '])(
    'answers the IPv4 address where there is no FQDN but %j, and says so',
    async (FQDN) => {
      const simulator = await spawn();
      const fleet = fleetWith(settingsAt(simulator.url));
      await simulator.control.faults.set({ action: data({ FQDN }) });
      expect(await ask(fleet)).toMatchObject({
        kind: 'host',
        host: { hostName: '203.0.113.7' },
        reason:
          'PlayFab gave no FQDN: clients got the IPv4 address (PLAYFAB_HOST_NAME chooses between them).',
      });
    },
  );

  it.each([
    [429, 'PlayFab answered code 429 in an HTTP 200.'],
    ['200', '/code does not fit the schema (const).'],
  ])('says that code %j in an HTTP 200 is no host', async (code, reason) => {
    const simulator = await spawn();
    await simulator.control.faults.set({ action: { type: 'override', members: { code } } });
    const answer = await ask(fleetWith(settingsAt(simulator.url)));
    expect(answer).toEqual({ kind: 'unreadable', status: 200, reason });
  });

  it('asks a build alias where the mode has one, and says what to check where there is no such build', async () => {
    const simulator = await spawn({ build: [ALIAS] });
    const fleet = fleetWith(settingsAt(simulator.url));
    expect((await ask(fleet, { target: `alias:${ALIAS}` })).kind).toBe('host');
    expect(await ask(fleet)).toEqual({
      kind: 'rejected',
      status: 404,
      reason: expect.stringContaining('buildAliasId of this mode in BROKER_GAME_MODES') as string,
    });
  });

  it('gets another entity token when the one it holds is not known any more', async () => {
    const simulator = await spawn({ secretKey: KEY });
    const fleet = fleetWith(settingsAt(simulator.url));
    expect((await ask(fleet)).kind).toBe('host');
    const body = JSON.stringify({ code: 401, status: 'Unauthorized', error: 'EntityTokenInvalid' });
    await simulator.control.faults.set({ times: 1, action: { type: 'status', status: 401, body } });
    expect((await ask(fleet)).kind).toBe('host');
    const { calls, asides } = await simulator.control.report();
    expect(calls.map(({ status }) => status)).toEqual([200, 401, 200]);
    expect(asides).toHaveLength(2);
  });

  it('calls a refused secret key a mistake in the settings, and asks for no server with it', async () => {
    const simulator = await spawn({ secretKey: 'another' });
    const fleet = fleetWith(settingsAt(simulator.url));
    const reason =
      'PlayFab gave no entity token (GetEntityToken answered 401): check PLAYFAB_SECRET_KEY and PLAYFAB_TITLE_ID.';
    expect(await ask(fleet)).toEqual({ kind: 'rejected', reason });
    await expect(fleet.checkCredentials(signal())).rejects.toThrow(reason);
    expect((await simulator.control.report()).calls).toEqual([]);
  });

  it('gives a fetch that hangs up after its time, and fetches anew', async () => {
    const simulator = await spawn({ secretKey: KEY });
    const settings = settingsAt(simulator.url);
    const fleet = fleetWith(settings, entityTokenSource({ settings, timeoutMs: 2_000 }));
    await simulator.control.faults.set({
      match: { path: '/Authentication' },
      action: { type: 'hang' },
      times: 1,
    });
    expect(await ask(fleet)).toEqual({
      kind: 'failed',
      maybeStarted: false,
      reason: 'No entity token could be had from PlayFab. GetEntityToken gave no answer (timeout).',
    });
    expect((await ask(fleet)).kind).toBe('host');
  });

  it('asks to be left alone for as long as a throttled GetEntityToken does', async () => {
    const simulator = await spawn({ secretKey: KEY });
    const action = { type: 'status', status: 429, retryAfter: '9' } as const;
    await simulator.control.faults.set({ match: { path: '/Authentication' }, action });
    expect(await ask(fleetWith(settingsAt(simulator.url)))).toMatchObject({
      kind: 'failed',
      retryAfterMs: 9_000,
    });
  });

  it.each<[string, FaultAction, string]>([
    ['a fault', { type: 'status', status: 500 }, 'GetEntityToken answered 500.'],
    ['a limit', { type: 'status', status: 429 }, 'GetEntityToken answered 429.'],
    ['silence', { type: 'reset' }, 'GetEntityToken gave no answer (connection-lost).'],
    [
      'no token',
      { type: 'override', members: { data: {} } },
      'The answer of GetEntityToken is not of its schema.',
    ],
    [
      'another code in an HTTP 200',
      { type: 'override', members: { code: 500 } },
      'The answer of GetEntityToken is not of its schema.',
    ],
    [
      'a coding that nobody knows',
      { type: 'coding', coding: 'zstd' },
      'The answer has the content coding zstd, which is not understood.',
    ],
    ['no JSON', { type: 'garbage' }, 'The answer of GetEntityToken is not of its schema.'],
    [
      'a token that is no header',
      { type: 'override', members: { data: { EntityToken: 'a\r\nb' } } },
      'The answer of GetEntityToken is not of its schema.',
    ],
  ])(
    'asks for no server while GetEntityToken answers with %s, and for one after',
    async (_, action, what) => {
      const simulator = await spawn({ secretKey: KEY });
      const fleet = fleetWith(settingsAt(simulator.url));
      await simulator.control.faults.set({ match: { path: '/Authentication' }, action });
      expect(await ask(fleet)).toEqual({
        kind: 'failed',
        maybeStarted: false,
        reason: `No entity token could be had from PlayFab. ${what}`,
      });
      await simulator.control.faults.clear();
      expect((await ask(fleet)).kind).toBe('host');
      expect((await simulator.control.report()).calls).toHaveLength(1);
    },
  );
});
