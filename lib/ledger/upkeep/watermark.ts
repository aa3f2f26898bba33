import { randomUUID } from 'node:crypto';
import { hourLater, isHistoryHour } from '../history/historyKey.ts';
import type { EntityTable } from '../tables/entityTable.ts';
import { ownWrite } from '../tables/ownWrite.ts';
import type { PartitionScan } from '../tables/partitionScan.ts';

/**
 * Where a timer goes on in its next run: a row of the history table in a partition that is no hour, so that queries by
 * hour never meet it.
 */
export const WATERMARKS = 'watermark';

/** Sorts before every hour. */
export const FIRST_PARTITION = '0';

/** Each timer's work has its own. */
type Work = 'sweep' | 'prune' | 'strays';

export interface Watermark {
  /** Everything before this hour is done. `undefined`: nothing has been looked at yet, as far as the row says. */
  readonly hour: string | undefined;
  readonly etag: string | undefined;
}

/**
 * A row that holds no hour, or one that lies ahead, says nothing: the run then looks at everything and writes the row
 * anew. Believed, it would end every run early, or keep it from looking at anything.
 *
 * @param nowHour no run has come further
 * @throws StorageFault
 */
export async function readWatermark(history: EntityTable, name: Work, nowHour: string): Promise<Watermark> {
  const stored = await history.read(WATERMARKS, name);
  const hour = stored?.row['hour'];
  // The clock of the instance that wrote it may have been ahead.
  const isUsable = typeof hour === 'string' && isHistoryHour(hour) && hour <= hourLater(nowHour, 1);
  return { hour: isUsable ? hour : undefined, etag: stored?.etag };
}

/**
 * Moves the watermark on, never back. Where another run has moved it meanwhile, its value stands: at worst, an hour is
 * looked at twice.
 *
 * @throws StorageFault
 */
export async function moveWatermark(
  history: EntityTable,
  name: Work,
  seen: Watermark,
  hour: string,
): Promise<void> {
  if (seen.hour !== undefined && seen.hour >= hour) return;
  await ownWrite(
    history,
    { partitionKey: WATERMARKS, rowKey: name, writeId: randomUUID(), hour, movedAt: new Date() },
    seen.etag,
  );
}

/**
 * The hours of the history that have rows, oldest first. Partitions that are no hours are passed over.
 *
 * @param from inclusive
 * @param before exclusive
 * @throws StorageFault
 */
export async function* hoursOf(
  scan: PartitionScan,
  from: string,
  before: string,
): AsyncGenerator<string, void> {
  let partition = await scan.nextPartition(from, before);
  while (partition !== undefined) {
    const isHour = isHistoryHour(partition);
    if (isHour) yield partition;
    // `!` sorts before digits and letters: no hour is passed over.
    partition = await scan.nextPartition(isHour ? hourLater(partition, 1) : `${partition}!`, before);
  }
}
