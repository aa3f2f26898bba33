import type { Clock } from '../../clock.ts';
import { inParallel } from '../../inParallel.ts';
import { historyHour, hourLater } from '../history/historyKey.ts';
import type { EntityTable, Stored } from '../tables/entityTable.ts';
import { isHintsRow } from '../sessions/tableHints.ts';
import { type OlderRequest, type PartitionScan, MOST_ROWS_A_PAGE, pagesOf } from '../tables/partitionScan.ts';
import { isForgettable } from './pruneSessions.ts';
import type { UnreadableSessions } from './unreadableSessions.ts';
import { moveWatermark, readWatermark } from './watermark.ts';

/**
 * How long a quota's row is kept after its window began. The settings allow no window longer than a day, so this window
 * has ended whatever the setting is or was, and giving back a charge of it changes nothing any more. The second day
 * allows for clocks: `windowStart` comes from the instance that opened the window.
 */
const QUOTA_KEPT_MS = 2 * 86_400_000;

/** The search for strays reads the whole table, for rows that are hardly ever there. */
const STRAYS_EVERY_HOURS = 24;

/** Counted from `expiresAt`, which the writer's clock set: by then every session that the history names is gone. */
const STRAY_AFTER_MS = 86_400_000;

/** Rows at a time: one round trip each, beside the players' requests. */
const CONCURRENCY = 8;

/**
 * Deletes the rows of callers who have not been charged for long. It needs no quota to be set: it also deletes what an
 * earlier setting has left.
 *
 * @param nowMs by the wall clock
 * @throws StorageFault
 */
export async function pruneQuotas(
  { quotas: table, quotaScan: scan }: { readonly quotas: EntityTable; readonly quotaScan: PartitionScan },
  nowMs: number,
  timeIsUp: () => boolean,
): Promise<{ quotaRowsRemoved: number; bounded: boolean }> {
  const olderThan = new Date(nowMs - QUOTA_KEPT_MS);
  const { removed, bounded } = await removeOlder({ table, scan, column: 'windowStart', olderThan }, timeIsUp);
  return { quotaRowsRemoved: removed, bounded };
}

export interface StrayTables {
  readonly sessions: EntityTable;
  readonly sessionScan: PartitionScan;
  readonly history: EntityTable;
  readonly clock: Clock;
}

/**
 * Deletes sessions that expired long ago and that no attempt names: their processes died between the claim and the
 * history row, and nobody asked for them again. So are the measurements that callers have left, where the session's row
 * went without them. Runs once a day; if the time was too short, the next run starts over.
 *
 * @throws StorageFault
 */
export async function pruneStrays(
  { sessions: table, sessionScan: scan, history, clock }: StrayTables,
  unreadable: UnreadableSessions,
  timeIsUp: () => boolean,
): Promise<{ straySessionsRemoved: number; bounded: boolean }> {
  const hour = historyHour(clock.wallMs());
  const seen = await readWatermark(history, 'strays', hour);
  if (seen.hour !== undefined && hourLater(seen.hour, STRAYS_EVERY_HOURS) > hour) {
    return { straySessionsRemoved: 0, bounded: false };
  }
  const olderThan = new Date(clock.wallMs() - STRAY_AFTER_MS);
  const isMeant = (stored: Stored): boolean => {
    if (isHintsRow(stored.row)) return true;
    const record = unreadable.read(stored);
    return record !== undefined && isForgettable(record);
  };
  const removal = { table, scan, column: 'expiresAt', olderThan, isMeant };
  const { removed, bounded } = await removeOlder(removal, timeIsUp);
  if (!bounded) await moveWatermark(history, 'strays', seen, hour);
  return { straySessionsRemoved: removed, bounded };
}

/** Which rows of a table are to be deleted. */
interface Removal extends Pick<OlderRequest, 'column' | 'olderThan'> {
  readonly table: EntityTable;
  readonly scan: PartitionScan;
  /** Asked about each row that the filter finds; absent: all of them are deleted. */
  readonly isMeant?: (stored: Stored) => boolean;
}

/**
 * Deletes old rows, wherever in the table they are, unless they have changed since they were found.
 *
 * @returns `bounded`: the time was up before all of them were looked at
 * @throws StorageFault
 */
async function removeOlder(
  { table, scan, column, olderThan, isMeant = () => true }: Removal,
  timeIsUp: () => boolean,
): Promise<{ removed: number; bounded: boolean }> {
  const request = { column, olderThan, limit: MOST_ROWS_A_PAGE };
  let removed = 0;
  if (timeIsUp()) return { removed, bounded: true };
  for await (const { rows } of pagesOf((continuation) => scan.pageOlder({ ...request, continuation }))) {
    await inParallel(rows, CONCURRENCY, async (stored) => {
      if (timeIsUp() || !isMeant(stored)) return;
      // If-Match: a row that is written anew in this moment stays.
      const { ok } = await table.remove(stored.row.partitionKey, stored.row.rowKey, stored.etag);
      if (ok) removed += 1;
    });
    if (timeIsUp()) return { removed, bounded: true };
  }
  return { removed, bounded: false };
}
