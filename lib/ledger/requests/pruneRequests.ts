import { historyHour } from '../history/historyKey.ts';
import { MOST_ROWS_A_REMOVAL, type PartitionScan } from '../tables/partitionScan.ts';

/** Of one run: an hour of a hundred instances takes 60. */
const MOST_REMOVALS = 500;
const FIRST_HOUR = '1970-01-01T00';

/**
 * Deletes the counts of hours that are over for longer than the history is kept.
 *
 * @throws StorageFault
 */
export async function pruneRequests(scan: PartitionScan, untilMs: number): Promise<void> {
  const end = historyHour(untilMs);
  for (let removals = 0; removals < MOST_REMOVALS; removals += 1) {
    const hour = await scan.nextPartition(FIRST_HOUR, end);
    if (hour === undefined) return;
    const { rows } = await scan.page({ partitionKey: hour, limit: MOST_ROWS_A_REMOVAL });
    await scan.removeRows(
      hour,
      rows.map(({ row }) => row.rowKey),
    );
  }
}
