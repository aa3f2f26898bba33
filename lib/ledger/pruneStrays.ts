import type { Clock } from '../clock.ts';
import { inParallel } from '../inParallel.ts';
import type { EntityTable } from './entityTable.ts';
import { historyHour, hourLater } from './historyKey.ts';
import type { PartitionScan } from './partitionScan.ts';
import { MOST_ROWS_A_PAGE, pagesOf } from './partitionScan.ts';
import { isForgettable } from './pruneSessions.ts';
import { SESSION_ROW_KEY, toRecord } from './sessionRow.ts';
import { moveWatermark, readWatermark } from './watermark.ts';

/** Rows at a time: one round trip each, beside the players' requests. */
const CONCURRENCY = 8;

/** It reads the whole table, for rows that hardly ever are there. */
const EVERY_HOURS = 24;

/** From the end that the row names by its writer's clock: by then whatever an hour of the history names is gone. */
const STRAY_AFTER_MS = 86_400_000;

export interface StrayTables {
  readonly sessions: EntityTable;
  readonly sessionScan: PartitionScan;
  readonly history: EntityTable;
  readonly clock: Clock;
}

/**
 * Deletes sessions that expired long ago and that no attempt names: of processes that died between the claim and the
 * history row, and that nobody asked for again. Once a day; a look that the time was too short for is made again by the
 * next run.
 *
 * @throws StorageFault
 */
export async function pruneStrays(
  { sessions, sessionScan, history, clock }: StrayTables,
  timeIsUp: () => boolean,
): Promise<{ straySessionsRemoved: number; bounded: boolean }> {
  const seen = await readWatermark(history, 'strays');
  const hour = historyHour(clock.wallMs());
  if (seen.hour !== undefined && hourLater(seen.hour, EVERY_HOURS) > hour) {
    return { straySessionsRemoved: 0, bounded: false };
  }
  let straySessionsRemoved = 0;
  if (timeIsUp()) return { straySessionsRemoved, bounded: true };
  const olderThan = new Date(clock.wallMs() - STRAY_AFTER_MS);
  const request = { column: 'expiresAt', olderThan, limit: MOST_ROWS_A_PAGE };
  for await (const { rows } of pagesOf((continuation) =>
    sessionScan.pageOlder({ ...request, continuation }),
  )) {
    await inParallel(rows, CONCURRENCY, async (stored) => {
      if (timeIsUp() || !isForgettable(toRecord(stored))) return;
      // If-Match: whoever starts the session anew in this moment keeps it.
      const { ok } = await sessions.remove(stored.row.partitionKey, SESSION_ROW_KEY, stored.etag);
      if (ok) straySessionsRemoved += 1;
    });
    if (timeIsUp()) return { straySessionsRemoved, bounded: true };
  }
  await moveWatermark(history, 'strays', seen, hour);
  return { straySessionsRemoved, bounded: false };
}
