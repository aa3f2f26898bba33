import { randomUUID } from 'node:crypto';
import type { SimulatorHandle } from '../../../local/fleet/spawn.ts';
import { spawnSessionHosts } from '../../../local/sessionHosts/spawn.ts';
import { hostOf, post, requestBody } from './calls.ts';

let simulator: SimulatorHandle;

beforeAll(async () => {
  simulator = await spawnSessionHosts({
    token: 'secret',
    title: '1234',
    sandbox: 'RETAIL',
    locations: ['West US', 'East US'],
    standingBy: 3,
    activationMs: 0,
  });
});
afterAll(() => simulator.stop());
beforeEach(() => simulator.control.reset());

test('a new session gets the host’s name, ports, region without spaces and a secure context', async () => {
  const response = await post(simulator.url, requestBody());
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(await response.json()).toEqual({
    hostName: expect.stringMatching(/^host-1-[0-9a-f]{8}\.cloudapp\.net$/) as string,
    portMappings: [
      { Key: 'GSDKTCPTest', Value: { internal: 10100, external: 10105 } },
      { Key: 'GSDKUDPTest', Value: { internal: 10101, external: 10106 } },
    ],
    region: 'WestUS',
    secureContext: expect.stringMatching(/^[A-Za-z0-9+/]{64}$/) as string,
  });
});

test('the same session gets the same host for ever, with a fresh secure context each time', async () => {
  const body = requestBody();
  const first = await hostOf(await post(simulator.url, body));
  const again = await post(simulator.url, { ...body, locations: ['East US'] });
  expect(again.status).toBe(200);
  const second = await hostOf(again);
  expect({ ...second, secureContext: '' }).toEqual({ ...first, secureContext: '' });
  expect(second.secureContext).not.toBe(first.secureContext);
  expect((await simulator.control.summary()).counts.hostsStarted).toBe(1);
});

test('locations are tried in order until one has a StandingBy host, then 503', async () => {
  await simulator.control.setPools({ 'West US': 1, 'East US': 1 });
  const answers = await Promise.all([1, 2].map(async () => hostOf(await post(simulator.url, requestBody()))));
  expect(answers.map(({ region }) => region).sort()).toEqual(['EastUS', 'WestUS']);
  const none = await post(simulator.url, requestBody());
  expect(none.status).toBe(503);
  expect(await none.text()).toContain('No session host is StandingBy');
});

test('a host that ended frees its place, and the session gets a new host', async () => {
  await simulator.control.setPools({ 'West US': 1 });
  const body = requestBody({ locations: ['West US'] });
  const first = await hostOf(await post(simulator.url, body));
  expect(await simulator.control.endHost(String(body['sessionId']))).toBe(true);
  expect(await simulator.control.endHost(String(body['sessionId']))).toBe(false);
  const second = await hostOf(await post(simulator.url, body));
  expect(second.hostName).not.toBe(first.hostName);
  const report = await simulator.control.report();
  expect(report.sessionsWithSeveralHosts).toEqual({ [String(body['sessionId'])]: 2 });
});

test('while a host starts, its session is answered 409, and the call that started it waits', async () => {
  await simulator.control.reset({ activationMs: 60_000 });
  const body = requestBody();
  await simulator.control.hold({ point: 'allocated' });
  const first = post(simulator.url, body).catch(() => 'broken off');
  await simulator.control.waitForParked(1);
  const second = await post(simulator.url, body);
  expect(second.status).toBe(409);
  expect(await second.text()).toContain('not Active yet');
  await simulator.control.release();
  const { calls } = await simulator.control.report();
  expect(calls.map(({ outcome, status }) => [outcome, status])).toEqual([
    ['started', undefined],
    ['starting', 409],
  ]);
  await simulator.control.reset();
  expect(await first).toBe('broken off');
});

test('the call that starts a host is answered no sooner than the host is Active', async () => {
  await simulator.control.reset({ activationMs: 80 });
  expect((await post(simulator.url, requestBody())).status).toBe(200);
  const { calls, hosts } = await simulator.control.report();
  const activeAt = hosts[0]?.activeAt.monotonicMs ?? Infinity;
  expect(calls[0]?.answeredAt?.monotonicMs).toBeGreaterThanOrEqual(activeAt);
  expect(activeAt).toBe((hosts[0]?.startedAt.monotonicMs ?? 0) + 80);
});

