import { StorageFault } from '../storageFault.ts';
import {
  type PartitionScan,
  MOST_ROWS_A_PAGE,
  MOST_ROWS_A_REMOVAL,
  pagesOf,
} from '../tables/partitionScan.ts';
import { FIRST_PARTITION } from './watermark.ts';

/** How often in a row nothing can be deleted because it is gone already: another run goes on beside this one. */
const TRIES = 5;

/**
 * Deletes the history's hours before `limit`, oldest first. It needs no watermark: what is left is where it goes on.
 *
 * @param limit the first hour that stays
 * @throws StorageFault
 */
export async function pruneHistory(
  scan: PartitionScan,
  limit: string,
  timeIsUp: () => boolean,
): Promise<{ historyRowsRemoved: number; bounded: boolean }> {
  let historyRowsRemoved = 0;
  let inVain = 0;
  let hour = await scan.nextPartition(FIRST_PARTITION, limit);
  while (hour !== undefined) {
    if (timeIsUp()) return { historyRowsRemoved, bounded: true };
    const removed = await removePartition(scan, hour, timeIsUp);
    historyRowsRemoved += removed;
    inVain = removed === 0 ? inVain + 1 : 0;
    if (inVain === TRIES) throw unsteady();
    hour = await scan.nextPartition(hour, limit);
  }
  return { historyRowsRemoved, bounded: false };
}

/** How many rows went; fewer than there are when the time was up or some were gone already. */
async function removePartition(
  scan: PartitionScan,
  partitionKey: string,
  timeIsUp: () => boolean,
): Promise<number> {
  let removed = 0;
  const request = { partitionKey, limit: MOST_ROWS_A_PAGE };
  for await (const { rows } of pagesOf((continuation) => scan.page({ ...request, continuation }))) {
    for (let from = 0; from < rows.length; from += MOST_ROWS_A_REMOVAL) {
      if (timeIsUp()) return removed;
      const rowKeys = rows.slice(from, from + MOST_ROWS_A_REMOVAL).map(({ row }) => row.rowKey);
      if (!(await scan.removeRows(partitionKey, rowKeys)).ok) return removed;
      removed += rowKeys.length;
    }
  }
  return removed;
}

function unsteady(): StorageFault {
  return new StorageFault('delete', 'history', 'another run keeps deleting the same rows');
}
