import type { Clock } from '../../clock.ts';
import { historyHour, hourLater } from '../history/historyKey.ts';
import { StorageFault } from '../storageFault.ts';
import type { EntityTable, Stored } from '../tables/entityTable.ts';
import { isHintsRow } from '../sessions/tableHints.ts';
import {
  type OlderRequest,
  type Page,
  type PartitionScan,
  MOST_ROWS_A_PAGE,
} from '../tables/partitionScan.ts';
import { type Faults, eachDespiteFaults, insist } from './faults.ts';
import { type Pass, type PassName, readPass, writePass } from './pass.ts';
import { type PruneTroubles, isForgettable } from './pruneSessions.ts';

/**
 * How long a quota's row is kept after its window began. The settings allow no window longer than a day, so this window
 * has ended whatever the setting is or was, and giving back a charge of it changes nothing any more. The second day
 * allows for clocks: `windowStart` comes from the instance that opened the window.
 */
const QUOTA_KEPT_MS = 2 * 86_400_000;

/** The search for strays reads the whole table, for rows that are hardly ever there. */
const STRAYS_EVERY_HOURS = 7 * 24;

/** Counted from `expiresAt`, which the writer's clock set: by then every session that the history names is gone. */
const STRAY_AFTER_MS = 86_400_000;

/** Rows at a time: one round trip each, beside the players' requests. */
const CONCURRENCY = 32;

/** A whole table, of which old rows go. The pass through it is kept in the history's table. */
interface OldRows {
  readonly name: PassName;
  readonly table: EntityTable;
  readonly scan: PartitionScan;
  readonly history: EntityTable;
  readonly clock: Clock;
  /** The time of each row. */
  readonly column: string;
  readonly keptMs: number;
  /** How many hours after one pass began the next begins. */
  readonly everyHours: number;
  /** Asked about each row that is old enough; absent: all of them are deleted. */
  readonly isMeant?: (stored: Stored) => boolean;
}

/**
 * Deletes the rows of callers who have not been charged for long. It needs no quota to be set: it also deletes what an
 * earlier setting has left.
 *
 * @throws StorageFault
 */
export async function pruneQuotas(
  tables: Pick<OldRows, 'history' | 'clock'> & {
    readonly quotas: EntityTable;
    readonly quotaScan: PartitionScan;
  },
  faults: Faults,
  timeIsUp: () => boolean,
): Promise<{ quotaRowsRemoved: number; bounded: boolean }> {
  const { quotas: table, quotaScan: scan } = tables;
  const rows = { ...tables, name: 'quotas', table, scan, column: 'windowStart' } as const;
  const { removed, bounded } = await goOn(
    { ...rows, keptMs: QUOTA_KEPT_MS, everyHours: 0 },
    faults,
    timeIsUp,
  );
  return { quotaRowsRemoved: removed, bounded };
}

/**
 * Deletes sessions that expired long ago and that no attempt names: their processes died between the claim and the
 * history row, and nobody asked for them again. Storage may also have failed one until its hour was gone. So are the
 * measurements that callers have left, where the session's row went without them.
 *
 * No key leads to them: a claim names its hour, and nothing in the hour names the claim. So a pass through the whole
 * table begins once a week, in as many runs as it takes.
 *
 * @throws StorageFault
 */
export async function pruneStrays(
  tables: Pick<OldRows, 'history' | 'clock'> & {
    readonly sessions: EntityTable;
    readonly sessionScan: PartitionScan;
  },
  { faults, unreadable }: PruneTroubles,
  timeIsUp: () => boolean,
): Promise<{ straySessionsRemoved: number; bounded: boolean }> {
  const { sessions: table, sessionScan: scan } = tables;
  const isMeant = (stored: Stored): boolean => {
    if (isHintsRow(stored.row)) return true;
    const record = unreadable.read(stored);
    return record !== undefined && isForgettable(record);
  };
  const rows = { ...tables, name: 'strays', table, scan, column: 'expiresAt', isMeant } as const;
  const { removed, bounded } = await goOn(
    { ...rows, keptMs: STRAY_AFTER_MS, everyHours: STRAYS_EVERY_HOURS },
    faults,
    timeIsUp,
  );
  return { straySessionsRemoved: removed, bounded };
}

/**
 * Goes on with the pass that an earlier run could not end, or begins one if it is time for it.
 *
 * @returns `bounded`: the time was up before the end of the table
 * @throws StorageFault
 */
async function goOn(
  rows: OldRows,
  faults: Faults,
  timeIsUp: () => boolean,
): Promise<{ removed: number; bounded: boolean }> {
  const { name, history, clock, everyHours, keptMs } = rows;
  const hour = historyHour(clock.wallMs());
  const seen = await insist(() => readPass(history, name, hour));
  const underWay = seen.pass?.continuation === undefined ? undefined : seen.pass;
  const isTime = seen.pass === undefined || hourLater(seen.pass.hour, everyHours) <= hour;
  if (underWay === undefined && !isTime) return { removed: 0, bounded: false };
  const pass = underWay ?? { hour, olderThan: new Date(clock.wallMs() - keptMs) };
  const { removed, end } = await removeOlder(rows, pass, faults, timeIsUp);
  // A pass that has not come past its first page begins anew. Where one begins with each run, its end is no news.
  const isNews =
    end === undefined ? underWay !== undefined || everyHours > 0 : end.continuation !== undefined;
  const ended = { ...pass, continuation: end?.continuation };
  if (isNews) await insist(() => writePass(history, name, seen, ended, clock.wallMs()));
  return { removed, bounded: end !== undefined };
}

/**
 * Deletes old rows, wherever in the table they are, unless they have changed since they were found.
 *
 * @returns `end`: where the time was up; absent: the table has no more
 */
async function removeOlder(
  { table, scan, column, isMeant = () => true }: OldRows,
  { olderThan, continuation: from }: Pass,
  faults: Faults,
  timeIsUp: () => boolean,
): Promise<{ removed: number; end: Pick<Pass, 'continuation'> | undefined }> {
  let removed = 0;
  let continuation = from;
  do {
    if (timeIsUp()) return { removed, end: { continuation } };
    const request = { column, olderThan, limit: MOST_ROWS_A_PAGE, continuation };
    const page = await pageFrom(scan, request, faults);
    if (page === undefined) return { removed, end: { continuation } };
    let cut = 0;
    await eachDespiteFaults(page.rows, CONCURRENCY, faults, async (stored) => {
      if (timeIsUp()) cut += 1;
      if (cut > 0 || !isMeant(stored)) return;
      // If-Match: a row that is written anew in this moment stays.
      const { ok } = await table.remove(stored.row.partitionKey, stored.row.rowKey, stored.etag);
      if (ok) removed += 1;
    });
    if (cut > 0) return { removed, end: { continuation } };
    ({ continuation } = page);
  } while (continuation !== undefined);
  return { removed, end: undefined };
}

/**
 * A place that the service does not know any more is where a pass begins anew.
 *
 * @returns `undefined`: storage failed, and the pass goes on there with the next run
 */
async function pageFrom(
  scan: PartitionScan,
  request: OlderRequest,
  faults: Faults,
): Promise<Page | undefined> {
  try {
    return await insist(() => scan.pageOlder(request));
  } catch (error) {
    if (!(error instanceof StorageFault)) throw error;
    const isUnknown = error.status === 400 && request.continuation !== undefined;
    if (isUnknown) return pageFrom(scan, { ...request, continuation: undefined }, faults);
    faults.note(error);
    return undefined;
  }
}
