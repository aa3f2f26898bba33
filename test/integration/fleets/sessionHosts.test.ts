import { createDefaultHttpClient, type HttpClient } from '@azure/core-rest-pipeline';
import type { SessionHostsSettings } from '../../../lib/fleets/sessionHosts/settings.ts';
import type { Fleet } from '../../../lib/fleets/fleet.ts';
import { createSessionHostsFleet } from '../../../lib/fleets/sessionHosts/sessionHostsFleet.ts';
import { type TokenSource, TokenUnavailableError } from '../../../lib/identity/tokenSource.ts';
import type { FaultAction } from '../../../local/fleet/faultSchema.ts';
import type { SimulatorHandle } from '../../../local/fleet/spawn.ts';
import { type SpawnSessionHostsOptions, spawnSessionHosts } from '../../../local/sessionHosts/spawn.ts';
import { describeFleet } from './conformance.ts';
import type { Credential } from './harness.ts';

const TOKEN = 'canary-service-token';
const STALE = 'canary-stale-token';
const GAME_MODE_ID = '2162d32c-7ac8-40e7-9b5f-56f676b8b3c1';

const SOURCES: Record<Credential, TokenSource> = {
  good: { get: () => Promise.resolve(TOKEN) },
  renewable: { get: (_, options) => Promise.resolve(options?.refused === STALE ? TOKEN : STALE) },
  refused: { get: () => Promise.resolve(STALE) },
  unavailable: { get: () => Promise.reject(new TokenUnavailableError('The identity got no token.')) },
  slow: {
    get: (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reject(new Error(TOKEN));
        });
      }),
  },
};

function fleetAt(
  url: string,
  tokenSource: TokenSource,
  { httpClient, ...settings }: Partial<SessionHostsSettings> & { httpClient?: HttpClient } = {},
): Fleet {
  return createSessionHostsFleet({
    settings: {
      endpoint: url,
      titleId: '1234',
      sandboxId: 'XDKS.1',
      cloudGameId: 'e6c8a4d2-6f1b-4f0f-8f35-0f3bb9a3e0c9',
      token: { kind: 'static', token: TOKEN },
      authScheme: 'Bearer',
      contractVersion: '8',
      ...settings,
    },
    tokenSource,
    ...(httpClient === undefined ? {} : { httpClient }),
  });
}

const override = (members: Record<string, unknown>): FaultAction => ({ type: 'override', members });
const port = (external: unknown, Key: unknown = 'game') => ({ Key, Value: { internal: 10100, external } });

describeFleet('sessionhosts', {
  start: () => spawnSessionHosts({ token: TOKEN, activationMs: 0 }),
  createFleet: (url, credential) => fleetAt(url, SOURCES[credential]),
  target: GAME_MODE_ID,
  ok: 200,
  tokenRefused: 401,
  statuses: [
    [201, { kind: 'unreadable' }],
    [204, { kind: 'unreadable' }],
    [301, { kind: 'rejected', reason: expect.stringContaining('SESSIONHOSTS_ENDPOINT') as string }],
    [307, { kind: 'rejected' }],
    [400, { kind: 'rejected', reason: expect.stringContaining('BROKER_CLOUD_GAME_ID') as string }],
    [403, { kind: 'rejected', reason: expect.stringContaining('SESSIONHOSTS_TOKEN_SCOPE') as string }],
    [404, { kind: 'rejected', reason: expect.stringContaining('BROKER_TITLE_ID') as string }],
    [408, { kind: 'failed', maybeStarted: true, retryAfterMs: 7000 }],
    [409, { kind: 'starting', retryAfterMs: 7000 }],
    [418, { kind: 'rejected' }],
    [429, { kind: 'failed', maybeStarted: false, retryAfterMs: 7000 }],
    [500, { kind: 'failed', maybeStarted: true, retryAfterMs: 7000 }],
    [502, { kind: 'failed', maybeStarted: true }],
    [503, { kind: 'no-capacity', retryAfterMs: 7000 }],
    [504, { kind: 'failed', maybeStarted: true }],
    [599, { kind: 'failed', maybeStarted: true }],
  ],
  hostile: {
    'a host name of a megabyte': override({ hostName: 'a'.repeat(1024 * 1024) }),
    'a host name of 254 characters': override({ hostName: `${'a.'.repeat(126)}aa` }),
    'a host name with control characters': override({ hostName: 'a.example\r\nx: y' }),
    'a host name with HTML': override({ hostName: '<img src=x onerror=alert(1)>' }),
    'a host name with a path': override({ hostName: 'a.example/path' }),
    'an empty host name': override({ hostName: '' }),
    'a host name that is a number': override({ hostName: 1 }),
    'a host name that is no IPv4 address': override({ hostName: '999.1.1.1' }),
    'a host name that is no IPv6 address': override({ hostName: '::::::::' }),
    'no ports': override({ portMappings: [] }),
    'ports as an object': override({ portMappings: {} }),
    '33 ports': override({ portMappings: Array.from({ length: 33 }, () => port(1)) }),
    'port 0': override({ portMappings: [port(0)] }),
    'port 65536': override({ portMappings: [port(65536)] }),
    'port 80.5': override({ portMappings: [port(80.5)] }),
    'a port as text': override({ portMappings: [port('10103')] }),
    'a port name with HTML': override({ portMappings: [port(1, '<b>')] }),
    'a region with HTML': override({ region: '<script>' }),
    'a region with a new line': override({ region: 'West\nUS' }),
    'a region of 65 characters': override({ region: 'a'.repeat(65) }),
    'a secureContext that is not base64': override({ secureContext: '<b>' }),
    'a secureContext of 4097 characters': override({ secureContext: 'a'.repeat(4097) }),
  },
  extraMembers: { token: 'canary', nested: { secret: 'canary' }, sessionCookie: 'canary', '<canary>': 1 },
  secrets: [TOKEN, STALE],
});

