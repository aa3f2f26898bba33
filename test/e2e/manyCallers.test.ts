/** Every player of a session asks at the same time, through two instances that share nothing but the tables. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stack } from '../../local/stack.ts';
import { type TestBroker, startBroker } from '../support/e2e/broker.ts';
import { startStack } from '../support/e2e/fleetUnderTest.ts';
import { type Reply, allocate } from '../support/e2e/httpClient.ts';
import { tablesOf } from '../support/e2e/tables.ts';

const SESSIONS = 200;
const CALLERS = 8;
/** Sessions at a time: 20 x 8 requests in flight keep two busy processes on two cores inside everybody's wait. */
const AT_ONCE = 20;
const LOCATIONS = ['West US', 'East US', 'North Europe', 'West Europe', 'Southeast Asia', 'Japan East'];

let stack: Stack;
let brokers: TestBroker[];

beforeAll(async () => {
  stack = await startStack({ fleet: { activationMs: 100 } });
  brokers = await Promise.all([startBroker(stack), startBroker(stack)]);
});

afterAll(() => stack.stop());

/** Repeats the same request on 202, as clients are told to. */
async function callUntilAnswered(caller: number, sessionId: string): Promise<Reply> {
  const location = LOCATIONS[caller % LOCATIONS.length] ?? '';
  const body = { sessionId, gameMode: 'duel', latencies: [{ location, ms: 10 + caller }] };
  for (;;) {
    const reply = await allocate(brokers[caller % 2] ?? never(), body, { prefer: 'wait=25' });
    if (reply.status !== 202) return reply;
    await sleep(Number(reply.headers['retry-after']) * 1_000);
  }
}

function never(): never {
  throw new Error('there are two brokers');
}

async function inBatches<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}

it(`gives ${SESSIONS} sessions with ${CALLERS} callers each one host each`, async () => {
  const sessions = Array.from({ length: SESSIONS }, () => randomUUID());
  const replies = new Map<string, Reply[]>();
  await inBatches(sessions, async (sessionId) => {
    const calls = Array.from({ length: CALLERS }, (_, caller) => callUntilAnswered(caller, sessionId));
    replies.set(sessionId, await Promise.all(calls));
  });

  const { counts, overlaps, hosts, sessionsWithSeveralHosts } = await stack.fleet.control.report();
  expect(counts.hostsStarted).toBe(SESSIONS);
  expect(overlaps).toEqual([]);
  expect(sessionsWithSeveralHosts).toEqual({});
  expect(new Set(hosts.map(({ sessionId }) => sessionId))).toEqual(new Set(sessions));

  const hostNames = new Map(hosts.map(({ sessionId, hostName }) => [sessionId, hostName]));
  for (const [sessionId, answers] of replies) {
    const bodies = new Set(answers.map(({ text }) => text));
    expect([...bodies].map((text) => JSON.parse(text) as unknown)).toMatchObject([
      { sessionId, status: 'allocated', hostName: hostNames.get(sessionId) },
    ]);
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
  }
  expect([...replies.values()].flat()).toHaveLength(SESSIONS * CALLERS);
}, 180_000);

it('leaves one allocated row and one closed attempt for each', async () => {
  const tables = tablesOf(stack.azurite.connectionString);
  const [sessions, attempts] = await Promise.all([tables.all('brokersessions'), tables.all('brokerhistory')]);
  expect(sessions.map(({ state }) => state)).toEqual(Array<string>(SESSIONS).fill('allocated'));
  expect(attempts.map(({ outcome }) => outcome)).toEqual(Array<string>(SESSIONS).fill('allocated'));
});
