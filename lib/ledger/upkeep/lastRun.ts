import { randomUUID } from 'node:crypto';
import { historyHour } from '../history/historyKey.ts';
import { isTime } from '../tables/cells.ts';
import type { EntityTable } from '../tables/entityTable.ts';
import { ownWrite } from '../tables/ownWrite.ts';
import type { PartitionScan } from '../tables/partitionScan.ts';
import { FIRST_PARTITION, WATERMARKS } from './watermark.ts';

/** A timer whose runs are recorded. */
export type Timer = 'sweep' | 'prune';

const rowKeyOf = (timer: Timer): string => `${timer}-run`;

/**
 * Records that a run has ended, beside the watermarks. Where another run records itself at the same moment, either will
 * do.
 *
 * @throws StorageFault
 */
export async function recordRun(history: EntityTable, timer: Timer, nowMs: number): Promise<void> {
  const stored = await history.read(WATERMARKS, rowKeyOf(timer));
  const row = { partitionKey: WATERMARKS, rowKey: rowKeyOf(timer), writeId: randomUUID() };
  await ownWrite(history, { ...row, ranAt: new Date(nowMs) }, stored?.etag);
}

/**
 * Whether the timer has run since this time; also if it has never run, and no attempt is so old that it should have. So
 * a new deployment is well before its timers have come round for the first time.
 *
 * @throws StorageFault
 */
export async function hasRunSince(
  { history, historyScan }: { readonly history: EntityTable; readonly historyScan: PartitionScan },
  timer: Timer,
  sinceMs: number,
): Promise<boolean> {
  const ranAt = (await history.read(WATERMARKS, rowKeyOf(timer)))?.row['ranAt'];
  if (isTime(ranAt)) return ranAt.getTime() >= sinceMs;
  return (await historyScan.nextPartition(FIRST_PARTITION, historyHour(sinceMs))) === undefined;
}
