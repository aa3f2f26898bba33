import { randomUUID } from 'node:crypto';
import type { Stack } from '../../local/stack.ts';
import type { Bench, Count, CountPart } from '../part.ts';
import { allocationRequest, allocationsOf, Client } from '../support/client.ts';
import { type WatchedTables, watchedTables } from '../support/delayedTables.ts';
import { median } from '../support/median.ts';
import { withStack } from '../support/stack.ts';

/** What the fleet takes for a host in the matches. */
const FLEET_MS = 1_000;

/**
 * The most that a match may cost whose players ask so many instances at once: quota on, one renewal, prune left out. With
 * it, one on 4 instances costs 30.
 */
const MATCHES = [
  { instances: 1, cold: 8, warm: 8 },
  { instances: 2, cold: 28, warm: 15 },
  { instances: 4, cold: 68, warm: 28 },
  { instances: 8, cold: 148, warm: 56 },
];

/** The most that a new allocation may cost by the fleet's time, quota off: a renewal a second, none in the first. */
const FLEET_TIMES = [
  { seconds: 0.3, limit: 5 },
  { seconds: 0.9, limit: 5 },
  { seconds: 2.5, limit: 7 },
  { seconds: 5.5, limit: 10 },
];

export const instances: CountPart = {
  kind: 'count',
  name: 'instances',
  title: `storage transactions of a match by instances, quota on, fleet ${FLEET_MS / 1_000} s; and by the fleet's time`,
  long: true,
  run: (bench) =>
    withStack(bench, 0, async (stack) => {
      const tables = await watchedTables(stack);
      try {
        return [...(await byFleetTime(stack, tables)), ...(await byInstances(stack, tables, bench))];
      } finally {
        await tables.stop();
      }
    }),
};

async function byFleetTime(stack: Stack, tables: WatchedTables): Promise<Count[]> {
  const [client] = await clientsOf(stack, tables, 1, undefined);
  const counts: Count[] = [];
  for (const { seconds, limit } of FLEET_TIMES) {
    await fleetTakes(stack, seconds * 1_000);
    tables.taken();
    await client?.expect(201, allocationRequest());
    counts.push({ what: `new allocation, fleet ${seconds} s: transactions`, count: tables.taken(), limit });
  }
  client?.close();
  return counts;
}

async function byInstances(stack: Stack, tables: WatchedTables, bench: Bench): Promise<Count[]> {
  const counts: Count[] = [];
  for (const { instances: most, cold, warm } of MATCHES) {
    const quota = JSON.stringify({ limit: 1_000_000, windowSeconds: 3_600 });
    const clients = await clientsOf(stack, tables, most, quota);
    const count = async (): Promise<number> => {
      tables.taken();
      const late = await match(clients);
      const taken = tables.taken();
      bench.progress(
        `${most} instances: ${taken} transactions, the last hears ${late} % later than the holder`,
      );
      return taken;
    };
    const what = (pace: string) =>
      `a match on ${most} instance${most > 1 ? 's' : ''}, pace ${pace}: transactions`;
    await fleetTakes(stack, FLEET_MS);
    counts.push({ what: what('unknown'), count: await count(), limit: cold });
    // Each of them learns the fleet's pace by a session of its own.
    await Promise.all(clients.map((client) => client.expect(201, allocationRequest())));
    const taken: number[] = [];
    for (let n = bench.size(5, 2); n > 0; n -= 1) taken.push(await count());
    counts.push({ what: what('known'), count: median(taken), limit: warm });
    for (const client of clients) client.close();
  }
  return counts;
}

/** So many fresh instances, which know nothing of the fleet; their code has run, for a session of another instance. */
async function clientsOf(
  stack: Stack,
  tables: WatchedTables,
  count: number,
  quota: string | undefined,
): Promise<Client[]> {
  await stack.fleet.control.faults.clear();
  const settings = { BrokerStorage: tables.connectionString, BROKER_QUOTA: quota };
  const other = new Client(allocationsOf(await stack.startBroker({ settings })));
  const seen = allocationRequest();
  await other.expect(201, seen);
  other.close();
  const brokers = await Promise.all(Array.from({ length: count }, () => stack.startBroker({ settings })));
  const clients = brokers.map((broker) => new Client(allocationsOf(broker)));
  for (const client of clients) await client.expect(200, seen);
  return clients;
}

async function fleetTakes({ fleet }: Stack, ms: number): Promise<void> {
  await fleet.control.faults.set({ action: { type: 'delay', ms } });
}

/** Each player asks another instance, all at once. @returns by how much the last hears later than the holder, in % */
async function match(clients: readonly Client[]): Promise<number> {
  const request = allocationRequest(randomUUID());
  const answers = await Promise.all(clients.map((client) => client.post(request)));
  const holder = answers.find(({ status }) => status === 201);
  if (holder === undefined || answers.some(({ status }) => status !== 201 && status !== 200))
    throw new Error('a caller was left without a host');
  return Math.round((Math.max(...answers.map(({ ms }) => ms)) / holder.ms - 1) * 100);
}
