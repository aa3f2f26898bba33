import { historyHour } from '../history/historyKey.ts';
import type { EntityTable } from '../tables/entityTable.ts';
import type { PartitionScan } from '../tables/partitionScan.ts';
import { type Work, FIRST_PARTITION, lastRun } from './watermark.ts';

/** How a timer stands. */
export interface TimerState {
  /** It has not ended a run although one was due. */
  readonly isLate: boolean;
  /** How far the last run was behind when it ended. */
  readonly behindHours: number;
}

/**
 * How a timer stands, as the row says where it keeps how far it has come. One that has never run is late only if there
 * is an attempt so old that it should have: a new deployment is well before its timers have come round for the first time.
 *
 * @param dueMs a run must have ended since
 * @throws StorageFault
 */
export async function timerState(
  { history, historyScan }: { readonly history: EntityTable; readonly historyScan: PartitionScan },
  timer: Work,
  dueMs: number,
): Promise<TimerState> {
  const { atMs, behindHours = 0 } = await lastRun(history, timer);
  if (atMs !== undefined) return { isLate: atMs < dueMs, behindHours };
  const oldest = await historyScan.nextPartition(FIRST_PARTITION, historyHour(dueMs));
  return { isLate: oldest !== undefined, behindHours };
}
