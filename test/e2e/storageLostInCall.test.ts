/** The tables are lost to one broker while its fleet call is under way: its lease cannot be renewed. */
import { randomUUID } from 'node:crypto';
import type { Stack } from '../../local/stack.ts';
import { type TestBroker, startBroker } from '../support/e2e/broker.ts';
import { startStack } from '../support/e2e/fleetUnderTest.ts';
import { allocate } from '../support/e2e/httpClient.ts';
import { tablesOf } from '../support/e2e/tables.ts';
import { until } from '../support/e2e/until.ts';
import { FaultProxy, type ProxyEndpoint } from '../support/faultProxy/faultProxy.ts';

const LEASE_MS = 2_500;
/** From the loss to the next caller's host, at the most: the lease, and what this machine takes when it is busy. */
const MOST_MS = 4_500;

let stack: Stack;
let proxy: FaultProxy;
let path: ProxyEndpoint;
let cutOff: TestBroker;
let other: TestBroker;

beforeAll(async () => {
  stack = await startStack({ fleet: { activationMs: 0 } });
  proxy = new FaultProxy(stack.azurite.tableUrl);
  path = await proxy.endpoint('cut off');
  cutOff = await startBroker(stack, { settings: { BrokerStorage: path.connectionString } });
  other = await startBroker(stack);
  for (const broker of [cutOff, other]) await allocate(broker, newRequest());
});

afterAll(async () => {
  await stack.stop();
  await proxy.stop();
});

function newRequest(): { sessionId: string; gameMode: string } {
  return { sessionId: randomUUID(), gameMode: 'duel' };
}

it.each([
  ['before the fleet has looked at the call', 'received'],
  ['with the host started', 'allocated'],
] as const)('%s: the call is cut inside its lease, and the session has one host', async (_when, point) => {
  const { control } = stack.fleet;
  const body = newRequest();
  const { sessionId } = body;
  await control.faults.set({ match: { sessionId }, point, times: 1, action: { type: 'hang' } });
  const asking = allocate(cutOff, body, { prefer: 'wait=1' });
  await until('the fleet has the call', async () =>
    (await control.faults.list()).find(({ hits }) => hits === 1),
  );
  await path.refuse();

  const fromMs = performance.now();
  const next = await allocate(other, body, { prefer: 'wait=20' });
  expect(performance.now() - fromMs).toBeLessThan(MOST_MS);
  expect(next.status).toBe(201);
  const { hosts, calls, overlaps } = await control.report({ sessions: [sessionId] });
  expect([hosts.length, calls.length, overlaps]).toEqual([1, 2, []]);
  const [cut] = calls;
  const callMs = Number(cut?.closedByClientAt?.monotonicMs) - Number(cut?.arrivedAt.monotonicMs);
  expect(callMs).toBeGreaterThan(1_000);
  expect(callMs).toBeLessThan(LEASE_MS);

  // Its caller asks again, and so does everybody else.
  expect((await asking).status).toBe(202);
  await path.accept();
  const later = await allocate(cutOff, body);
  expect([later.status, later.text]).toEqual([200, next.text]);
});

it.each([
  // The SDK sends each write three times before it gives up.
  ['refused', { type: 'reset-before' }, 3, [undefined, undefined, undefined, 204]],
  ['left without an answer', { type: 'hang' }, 1, [undefined, 204]],
] as const)(
  'for one renewal, %s: the call goes on, and its caller has its host',
  async (_how, fault, times, written) => {
    const { control } = stack.fleet;
    const body = newRequest();
    const { sessionId } = body;
    const renewal = { operation: 'replace', partitionKey: sessionId, row: { state: 'claimed' } } as const;
    proxy.inject({ match: renewal, fault, times });
    const { holdId } = await control.hold({ match: { sessionId }, point: 'received' });
    const asking = allocate(cutOff, body);
    const statuses = await until('the lease is renewed', () => {
      const writes = proxy.requests.filter(({ row, ...request }) => {
        return (
          request.partitionKey === sessionId &&
          request.operation === 'replace' &&
          row?.['state'] === 'claimed'
        );
      });
      return writes.at(-1)?.deliveredAt === undefined ? undefined : writes.map(({ status }) => status);
    });
    expect(statuses).toEqual(written);
    await control.release({ holdId });

    expect((await asking).status).toBe(201);
    expect((await control.report({ sessions: [sessionId] })).calls).toHaveLength(1);
    const attempts = await tablesOf(stack.azurite.connectionString).attempts(sessionId);
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['allocated']);
  },
);
