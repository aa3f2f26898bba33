import { request } from 'node:https';
import type { FaultAction, FaultRule } from '../../../local/fleet/faultSchema.ts';
import type { SimulatorHandle } from '../../../local/fleet/spawn.ts';
import { spawnSessionHosts } from '../../../local/sessionHosts/spawn.ts';
import { goodHeaders, hostOf, post, requestBody, socketError } from './calls.ts';

let simulator: SimulatorHandle;

beforeAll(async () => {
  simulator = await spawnSessionHosts({ token: 'secret', activationMs: 0, httpsPort: 0 });
});
afterAll(() => simulator.stop());
beforeEach(() => simulator.control.reset());

/** Sets the fault for the next call, and makes that call. */
async function callWith(action: FaultAction, rule: Omit<FaultRule, 'action'> = {}): Promise<Response> {
  await simulator.control.faults.set({ times: 1, ...rule, action });
  return post(simulator.url, requestBody());
}

const hostsStarted = async (): Promise<number> => (await simulator.control.summary()).counts.hostsStarted;

test('delay: the answer comes no sooner', async () => {
  expect((await callWith({ type: 'delay', ms: 60 })).status).toBe(200);
  const [call] = (await simulator.control.report()).calls;
  const tookMs = (call?.answeredAt?.monotonicMs ?? 0) - (call?.arrivedAt.monotonicMs ?? 0);
  expect(tookMs).toBeGreaterThanOrEqual(59);
  expect(call?.faults).toEqual(['delay']);
});

test('hang: there is no answer until the client leaves, and nothing was started', async () => {
  await simulator.control.faults.set({ action: { type: 'hang' } });
  const leaving = new AbortController();
  const call = post(simulator.url, requestBody(), {}, { signal: leaving.signal }).catch(nameOf);
  await openCalls(1);
  leaving.abort();
  expect(await call).toBe('AbortError');
  await openCalls(0);
  const { calls, counts } = await simulator.control.report();
  expect(calls[0]).toMatchObject({
    faults: ['hang'],
    closedByClientAt: { wallMs: expect.any(Number) as number },
  });
  expect(counts).toMatchObject({ hostsStarted: 0, closedByClient: 1 });
});

test('a client that leaves during a delay does not stop its host from being started', async () => {
  await simulator.control.hold({ point: 'received' });
  const leaving = new AbortController();
  const call = post(simulator.url, requestBody(), {}, { signal: leaving.signal }).catch(nameOf);
  await simulator.control.waitForParked();
  leaving.abort();
  expect(await call).toBe('AbortError');
  await openCalls(0);
  await simulator.control.release();
  expect(await hostsStarted()).toBe(1);
});

test.each([
  ['received', 0],
  ['allocated', 1],
] as const)('reset, when %s: the connection breaks and %i hosts were started', async (point, hosts) => {
  expect(await socketError(callWith({ type: 'reset' }, { point }))).toMatch(/ECONNRESET|UND_ERR_SOCKET/);
  expect(await hostsStarted()).toBe(hosts);
});

test('after a reset behind the allocation, the same session gets the host that was started', async () => {
  await simulator.control.faults.set({ times: 1, point: 'allocated', action: { type: 'reset' } });
  const body = requestBody();
  await socketError(post(simulator.url, body));
  const { hostName } = await hostOf(await post(simulator.url, body));
  const { hosts } = await simulator.control.report();
  expect(hosts.map((host) => host.hostName)).toEqual([hostName]);
});

test.each([
  ['received', 0],
  ['allocated', 1],
] as const)(
  'status, when %s: any code, with Retry-After and body; %i hosts started',
  async (point, hosts) => {
    const response = await callWith(
      { type: 'status', status: 429, retryAfter: '7', body: '<h1>slow down</h1>', contentType: 'text/html' },
      { point },
    );
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('7');
    expect(response.headers.get('content-type')).toBe('text/html');
    expect(await response.text()).toBe('<h1>slow down</h1>');
    expect(await hostsStarted()).toBe(hosts);
  },
);

