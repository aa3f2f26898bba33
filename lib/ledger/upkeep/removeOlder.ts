import { inParallel } from '../../inParallel.ts';
import type { EntityTable, Stored } from '../tables/entityTable.ts';
import { type OlderRequest, type PartitionScan, MOST_ROWS_A_PAGE, pagesOf } from '../tables/partitionScan.ts';

/** Rows at a time: one round trip each, beside the players' requests. */
const CONCURRENCY = 8;

/** Which rows of a table are to go. */
export interface Removal extends Pick<OlderRequest, 'column' | 'olderThan'> {
  readonly table: EntityTable;
  readonly scan: PartitionScan;
  /** Asked of each row that the filter finds; absent: all of them go. */
  readonly isMeant?: (stored: Stored) => boolean;
}

/**
 * Deletes old rows, wherever in the table they are, each as it was found.
 *
 * @returns `bounded`: the time was up before all of them were looked at
 * @throws StorageFault
 */
export async function removeOlder(
  { table, scan, column, olderThan, isMeant = () => true }: Removal,
  timeIsUp: () => boolean,
): Promise<{ removed: number; bounded: boolean }> {
  const request = { column, olderThan, limit: MOST_ROWS_A_PAGE };
  let removed = 0;
  if (timeIsUp()) return { removed, bounded: true };
  for await (const { rows } of pagesOf((continuation) => scan.pageOlder({ ...request, continuation }))) {
    await inParallel(rows, CONCURRENCY, async (stored) => {
      if (timeIsUp() || !isMeant(stored)) return;
      // If-Match: whoever writes the row anew in this moment keeps it.
      const { ok } = await table.remove(stored.row.partitionKey, stored.row.rowKey, stored.etag);
      if (ok) removed += 1;
    });
    if (timeIsUp()) return { removed, bounded: true };
  }
  return { removed, bounded: false };
}
