import type { EntityTable } from '../tables/entityTable.ts';
import type { PartitionScan } from '../tables/partitionScan.ts';
import { removeOlder } from './removeOlder.ts';

/**
 * From a window's beginning. The settings allow no window longer than a day, so that this one has ended whatever the
 * setting is or was, and a charge in it that is given back changes nothing any more. The second day is for clocks:
 * `windowStart` is that of the instance that opened the window.
 */
const KEPT_MS = 2 * 86_400_000;

/**
 * Deletes the rows of callers who have not been charged for long. It needs no quota to be set:
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
  const { removed, bounded } = await removeOlder(
    {
      table: tables.quotas,
      scan: tables.quotaScan,
      column: 'windowStart',
      olderThan: new Date(nowMs - KEPT_MS),
    },
    timeIsUp,
  );
  return { quotaRowsRemoved: removed, bounded };
}
