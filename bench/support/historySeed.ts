import { randomUUID } from 'node:crypto';
import { RestError } from '@azure/core-rest-pipeline';
import type { TableClient } from '@azure/data-tables';
import { inParallel } from '../../lib/inParallel.ts';
import type { EntityTable, Row } from '../../lib/ledger/tables/entityTable.ts';
import { historyKey, historyHour, hourLater, hourStartMs } from '../../lib/ledger/history/historyKey.ts';
import { TableHistory } from '../../lib/ledger/history/tableHistory.ts';
import { explain, place, preferenceRank, summariseHints } from '../../lib/placement/placement.ts';
import { LOCAL_LOCATIONS } from '../../local/brokerSettings.ts';
import { type Random, seededRandom } from '../../local/data/random.ts';

export interface SeedOptions {
  readonly rows: number;
  /** Whole hours, the last of them the one before `untilMs`. */
  readonly hours: number;
  /** How many of the rows are in the last hour; the others are spread evenly over the hours before. */
  readonly inLastHour: number;
  readonly untilMs: number;
  readonly seed: number;
  readonly onProgress?: (written: number) => void;
}

const HOUR_MS = 3_600_000;
/** The most rows that one entity group transaction takes. */
const BATCH = 100;
const CONCURRENCY = 4;

/** Writes attempts as the broker does, but in batches. Creates the table if it does not exist. */
export async function seedHistory(client: TableClient, options: SeedOptions): Promise<void> {
  await client.createTable();
  const random = seededRandom(options.seed);
  const lastHour = historyHour(options.untilMs - HOUR_MS);
  const before = options.rows - options.inLastHour;
  let written = 0;
  for (let back = 0; back < options.hours; back += 1) {
    const hour = hourLater(lastHour, -back);
    const count = back === 0 ? options.inLastHour : share(before, options.hours - 1, back - 1);
    const rows = await attemptsOf(hour, count, random);
    const batches = Array.from({ length: Math.ceil(rows.length / BATCH) }, (_, index) =>
      rows.slice(index * BATCH, (index + 1) * BATCH),
    );
    await inParallel(batches, CONCURRENCY, async (batch) => {
      await insert(client, batch);
      written += batch.length;
      options.onProgress?.(written);
    });
  }
}

/** The index-th of `parts` nearly equal whole parts. */
function share(total: number, parts: number, index: number): number {
  return Math.floor(((index + 1) * total) / parts) - Math.floor((index * total) / parts);
}

async function insert(client: TableClient, batch: readonly Row[]): Promise<void> {
  try {
    await client.submitTransaction(batch.map((row) => ['create', row]));
  } catch (error) {
    // The message of a transaction's error says nothing; its code does.
    if (error instanceof RestError)
      throw new Error(`the rows were refused: ${error.code ?? 'no code'}`, { cause: error });
    throw error;
  }
}

/** The rows that the broker's own history writes for such attempts. */
async function attemptsOf(hour: string, count: number, random: Random): Promise<readonly Row[]> {
  const caught = new Map<string, Row>();
  const history = new TableHistory(catching(caught));
  for (let index = 0; index < count; index += 1) {
    const claimedAtMs = hourStartMs(hour) + Math.floor(random() * HOUR_MS);
    await oneAttempt(history, claimedAtMs, random);
  }
  return [...caught.values()];
}

async function oneAttempt(history: TableHistory, claimedAtMs: number, random: Random): Promise<void> {
  const [sessionId, attemptId] = [randomUUID(), randomUUID()];
  const players = [
    { latencies: LOCAL_LOCATIONS.map((location) => ({ location, ms: Math.round(random() * 300) })) },
  ];
  const offered = LOCAL_LOCATIONS.map((name) => ({ name, penaltyMs: 0 }));
  const placement = place(offered, players, { aggregate: 'mean', strict: false });
  const entry = await history.open({
    key: historyKey(claimedAtMs, sessionId, attemptId),
    sessionId,
    attemptId,
    generation: 1,
    gameMode: random() < 0.7 ? 'duel' : 'royale',
    fleet: 'sessionhosts',
    claimedAtMs,
    locations: placement.locations,
    placement: JSON.stringify(explain(placement)),
    hints: JSON.stringify(summariseHints(players)),
    invocationId: randomUUID(),
  });
  const fleetMs = Math.round(150 + 1_500 * random() ** 3);
  const closing = { closedAtMs: claimedAtMs + fleetMs + 20, fleetCalls: 1, fleetMs };
  if (random() < 0.05) {
    await entry.close({ ...closing, outcome: 'no-capacity', upstreamStatus: 503 });
    return;
  }
  const region = (placement.locations[random() < 0.9 ? 0 : 1] ?? '').replaceAll(' ', '');
  const preference = preferenceRank(region, placement.locations);
  const host = { region, hostName: `${sessionId.slice(0, 8)}.cloudapp.net`, preferenceRank: preference };
  await entry.close({ ...closing, ...host, outcome: 'allocated', upstreamStatus: 200 });
}

/** Keeps what is written instead of writing it. */
function catching(rows: Map<string, Row>): EntityTable {
  const put = (row: Row) => {
    rows.set(row.rowKey, row);
    return Promise.resolve({ ok: true as const, etag: '' });
  };
  return {
    insert: put,
    replace: put,
    read: () => Promise.resolve(undefined),
    remove: () => Promise.resolve({ ok: false }),
  };
}
