import { hoursBetween } from '../history/historyKey.ts';
import { inParallel } from '../../inParallel.ts';
import { StorageFault } from '../storageFault.ts';
import {
  type PartitionScan,
  MOST_ROWS_A_PAGE,
  MOST_ROWS_A_REMOVAL,
  pagesAhead,
} from '../tables/partitionScan.ts';
import { type Faults, eachDespiteFaults, insist, noteFault } from './faults.ts';
import { rightAfter } from './rowRanges.ts';
import { FIRST_PARTITION } from './watermark.ts';

/** How often an hour is looked through in which another run deletes the same rows. */
const TRIES = 5;

/** Transactions at a time, each of 100 rows of the same hour: a page of them. Nobody else asks for these hours. */
const CONCURRENCY = MOST_ROWS_A_PAGE / MOST_ROWS_A_REMOVAL;

/** After an outage several hours are due, and each partition has a limit of its own. */
const HOURS_AT_A_TIME = 4;

export interface HoursPruned {
  readonly rowsRemoved: number;
  /** How many hours are still kept, from the oldest one on, although they are past retention. */
  readonly behindHours: number;
  readonly bounded: boolean;
}

/**
 * Deletes the hours before `limit` of a table whose partitions are hours, oldest first. It needs no watermark: what is left is where it goes on. An
 * hour that storage fails keeps none of the others.
 *
 * @param limit the first hour that stays
 */
export async function pruneHours(
  scan: PartitionScan,
  limit: string,
  faults: Faults,
  timeIsUp: () => boolean,
): Promise<HoursPruned> {
  let rowsRemoved = 0;
  let oldestLeft: string | undefined;
  const end = (bounded: boolean): HoursPruned => {
    const behindHours = oldestLeft === undefined ? 0 : hoursBetween(oldestLeft, limit);
    return { rowsRemoved, behindHours, bounded };
  };
  try {
    let hours = await nextHours(scan, FIRST_PARTITION, limit);
    while (hours.length > 0) {
      const left: string[] = [];
      await inParallel(hours, HOURS_AT_A_TIME, async (hour) => {
        const { removed, isGone } = await removeHour(scan, hour, faults, timeIsUp);
        rowsRemoved += removed;
        if (!isGone) left.push(hour);
      });
      oldestLeft ??= left.sort()[0];
      if (timeIsUp()) return end(true);
      hours = await nextHours(scan, rightAfter(hours.at(-1) ?? limit), limit);
    }
    return end(oldestLeft !== undefined);
  } catch (error) {
    noteFault(error, faults);
    return end(true);
  }
}

/** The next hours that have rows, up to as many as are deleted at a time. */
async function nextHours(scan: PartitionScan, from: string, limit: string): Promise<readonly string[]> {
  const hours: string[] = [];
  let after = from;
  while (hours.length < HOURS_AT_A_TIME) {
    const first = after;
    const hour = await insist(() => scan.nextPartition(first, limit));
    if (hour === undefined) break;
    hours.push(hour);
    after = rightAfter(hour);
  }
  return hours;
}

/** What a look through an hour's rows came to. */
interface Removal {
  readonly removed: number;
  /** Storage failed, or the time was up. */
  readonly isLeft: boolean;
  /** Rows were gone already: their transaction deleted none of the others. */
  readonly isContended: boolean;
}

async function removeHour(
  scan: PartitionScan,
  hour: string,
  faults: Faults,
  timeIsUp: () => boolean,
): Promise<{ readonly removed: number; readonly isGone: boolean }> {
  let removed = 0;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const looked = await removeRows(scan, hour, faults, timeIsUp);
    removed += looked.removed;
    if (looked.isLeft || !looked.isContended) return { removed, isGone: !looked.isLeft };
  }
  faults.note(new StorageFault('delete', 'history', 'another run keeps deleting the same rows'));
  return { removed, isGone: false };
}

async function removeRows(
  scan: PartitionScan,
  partitionKey: string,
  faults: Faults,
  timeIsUp: () => boolean,
): Promise<Removal> {
  let removed = 0;
  let [isLeft, isContended] = [false, false];
  const request = { partitionKey, columns: [], limit: MOST_ROWS_A_PAGE };
  const page = (continuation: string | undefined) => insist(() => scan.page({ ...request, continuation }));
  const pages = pagesAhead((continuation) =>
    page(continuation).catch((error: unknown) => {
      noteFault(error, faults);
      isLeft = true;
      return { rows: [] };
    }),
  );
  for await (const { rows } of pages) {
    const batches = inBatches(rows.map(({ row }) => row.rowKey));
    const failed = await eachDespiteFaults(batches, CONCURRENCY, faults, async (rowKeys) => {
      if (timeIsUp()) isLeft = true;
      else if ((await scan.removeRows(partitionKey, rowKeys)).ok) removed += rowKeys.length;
      else isContended = true;
    });
    isLeft ||= failed > 0;
    if (timeIsUp()) return { removed, isLeft: true, isContended };
  }
  return { removed, isLeft, isContended };
}

function inBatches(rowKeys: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(rowKeys.length / MOST_ROWS_A_REMOVAL) }, (_, index) =>
    rowKeys.slice(index * MOST_ROWS_A_REMOVAL, (index + 1) * MOST_ROWS_A_REMOVAL),
  );
}
