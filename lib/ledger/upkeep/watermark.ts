import { randomUUID } from 'node:crypto';
import type { EntityTable } from '../tables/entityTable.ts';
import { ownWrite } from '../tables/ownWrite.ts';

/**
 * Where a timer goes on in its next run: a row of the history table in a partition that is no hour, so that queries by
 * hour never meet it.
 */
const PARTITION = 'watermark';

/** Where a timer begins that has no watermark yet: sorts before every hour. */
export const FIRST_PARTITION = '0';

/** Each timer's work has its own. */
type Work = 'sweep' | 'prune' | 'strays';

export interface Watermark {
  /** Everything before this hour is done. `undefined`: nothing has been looked at yet. */
  readonly hour: string | undefined;
  readonly etag: string | undefined;
}

/** @throws StorageFault */
export async function readWatermark(history: EntityTable, name: Work): Promise<Watermark> {
  const stored = await history.read(PARTITION, name);
  const hour = stored?.row['hour'];
  return { hour: typeof hour === 'string' ? hour : undefined, etag: stored?.etag };
}

/**
 * Moves the watermark on, never back. Where another run has moved it meanwhile, that one's stands: the worst that
 * comes of it is an hour that is looked at twice.
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
    { partitionKey: PARTITION, rowKey: name, writeId: randomUUID(), hour, movedAt: new Date() },
    seen.etag,
  );
}
