import type { HistoryQuery } from '../../contract/historyRequest.ts';
import { inParallel } from '../../inParallel.ts';
import type { PartitionScan } from '../tables/partitionScan.ts';
import { StorageFault } from '../storageFault.ts';
import type { HistoryEntry } from './historyEntry.ts';
import { decodePosition, encodeSample, InvalidContinuationError } from './historyPosition.ts';
import { type HistoryPage, comparedByTable, matches, queryHistory } from './historyQuery.ts';
import { ReadBudget } from './readBudget.ts';

/** Attempts that are read of one slice: the more, the better its estimate, and the fewer slices there are. */
const ROWS_A_SLICE = 16;
/** Storage requests under way: each brings few rows, and a request for a server may need the same processor. */
const AT_ONCE = 16;

const [SECOND_MS, MINUTE_MS, HOUR_MS] = [1_000, 60_000, 3_600_000];
/** Lengths of slices, on average. */
const LENGTHS_MS = [
  ...[1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30].map((seconds) => seconds * SECOND_MS),
  ...[1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30].map((minutes) => minutes * MINUTE_MS),
  ...[1, 2, 3, 4, 6, 8, 12, 24].map((hours) => hours * HOUR_MS),
];

interface Slice {
  readonly sinceMs: number;
  readonly untilMs: number;
}

/**
 * About `query.sample` attempts of a period, newest first, spread evenly over it: the newest few of each of many short
 * slices. Where a slice holds more, each of those stands for several (`weight`), by the time that they took; where it
 * does not, they are all there are. So what it costs depends on the sample, not on the attempts.
 *
 * @throws StorageFault
 * @throws InvalidContinuationError
 */
export async function sampleHistory(
  scan: PartitionScan,
  query: HistoryQuery & { readonly sample: number },
  budget = ReadBudget.ofSample(),
): Promise<HistoryPage> {
  const slices = slicesOf(query);
  const read = new Map<Slice, readonly HistoryEntry[]>();
  let fault: StorageFault | undefined;
  await inParallel(slices, AT_ONCE, async (slice) => {
    if (budget.isSpent || fault !== undefined) return;
    const rows = await readSlice(scan, query, slice, budget).catch((error: unknown) => {
      if (!(error instanceof StorageFault)) throw error;
      fault = error;
      return undefined;
    });
    if (rows !== undefined) read.set(slice, rows);
  });
  const missing = slices.find((slice) => !read.has(slice));
  // What was read before a fault is kept, and the continuation begins with what failed.
  if (missing !== undefined && missing === slices[0]) throw fault ?? budget.fault();
  const whole = slices.slice(0, missing === undefined ? undefined : slices.indexOf(missing));
  const rows = whole.flatMap((slice) => read.get(slice) ?? []).filter((entry) => matches(entry, query));
  return missing === undefined ? { rows } : { rows, continuation: encodeSample(missing.untilMs) };
}

/**
 * Newest first. They end at irregular moments: what players and matchmakers do at whole minutes would otherwise be read
 * always or never. The same moments for each request, so that a continuation fits.
 */
function slicesOf({ sinceMs, untilMs, sample, continuation }: HistoryQuery & { sample: number }): Slice[] {
  // Two less: the ends of the period cut slices.
  const most = Math.max(1, Math.floor(sample / ROWS_A_SLICE) - 2);
  const lengthMs = LENGTHS_MS.find((each) => (untilMs - sinceMs) / each <= most) ?? 24 * HOUR_MS;
  const slices: Slice[] = [];
  let endMs = Math.min(untilMs, startOf(continuation));
  for (let number = Math.floor(endMs / lengthMs); endMs > sinceMs; number -= 1) {
    const startMs = Math.max(sinceMs, Math.floor((number + shiftOf(number)) * lengthMs));
    if (startMs >= endMs) continue;
    slices.push({ sinceMs: startMs, untilMs: endMs });
    endMs = startMs;
  }
  return slices;
}

/** From 0 to 1, evenly spread and without a period: multiples of the golden ratio. */
const shiftOf = (number: number): number => ((number % 1e6) * 0.618_033_988_749_895) % 1;

function startOf(continuation: string | undefined): number {
  if (continuation === undefined) return Infinity;
  const position = decodePosition(continuation);
  if (position.kind !== 'sample') throw new InvalidContinuationError();
  return position.untilMs;
}

/** `undefined` when the budget ended it. */
async function readSlice(
  scan: PartitionScan,
  query: HistoryQuery,
  slice: Slice,
  budget: ReadBudget,
): Promise<readonly HistoryEntry[] | undefined> {
  // The rest is compared here: searching the table for it would read a thousand rows for each slice.
  const part = { ...comparedByTable(query), ...slice, limit: ROWS_A_SLICE, continuation: undefined };
  const { rows, continuation } = await queryHistory(scan, part, budget);
  if (continuation === undefined) return rows;
  if (rows.length < ROWS_A_SLICE) return undefined;
  const weight = weightOf(rows, slice);
  return rows.map((entry) => ({ ...entry, weight }));
}

/**
 * How many attempts of the slice each of its newest stands for. The time back to the n-th newest holds n - 1 before it:
 * (n - 1) / time is the rate without bias where attempts arrive at random (a Poisson process).
 */
function weightOf(rows: readonly HistoryEntry[], { sinceMs, untilMs }: Slice): number {
  const count = rows.length;
  const tookMs = Math.max(1, untilMs - Date.parse(rows.at(-1)?.claimedAt ?? ''));
  const inSlice = ((count - 1) / tookMs) * (untilMs - sinceMs);
  return Math.max(1, Math.round((inSlice / count) * 100) / 100);
}
