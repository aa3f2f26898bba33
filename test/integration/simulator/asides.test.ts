import type { SimulatorHandle } from '../../../local/fleet/spawn.ts';
import { spawnPlayFab } from '../../../local/playFab/spawn.ts';
import { socketError } from './calls.ts';
import { askServer, askToken, serverRequest, tokenOf } from './playFabCalls.ts';

// Calls that ask for something other than a host: with PlayFab, the one that hands out tokens.
let simulator: SimulatorHandle;
let token: string;

beforeAll(async () => {
  simulator = await spawnPlayFab({ secretKey: 'secret', activationMs: 0 });
  token = await tokenOf(simulator.url);
});
afterAll(() => simulator.stop());
beforeEach(() => simulator.control.reset());

test('asides are listed and counted apart, refused ones too, each call with an id of its own', async () => {
  await askToken(simulator.url);
  await askServer(simulator.url, token);
  await askToken(simulator.url, { 'x-secretkey': 'wrong' });
  const { calls, asides, counts } = await simulator.control.report();
  expect(calls.map(({ callId, path }) => [callId, path])).toEqual([
    [2, '/MultiplayerServer/RequestMultiplayerServer'],
  ]);
  expect(asides.map(({ callId, path, status, authorized }) => [callId, path, status, authorized])).toEqual([
    [1, '/Authentication/GetEntityToken', 200, true],
    [3, '/Authentication/GetEntityToken', 401, false],
  ]);
  expect(asides[0]).not.toHaveProperty('outcome');
  expect(counts).toMatchObject({ calls: 1, asides: 2, byStatus: { '200': 1 }, byOutcome: { started: 1 } });
  expect(await simulator.control.summary()).not.toHaveProperty('asides');
});

test('a report of some sessions has no asides', async () => {
  await askToken(simulator.url);
  const body = serverRequest();
  await askServer(simulator.url, token, body);
  const { calls, asides } = await simulator.control.report({ sessions: [String(body['SessionId'])] });
  expect([calls.length, asides.length]).toEqual([1, 0]);
});

test('a rule that names no path leaves them alone', async () => {
  await simulator.control.faults.set({ action: { type: 'status', status: 500 } });
  expect((await askToken(simulator.url)).status).toBe(200);
  expect((await askServer(simulator.url, token)).status).toBe(500);
  expect((await simulator.control.faults.list()).map(({ hits }) => hits)).toEqual([1]);
});

test('a rule that names their path hits them, and no other call', async () => {
  await simulator.control.faults.set({
    match: { path: '/Authentication' },
    action: { type: 'status', status: 503, retryAfter: '2' },
  });
  const refused = await askToken(simulator.url);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
  expect((await askServer(simulator.url, token)).status).toBe(200);
  const { asides, counts } = await simulator.control.report();
  expect(asides).toMatchObject([{ status: 503, faults: ['status'] }]);
  expect(counts).toMatchObject({ byStatus: { '200': 1 }, byFault: {} });
});

test('a fault of the answer, without a point, is one of the token’s answer', async () => {
  const match = { path: '/Authentication' };
  await simulator.control.faults.set({ match, action: { type: 'garbage' } });
  const garbage = await askToken(simulator.url);
  expect(garbage.status).toBe(200);
  await expect(garbage.json()).rejects.toThrow('is not valid JSON');
  await simulator.control.faults.set({ match, point: 'allocated', action: { type: 'reset' } });
  expect(await socketError(askToken(simulator.url))).toMatch(/ECONNRESET|UND_ERR_SOCKET/);
});

test('a hold that names no path lets them pass; one that names theirs parks them, and they are no open calls', async () => {
  await simulator.control.hold({ point: 'received' });
  expect((await askToken(simulator.url)).status).toBe(200);
  await simulator.control.release();
  await simulator.control.hold({ point: 'received', match: { path: '/Authentication' } });
  const parked = askToken(simulator.url);
  expect(await simulator.control.waitForParked(1)).toMatchObject([{ callId: 2, point: 'received' }]);
  expect((await simulator.control.summary()).counts).toMatchObject({ openCalls: 0, asides: 2 });
  expect(await simulator.control.release({ callId: 2 })).toBe(1);
  expect((await parked).status).toBe(200);
});

test('a reset breaks off a parked one and forgets them all, but not the tokens', async () => {
  await simulator.control.hold({ point: 'received', match: { path: '/Authentication' } });
  const parked = askToken(simulator.url);
  await simulator.control.waitForParked(1);
  await simulator.control.reset();
  expect(await socketError(parked)).toMatch(/ECONNRESET|UND_ERR_SOCKET/);
  expect((await simulator.control.report()).asides).toEqual([]);
  expect((await askServer(simulator.url, token)).status).toBe(200);
});
