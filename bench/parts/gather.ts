import { randomUUID } from 'node:crypto';
import { LOCAL_GAME_MODES, LOCAL_LOCATIONS } from '../../local/brokerSettings.ts';
import type { Stack } from '../../local/stack.ts';
import type { Bench, Count, CountPart } from '../part.ts';
import { allocationRequest, allocationsOf, Client } from '../support/client.ts';
import { type WatchedTables, watchedTables } from '../support/delayedTables.ts';
import { median } from '../support/median.ts';
import { withStack } from '../support/stack.ts';

const FLEET_MS = 1_000;
const WINDOW_MS = 1_500;
const PLAYERS = 4;

/** How a party asks: its mode, and whether its players say how many they are. */
const WAYS = {
  'first caller': { gameMode: 'duel', says: false },
  'gathered, for the whole window': { gameMode: 'gathering', says: false },
  'gathered, until all are there': { gameMode: 'gathering', says: true },
} as const;

type Way = keyof typeof WAYS;

/** The most transactions that a party may cost whose players ask so many instances; quota off, prune left out. */
const LIMITS: readonly { readonly instances: number; readonly most: Readonly<Record<Way, number>> }[] = [
  {
    instances: 1,
    most: { 'first caller': 6, 'gathered, for the whole window': 9, 'gathered, until all are there': 8 },
  },
  {
    instances: 2,
    most: { 'first caller': 13, 'gathered, for the whole window': 20, 'gathered, until all are there': 20 },
  },
  {
    instances: 4,
    most: { 'first caller': 26, 'gathered, for the whole window': 36, 'gathered, until all are there': 36 },
  },
];

export const gather: CountPart = {
  kind: 'count',
  name: 'gather',
  title: `storage transactions of a party of ${PLAYERS} that asks player by player, by instances, fleet ${FLEET_MS / 1_000} s`,
  long: true,
  run: (bench) =>
    withStack(bench, 0, async (stack) => {
      const tables = await watchedTables(stack);
      try {
        const counts: Count[] = [];
        for (const { instances, most } of LIMITS) {
          counts.push(...(await onInstances(stack, tables, instances, most, bench)));
        }
        return counts;
      } finally {
        await tables.stop();
      }
    }),
};

async function onInstances(
  stack: Stack,
  tables: WatchedTables,
  instances: number,
  most: Readonly<Record<Way, number>>,
  bench: Bench,
): Promise<Count[]> {
  const { duel } = LOCAL_GAME_MODES;
  const modes = { duel, gathering: { ...duel, gather: { windowMs: WINDOW_MS } } };
  const settings = {
    BrokerStorage: tables.connectionString,
    BROKER_GAME_MODES: JSON.stringify(modes),
  };
  const brokers = await Promise.all(Array.from({ length: instances }, () => stack.startBroker({ settings })));
  const clients = brokers.map((broker) => new Client(allocationsOf(broker)));
  await stack.fleet.control.faults.set({ action: { type: 'delay', ms: FLEET_MS } });
  // Each of them learns the fleet's pace by a session of its own.
  await Promise.all(clients.map((client) => client.expect(201, allocationRequest())));
  const counts: Count[] = [];
  let firstMs = 0;
  for (const way of Object.keys(WAYS) as Way[]) {
    const runs: { taken: number; ms: number }[] = [];
    for (let n = bench.size(5, 2); n > 0; n -= 1) {
      tables.taken();
      const ms = await party(clients, way);
      runs.push({ taken: tables.taken(), ms });
    }
    const ms = median(runs.map((run) => run.ms));
    if (way === 'first caller') firstMs = ms;
    const what = `a party of ${PLAYERS} on ${instances} instance${instances > 1 ? 's' : ''}, ${way}`;
    bench.progress(`${what}: the last has its host ${Math.round(ms - firstMs)} ms later`);
    counts.push({
      what: `${what}: transactions`,
      count: median(runs.map(({ taken }) => taken)),
      limit: most[way],
    });
  }
  for (const client of clients) client.close();
  return counts;
}

/** Every player for itself, all at once. @returns milliseconds until the last of them has the host */
async function party(clients: readonly Client[], way: Way): Promise<number> {
  const { gameMode, says } = WAYS[way];
  const sessionId = randomUUID();
  const answers = await Promise.all(
    Array.from({ length: PLAYERS }, (_, player) => {
      const latencies = LOCAL_LOCATIONS.map((location, at) => ({ location, ms: 20 + 7 * player + 17 * at }));
      const body = { sessionId, gameMode, latencies, ...(says ? { partySize: PLAYERS } : {}) };
      const client = clients[player % clients.length];
      if (client === undefined) throw new RangeError('no such instance');
      return client.post(JSON.stringify(body));
    }),
  );
  if (answers.some(({ status }) => status !== 201 && status !== 200))
    throw new Error('a player was left without a host');
  return Math.max(...answers.map(({ ms }) => ms));
}
