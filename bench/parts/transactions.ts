import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stack } from '../../local/stack.ts';
import type { Bench, Count, CountPart } from '../part.ts';
import { allocationRequest, allocationsOf, Client } from '../support/client.ts';
import { type WatchedTables, watchedTables } from '../support/delayedTables.ts';
import { withStack } from '../support/stack.ts';

/** How long a caller waits here: a client's default. */
const WAIT_SECONDS = 15;
/** For so many confirmation times a session goes on being asked for, each of them a second. */
const CONFIRMATIONS = 5;
const ASK_AGAIN_MS = 20;
/** Longer than one fleet call, so that the other instance neither settles nor gives up meanwhile. */
const FLEET_TIMEOUT_MS = 30_000;

interface Subject {
  readonly stack: Stack;
  /** On the tables behind the proxy, which counts this instance's requests. */
  readonly watched: Client;
  /** Another instance, on the same tables. */
  readonly other: Client;
  readonly tables: WatchedTables;
}

export const transactions: CountPart = {
  kind: 'count',
  name: 'transactions',
  title: 'storage transactions and fleet calls, quota off',
  run: (bench) =>
    withStack(
      bench,
      0,
      async (stack) => {
        const tables = await watchedTables(stack);
        const broker = await stack.startBroker({ settings: { BrokerStorage: tables.connectionString } });
        const watched = new Client(allocationsOf(broker));
        const other = new Client(allocationsOf(await stack.startBroker()));
        const subject = { stack, watched, other, tables };
        try {
          // The first of all creates the tables.
          await other.expect(201, allocationRequest());
          const counts = [...(await eachAnswer(subject)), ...(await waiting(subject, bench))];
          return [...counts, await confirming(subject)];
        } finally {
          watched.close();
          other.close();
          await tables.stop();
        }
      },
      { settings: { BROKER_FLEET_TIMEOUT_MS: String(FLEET_TIMEOUT_MS) } },
    ),
};

async function eachAnswer({ stack, watched, other, tables }: Subject): Promise<Count[]> {
  const [own, others] = [randomUUID(), randomUUID()];
  await other.expect(201, allocationRequest(others));
  const counted = async (what: string, limits: [number, number], answer: () => Promise<unknown>) => {
    const callsBefore = await fleetCalls(stack);
    tables.taken();
    await answer();
    return [
      { what: `${what}: transactions`, count: tables.taken(), limit: limits[0] },
      { what: `${what}: fleet calls`, count: (await fleetCalls(stack)) - callsBefore, limit: limits[1] },
    ];
  };
  return [
    ...(await counted('new allocation', [5, 1], () => watched.expect(201, allocationRequest(own)))),
    ...(await counted('cold replay', [2, 0], () => watched.expect(200, allocationRequest(others)))),
    ...(await counted('warm replay', [0, 0], () => watched.expect(200, allocationRequest(own)))),
  ];
}

/** One caller in one process, while another instance holds the session's claim. */
async function waiting({ stack, watched, other, tables }: Subject, bench: Bench): Promise<Count[]> {
  const callsBefore = await fleetCalls(stack);
  await stack.fleet.control.hold({ point: 'received' });
  const request = allocationRequest();
  const held = other.post(request, { prefer: 'wait=25' });
  await stack.fleet.control.waitForParked(1);
  tables.taken();
  bench.progress(`waits for ${WAIT_SECONDS} s`);
  await watched.expect(202, request, { prefer: `wait=${WAIT_SECONDS}` });
  const perSecond = tables.taken() / WAIT_SECONDS;
  const calls = (await fleetCalls(stack)) - callsBefore;
  await stack.fleet.control.release();
  await held;
  return [
    { what: `waiting process, a second over ${WAIT_SECONDS} s: transactions`, count: perSecond, limit: 4 },
    { what: 'two instances, one session: fleet calls', count: calls, limit: 1 },
  ];
}

/** A session that has its host and is still asked for, by one instance whose confirmation time is a second. */
async function confirming({ stack, tables }: Subject): Promise<Count> {
  const settings = { BrokerStorage: tables.connectionString, BROKER_CONFIRM_SECONDS: '1' };
  const client = new Client(allocationsOf(await stack.startBroker({ settings })));
  try {
    const request = allocationRequest(randomUUID());
    await client.expect(201, request);
    tables.taken();
    const untilMs = performance.now() + 1_000 * CONFIRMATIONS;
    while (performance.now() < untilMs) {
      await client.expect(200, request);
      await sleep(ASK_AGAIN_MS);
    }
    const count = tables.taken() / CONFIRMATIONS;
    return { what: 'session still asked for, a confirmation time: transactions', count, limit: 1 };
  } finally {
    client.close();
  }
}

async function fleetCalls({ fleet }: Stack): Promise<number> {
  return (await fleet.control.summary()).counts.calls;
}