describe('sessionhosts alone', () => {
  const simulators: SimulatorHandle[] = [];
  const spawn = async (options: SpawnSessionHostsOptions): Promise<SimulatorHandle> => {
    const simulator = await spawnSessionHosts({ token: TOKEN, activationMs: 0, ...options });
    simulators.push(simulator);
    return simulator;
  };
  afterEach(() => Promise.all(simulators.splice(0).map((simulator) => simulator.stop())));

  const request = { sessionId: crypto.randomUUID(), locations: ['West US'], target: GAME_MODE_ID };
  const signal = () => AbortSignal.timeout(20_000);

  it('believes a server that is truly given out again, byte for byte as before', async () => {
    const simulator = await spawn({});
    const text = JSON.stringify({ hostName: 'a.example', portMappings: [port(1)], region: 'WestUS' });
    await simulator.control.faults.set({ action: { type: 'body', text } });
    const fleet = fleetAt(simulator.url, SOURCES.good);
    for (const sessionId of [crypto.randomUUID(), crypto.randomUUID()]) {
      const answer = await fleet.allocate({ ...request, sessionId }, { signal: signal() });
      expect(answer).toMatchObject({ kind: 'host', host: { hostName: 'a.example' } });
    }
  });

  it('writes tokens the way Xbox Live wants them where the scheme is XBL3.0', async () => {
    const simulator = await spawn({ scheme: 'XBL3.0' });
    const fleet = fleetAt(simulator.url, SOURCES.good, { authScheme: 'XBL3.0' });
    expect(await fleet.allocate(request, { signal: signal() })).toMatchObject({ kind: 'host' });
  });

  it('speaks https with a certificate that is trusted, and sends nothing where it is not', async () => {
    const simulator = await spawn({ httpsPort: 0 });
    const url = simulator.httpsUrl ?? '';

    const stranger = await fleetAt(url, SOURCES.good).allocate(request, { signal: signal() });
    expect(stranger).toEqual({
      kind: 'failed',
      maybeStarted: false,
      reason: expect.stringContaining('certificate') as string,
    });
    expect((await simulator.control.report()).calls).toEqual([]);

    const plain = createDefaultHttpClient();
    const tlsSettings = { ca: simulator.certificate ?? '' };
    const httpClient: HttpClient = {
      sendRequest: (call) => plain.sendRequest(Object.assign(call, { tlsSettings })),
    };
    const trusting = await fleetAt(url, SOURCES.good, { httpClient }).allocate(request, { signal: signal() });
    expect(trusting).toMatchObject({ kind: 'host' });
  });
});