test('garbage: 200 and not JSON, though the host was started', async () => {
  const response = await callWith({ type: 'garbage' });
  expect(response.status).toBe(200);
  await expect(response.json()).rejects.toThrow('is not valid JSON');
  expect(await hostsStarted()).toBe(1);
});

test('half a body: the length promised does not arrive', async () => {
  const response = await callWith({ type: 'half-body' });
  expect(response.status).toBe(200);
  expect(Number(response.headers.get('content-length'))).toBeGreaterThan(100);
  await expect(response.text()).rejects.toThrow('terminated');
  const [call] = (await simulator.control.report()).calls;
  expect(call).toMatchObject({ faults: ['half-body'], resetAt: { wallMs: expect.any(Number) as number } });
  expect(call).not.toHaveProperty('answeredAt');
});

test('override: hostile members beside and instead of the real ones', async () => {
  const members = { hostName: 'x'.repeat(100_000), region: '<script>\u0000\u202e', admin: true };
  const answer = (await (await callWith({ type: 'override', members })).json()) as Record<string, unknown>;
  expect(answer).toMatchObject(members);
  expect(answer['portMappings']).toHaveLength(2);
});

test('body: any text, status and type', async () => {
  const response = await callWith({
    type: 'body',
    text: '{"__proto__": {"hostName": "evil"}}',
    contentType: 'text/html',
  });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html']);
  expect(await response.text()).toBe('{"__proto__": {"hostName": "evil"}}');
});

test('content-type: the right body under a wrong type', async () => {
  const response = await callWith({ type: 'content-type', contentType: 'text/plain' });
  expect(response.headers.get('content-type')).toBe('text/plain');
  expect((await hostOf(response)).region).toBe('WestUS');
});

test('slow body: complete, in pieces, over the time given', async () => {
  const response = await callWith({ type: 'slow-body', ms: 80, pieces: 4 });
  expect((await hostOf(response)).region).toBe('WestUS');
  const [call] = (await simulator.control.report()).calls;
  expect((call?.answeredAt?.monotonicMs ?? 0) - (call?.arrivedAt.monotonicMs ?? 0)).toBeGreaterThanOrEqual(
    75,
  );
});

test('end-host: the session gets a new host', async () => {
  const body = requestBody();
  const first = await hostOf(await post(simulator.url, body));
  await simulator.control.faults.set({
    times: 1,
    match: { sessionId: String(body['sessionId']) },
    action: { type: 'end-host' },
  });
  const second = await hostOf(await post(simulator.url, body));
  expect(second.hostName).not.toBe(first.hostName);
});

test('over TLS the protocol is the same, and a reset breaks the connection just as well', async () => {
  expect(await tlsOutcome()).toBe(200);
  await simulator.control.faults.set({ times: 1, point: 'allocated', action: { type: 'reset' } });
  expect(await tlsOutcome()).toBe('ECONNRESET');
  expect(await hostsStarted()).toBe(2);
});

test('rules are listed with their hits, cleared, and refused with what is wrong', async () => {
  await callWith({ type: 'status', status: 500 }, { match: { location: 'eastus' } });
  expect(await simulator.control.faults.list()).toEqual([
    { times: 1, match: { location: 'eastus' }, action: { type: 'status', status: 500 }, hits: 1 },
  ]);
  await simulator.control.faults.clear();
  expect(await simulator.control.faults.list()).toEqual([]);
  const wrong = { action: { type: 'status', status: 42 } } as FaultRule;
  await expect(simulator.control.faults.set(wrong)).rejects.toThrow('/0/action/status must be >= 200');
});

const nameOf = (error: unknown): string => (error as Error).name;

/** Resolves once exactly this many calls are under way. */
async function openCalls(count: number): Promise<void> {
  while ((await simulator.control.summary()).counts.openCalls !== count) await new Promise(setImmediate);
}

/** The status of one call over TLS, or the error code of its socket. */
function tlsOutcome(): Promise<number | string | undefined> {
  return new Promise((resolve) => {
    const url = `${simulator.httpsUrl ?? ''}/titles/1234/sessionhosts`;
    request(url, { method: 'POST', headers: goodHeaders, ca: simulator.certificate }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
      .end(JSON.stringify(requestBody()));
  });
}
