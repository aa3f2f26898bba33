/** The process that asks the fleet dies, and nobody hears from it again. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Stack } from '../../local/stack.ts';
import { type TestBroker, startBroker } from '../support/e2e/broker.ts';
import { startStack } from '../support/e2e/fleetUnderTest.ts';
import { allocate, find, json } from '../support/e2e/httpClient.ts';
import { killInCall } from '../support/e2e/kill.ts';
import { tablesOf } from '../support/e2e/tables.ts';

/** How long a claim that is not renewed keeps others from the fleet. */
const LEASE_MS = 2_500;
/** From the kill to the next caller's host, at the most: the lease, and what this machine takes when it is busy. */
const MOST_MS = 4_500;

let stack: Stack;
let survivor: TestBroker;

beforeAll(async () => {
  stack = await startStack({ fleet: { activationMs: 50 }, settings: { BROKER_FLEET_TIMEOUT_MS: '3000' } });
  survivor = await startBroker(stack);
});

afterAll(() => stack.stop());

it.each([
  ['before the fleet has looked at the call', 'received'],
  ['after the fleet has allocated and before it answers', 'allocated'],
] as const)('killed %s: the next caller gets the same host', async (_when, point) => {
  const { control } = stack.fleet;
  const doomed = await startBroker(stack);
  const sessionId = randomUUID();
  const body = { sessionId, gameMode: 'duel', sessionCookie: 'of-the-dead' };

  await killInCall(control, doomed, [body], point);

  const killedAtMs = performance.now();
  expect((await find(survivor, sessionId)).status).toBe(202);
  const reply = await allocate(survivor, { sessionId, gameMode: 'duel' });
  expect(performance.now() - killedAtMs).toBeLessThan(MOST_MS);
  expect(reply.status).toBe(201);

  const { hosts, calls, overlaps } = await control.report({ sessions: [sessionId] });
  expect(hosts).toHaveLength(1);
  expect(json(reply)['hostName']).toBe(hosts[0]?.hostName);
  expect(calls.map(({ cookie }) => cookie)).toEqual(['of-the-dead', 'of-the-dead']);
  expect(overlaps).toEqual([]);

  const tables = tablesOf(stack.azurite.connectionString);
  const [second, first, ...more] = await tables.attempts(sessionId);
  expect(more).toEqual([]);
  expect(first).toMatchObject({ outcome: 'open' });
  expect(second).toMatchObject({
    outcome: 'allocated',
    previousPartition: first?.['partitionKey'],
    previousRow: first?.['rowKey'],
  });
  // Nobody else was asked for while the dead process might still have been at work.
  const claimedAt = first?.['claimedAt'] as Date;
  expect(calls[1]?.arrivedAt.wallMs).toBeGreaterThanOrEqual(claimedAt.getTime() + LEASE_MS);
  expect(await tables.session(sessionId)).toMatchObject({ state: 'allocated', generation: 1 });
});

it('killed when all is done: another process answers the same, byte for byte', async () => {
  const doomed = await startBroker(stack);
  const body = { sessionId: randomUUID(), gameMode: 'duel' };
  const first = await allocate(doomed, body);
  doomed.child.kill('SIGKILL');
  await once(doomed.child, 'exit');
  const reply = await allocate(survivor, body);
  expect([first.status, reply.status, reply.text]).toEqual([201, 200, first.text]);
});
