import { inParallel } from '../inParallel.ts';
import type { EntityTable } from './entityTable.ts';
import type { PartitionScan } from './partitionScan.ts';
import { MOST_ROWS_A_PAGE, pagesOf } from './partitionScan.ts';

/** Rows at a time: one round trip each, beside the players' requests. */
const CONCURRENCY = 8;

/**
 * From a window's beginning. The settings allow no window longer than a day, so that this one has ended whatever the
 * setting is or was, and a charge in it that is given back changes nothing any more. The second day is for clocks:
 * `windowStart` is that of the instance that opened the window.
 */
const KEPT_MS = 2 * 86_400_000;

/**
 * Deletes the rows of callers who have not been charged for long, each as it was found. It needs no quota to be set:
 * what an earlier setting has left goes, too.
 *
 * @param nowMs by the wall clock
 * @throws StorageFault
 */
export async function pruneQuotas(
  tables: { readonly quotas: EntityTable; readonly quotaScan: PartitionScan },
  nowMs: number,
  timeIsUp: () => boolean,
): Promise<{ quotaRowsRemoved: number; bounded: boolean }> {
  const request = { column: 'windowStart', olderThan: new Date(nowMs - KEPT_MS), limit: MOST_ROWS_A_PAGE };
  let quotaRowsRemoved = 0;
  if (timeIsUp()) return { quotaRowsRemoved, bounded: true };
  for await (const { rows } of pagesOf((continuation) =>
    tables.quotaScan.pageOlder({ ...request, continuation }),
  )) {
    await inParallel(rows, CONCURRENCY, async ({ row, etag }) => {
      if (timeIsUp()) return;
      // If-Match: a caller who comes back in this moment has opened a window in the row, and keeps it.
      const { ok } = await tables.quotas.remove(row.partitionKey, row.rowKey, etag);
      if (ok) quotaRowsRemoved += 1;
    });
    if (timeIsUp()) return { quotaRowsRemoved, bounded: true };
  }
  return { quotaRowsRemoved, bounded: false };
}