test('told so, the simulator answers 409 at once to the call that starts a host', async () => {
  await simulator.control.reset({ firstCall: 'conflict' });
  const body = requestBody();
  expect([(await post(simulator.url, body)).status, (await post(simulator.url, body)).status]).toEqual([
    409, 200,
  ]);
  expect((await simulator.control.summary()).counts.hostsStarted).toBe(1);
});

test.each([
  ['no Authorization', { authorization: undefined }],
  ['another token', { authorization: 'Bearer secreT' }],
  ['another scheme', { authorization: 'XBL3.0 x=-;secret' }],
])('401 for %s', async (_, headers) => {
  const response = await post(simulator.url, requestBody(), headers);
  expect(response.status).toBe(401);
  expect(await response.text()).toContain('Authorization must be \\"Bearer <token>\\"');
});

test.each([
  ['not JSON', '{"sessionId"', 'The body is not JSON'],
  ['null', 'null', '/ must be object'],
  ['SandboxId', requestBody({ SandboxId: 'x' }), 'must NOT have additional properties: \\"SandboxId\\"'],
  ['no gameModeId', requestBody({ gameModeId: undefined }), "must have required property 'gameModeId'"],
  ['session not a GUID', requestBody({ sessionId: 'match-1' }), '/sessionId must match pattern'],
  ['no locations', requestBody({ locations: [] }), '/locations must NOT have fewer than 1 items'],
  [
    'an empty cookie',
    requestBody({ sessionCookie: '' }),
    '/sessionCookie must NOT have fewer than 1 characters',
  ],
])('400 that says what is wrong: %s', async (_, body, message) => {
  const response = await post(simulator.url, body);
  expect(response.status).toBe(400);
  expect(await response.text()).toContain(message);
});

test.each([
  [{ 'content-type': 'text/plain' }, 'Content-Type must be application/json'],
  [{ 'x-xbl-contract-version': undefined }, 'x-xbl-contract-version must be a number'],
])('400 for the headers %j', async (headers, message) => {
  const response = await post(simulator.url, requestBody(), headers);
  expect(response.status).toBe(400);
  expect(await response.text()).toContain(message);
});

test('403 for a sandbox that is not allowed, 404 for a title without a subscription or another path', async () => {
  expect((await post(simulator.url, requestBody({ sandboxId: 'OTHER' }))).status).toBe(403);
  const init = { method: 'POST', body: JSON.stringify(requestBody()) };
  const headers = {
    authorization: 'Bearer secret',
    'content-type': 'application/json',
    'x-xbl-contract-version': '8',
  };
  const title = await fetch(`${simulator.url}/titles/99/sessionhosts`, { ...init, headers });
  expect([title.status, await title.text()]).toEqual([
    404,
    expect.stringContaining('Title 99 has no subscription'),
  ]);
  expect((await fetch(`${simulator.url}/elsewhere`, init)).status).toBe(404);
  expect((await fetch(`${simulator.url}/titles/1234/sessionhosts`)).status).toBe(405);
});

test('refused calls start nothing', async () => {
  await post(simulator.url, requestBody(), { authorization: undefined });
  await post(simulator.url, requestBody({ gameModelId: 'x' }));
  const { counts } = await simulator.control.summary();
  expect(counts).toMatchObject({
    calls: 2,
    hostsStarted: 0,
    byStatus: { '401': 1, '400': 1 },
    byOutcome: { refused: 2 },
  });
});

test('300 sessions with 4 calls each at the same time start exactly 300 hosts', async () => {
  await simulator.control.reset({ pools: { 'West US': 300 } });
  const bodies = Array.from({ length: 300 }, () => requestBody({ sessionId: randomUUID() }));
  const statuses = await Promise.all(
    bodies.flatMap((body) => [1, 2, 3, 4].map(async () => (await post(simulator.url, body)).status)),
  );
  expect(new Set(statuses)).toEqual(new Set([200]));
  const { counts, pools, sessionsWithSeveralHosts } = await simulator.control.report();
  expect(counts).toMatchObject({ calls: 1200, hostsStarted: 300, byOutcome: { started: 300, active: 900 } });
  expect(pools['West US']).toBe(0);
  expect(sessionsWithSeveralHosts).toEqual({});
});
