/** A broker process is asked to end: a deployment, changed settings, scaling in. Nobody pays for it with a lease. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Stack } from '../../local/stack.ts';
import { type TestBroker, startBroker } from '../support/e2e/broker.ts';
import { startStack } from '../support/e2e/fleetUnderTest.ts';
import { holdRequest } from '../support/e2e/heldRequest.ts';
import { allocate, json, send } from '../support/e2e/httpClient.ts';
import { type Tables, tablesOf } from '../support/e2e/tables.ts';
import { until } from '../support/e2e/until.ts';

/** From the signal to the next caller's host, at the most; a lease would take 2.5 s. */
const MOST_MS = 2_000;

let stack: Stack;
let tables: Tables;
let ending: TestBroker;
let other: TestBroker;

beforeAll(async () => {
  stack = await startStack({ fleet: { activationMs: 0 } });
  tables = tablesOf(stack.azurite.connectionString);
  other = await startBroker(stack);
  await allocate(other, newRequest());
});

beforeEach(async () => {
  ending = await startBroker(stack);
});

afterAll(() => stack.stop());

function newRequest(): { sessionId: string; gameMode: string } {
  return { sessionId: randomUUID(), gameMode: 'duel' };
}

/** Resolves when the process has begun to end: from then on it accepts no connection. */
function untilEnding(): Promise<unknown> {
  return until('the broker accepts no connection', () =>
    send(`${ending.url}/api/health`).then(
      () => undefined,
      (error: unknown) => error,
    ),
  );
}

it.each([
  ['SIGTERM', ['SIGTERM']],
  ['SIGTERM twice', ['SIGTERM', 'SIGTERM']],
  // The app itself gets no signal: the host runs its terminate hook, as the runtime does.
  ['the terminate hook alone', ['SIGINT']],
] as const)('%s, with a fleet call that hangs: the next caller goes on at once', async (_what, signals) => {
  const { control } = stack.fleet;
  const exited = once(ending.child, 'exit');
  const body = newRequest();
  const { sessionId } = body;
  await control.faults.set({ match: { sessionId }, times: 1, action: { type: 'hang' } });
  const asking = allocate(ending, body, { prefer: 'wait=20' });
  await until('the fleet has the call', async () =>
    (await control.faults.list()).find(({ hits }) => hits === 1),
  );

  const fromMs = performance.now();
  for (const signal of signals) ending.child.kill(signal);
  const cut = await asking;
  expect(cut.status).toBe(202);
  expect(await tables.session(sessionId)).toMatchObject({ state: 'released', maybeStarted: true });
  expect(await tables.attempts(sessionId)).toMatchObject([{ outcome: 'unknown', fleetCalls: 1 }]);

  const next = await allocate(other, body);
  expect(performance.now() - fromMs).toBeLessThan(MOST_MS);
  expect(next.status).toBe(201);
  expect(await exited).toEqual([0, null]);
  const { hosts, calls, overlaps } = await control.report({ sessions: [sessionId] });
  expect([hosts.length, calls.length, overlaps]).toEqual([1, 2, []]);
  expect((await tables.attempts(sessionId)).map(({ outcome }) => outcome)).toEqual(['allocated', 'unknown']);
});

it('with a call that ends within the second: its caller has its host', async () => {
  const { control } = stack.fleet;
  const exited = once(ending.child, 'exit');
  const body = newRequest();
  const { holdId } = await control.hold({ match: { sessionId: body.sessionId }, point: 'received' });
  const asking = allocate(ending, body);
  await control.waitForParked();
  ending.child.kill('SIGTERM');
  await untilEnding();
  await control.release({ holdId });

  const reply = await asking;
  const replay = await allocate(other, body);
  expect([reply.status, replay.status, replay.text]).toEqual([201, 200, reply.text]);
  expect(await exited).toEqual([0, null]);
});

const post = (body: object): ReturnType<typeof holdRequest> =>
  holdRequest(`${ending.url}/api/v1/allocations`, { method: 'POST', body: JSON.stringify(body) });

it.each([
  ['that has answered before', () => allocate(ending, newRequest())],
  ['that has answered nothing yet', () => Promise.resolve()],
])('a broker %s is not ready from that moment, and begins nothing', async (_which, before) => {
  await before();
  const body = newRequest();
  const [ready, claim] = await Promise.all([holdRequest(`${ending.url}/api/ready`), post(body)]);
  const exited = once(ending.child, 'exit');
  ending.child.kill('SIGTERM');
  await untilEnding();

  const notReady = await ready.finish();
  expect(notReady.status).toBe(503);
  expect(json(notReady)).toEqual({
    status: 'not-ready',
    checks: [{ name: 'instance', ok: false, message: 'It is stopping: others take its sessions over.' }],
  });

  const pending = await claim.finish();
  expect([pending.status, json(pending)['status']]).toEqual([202, 'pending']);
  expect(await tables.session(body.sessionId)).toBeUndefined();
  expect(await tables.attempts(body.sessionId)).toEqual([]);
  expect(await exited).toEqual([0, null]);
});

it('what it remembers it replays to the end', async () => {
  const body = newRequest();
  const allocated = await allocate(ending, body);
  const replay = await post(body);
  ending.child.kill('SIGTERM');
  await untilEnding();
  const replayed = await replay.finish();
  expect([allocated.status, replayed.status, replayed.text]).toEqual([201, 200, allocated.text]);
});
