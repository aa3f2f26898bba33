import type { Clock } from '../../clock.ts';
import type { EntityTable } from '../tables/entityTable.ts';
import { historyHour, hourLater } from '../history/historyKey.ts';
import type { PartitionScan } from '../tables/partitionScan.ts';
import { isForgettable } from './pruneSessions.ts';
import { removeOlder } from './removeOlder.ts';
import { toRecord } from '../sessions/sessionRow.ts';
import { moveWatermark, readWatermark } from './watermark.ts';

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
  const { removed, bounded } = await removeOlder(
    {
      table: sessions,
      scan: sessionScan,
      column: 'expiresAt',
      olderThan: new Date(clock.wallMs() - STRAY_AFTER_MS),
      isMeant: (stored) => isForgettable(toRecord(stored)),
    },
    timeIsUp,
  );
  if (!bounded) await moveWatermark(history, 'strays', seen, hour);
  return { straySessionsRemoved: removed, bounded };
}
