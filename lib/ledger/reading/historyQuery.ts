import { tookEffort, upstreamStatusOf } from '../../contract/attempt.ts';
import type { HistoryFilter, HistoryQuery } from '../../contract/historyRequest.ts';
import { normaliseLocation } from '../../placement/placement.ts';
import type { Stored } from '../tables/entityTable.ts';
import { type HistoryEntry, toHistoryEntry } from './historyEntry.ts';
import { historyHour, hourLater, rowKeysBetween } from '../history/historyKey.ts';
import { StorageFault } from '../storageFault.ts';
import {
  type SearchPosition,
  decodePosition,
  encodeSearch,
  InvalidContinuationError,
} from './historyPosition.ts';
import { ReadBudget } from './readBudget.ts';
import { type Page, type PartitionScan, MOST_ROWS_A_PAGE } from '../tables/partitionScan.ts';

/** Fewer than `limit` attempts, or none, mean nothing: the period has been read only if there is no continuation. */
export interface HistoryPage {
  readonly rows: readonly HistoryEntry[];
  readonly continuation?: string;
}

/**
 * Some six weeks: where a longer period begins is looked up, so that hours before the first row are not looked through.
 */
const MANY_HOURS = 1_000;

/**
 * The attempts of a period, newest first. Reads the period's hours and nothing else, whatever else the table holds, and
 * no more than the budget allows.
 *
 * @throws StorageFault
 * @throws InvalidContinuationError
 */
export async function queryHistory(
  scan: PartitionScan,
  query: HistoryQuery,
  budget = new ReadBudget(),
): Promise<HistoryPage> {
  const rows: HistoryEntry[] = [];
  let position = firstPosition(query);
  const oldestHour = position && (await firstHour(scan, position.hour, historyHour(query.sinceMs), budget));
  while (position !== undefined && oldestHour !== undefined && position.hour >= oldestHour) {
    const cut = { rows, continuation: encodeSearch(position) };
    if (rows.length === query.limit || budget.isSpent) return cut;
    const left = query.limit - rows.length;
    const page = await readPage(scan, query, position, left, budget);
    if (page === undefined) return cut;
    const { taken, cutAfter } = take(page.rows, query, left);
    rows.push(...taken);
    position = nextPosition(position, page, cutAfter, oldestHour);
  }
  return { rows };
}

/** Whether an attempt is one of those asked for, apart from its time. */
export function matches(entry: HistoryEntry, filter: HistoryFilter): boolean {
  const { outcome, region, gameMode, fleet, sessionId, upstreamStatus, effort } = filter;
  return (
    (outcome === undefined || entry.outcome === outcome) &&
    (gameMode === undefined || entry.gameMode === gameMode) &&
    (fleet === undefined || entry.fleet === fleet) &&
    (sessionId === undefined || entry.sessionId === sessionId) &&
    (upstreamStatus === undefined || upstreamStatusOf(entry) === upstreamStatus) &&
    (effort === undefined || tookEffort(entry, effort)) &&
    (region === undefined ||
      (entry.region !== undefined && normaliseLocation(entry.region) === normaliseLocation(region)))
  );
}

/**
 * The filter without what the table cannot compare: a region as the fleet spells it, a column that is absent, and what
 * follows from another column. {@link matches} picks these out.
 */
export function comparedByTable<T extends HistoryFilter>(filter: T): T {
  const { upstreamStatus } = filter;
  return {
    ...filter,
    region: undefined,
    effort: undefined,
    upstreamStatus: upstreamStatus === 'none' ? undefined : upstreamStatus,
  };
}

function firstPosition({ sinceMs, untilMs, continuation }: HistoryQuery): SearchPosition | undefined {
  if (untilMs <= sinceMs) return undefined;
  const newest = historyHour(untilMs - 1);
  if (continuation === undefined) return { hour: newest };
  const position = decodePosition(continuation);
  if (position.kind !== 'search') throw new InvalidContinuationError();
  // A relative period moves on between two pages: what has left it is not read, and what is later was read before.
  if (position.hour < historyHour(sinceMs)) return undefined;
  return position.hour > newest ? { hour: newest } : position;
}

/** The first hour of the period, or of its rows where the period is long; `undefined` where it has none. */
async function firstHour(
  scan: PartitionScan,
  newest: string,
  oldest: string,
  budget: ReadBudget,
): Promise<string | undefined> {
  if (hourLater(newest, -MANY_HOURS) <= oldest) return oldest;
  const found = await budget.spend(() => scan.nextPartition(oldest, hourLater(newest, 1)));
  return found === undefined ? oldest : found.value;
}

/** `undefined` when there was no time left for it. */
async function readPage(
  scan: PartitionScan,
  query: HistoryQuery,
  position: SearchPosition,
  left: number,
  budget: ReadBudget,
): Promise<Page | undefined> {
  try {
    return (await budget.spend(() => scan.page(pageRequest(query, position, left))))?.value;
  } catch (error) {
    // Refused: the table's continuation is the only part of the request that came from the caller.
    const isOfTheCaller =
      position.table !== undefined && error instanceof StorageFault && error.status === 400;
    throw isOfTheCaller ? new InvalidContinuationError() : error;
  }
}

function pageRequest(
  query: HistoryQuery,
  { hour, afterRow, table }: SearchPosition,
  left: number,
): Parameters<PartitionScan['page']>[0] {
  const compared = comparedByTable(query);
  const { outcome, gameMode, fleet, sessionId, upstreamStatus } = compared;
  const picksOut =
    query.region !== undefined ||
    query.effort !== undefined ||
    query.upstreamStatus !== compared.upstreamStatus;
  // Keys have digits from the first millisecond of 1970 on, and the bound is one before the period.
  const period = rowKeysBetween(Math.max(query.sinceMs, 1), query.untilMs);
  return {
    partitionKey: hour,
    afterRow: afterRow ?? period.afterRow,
    beforeRow: period.beforeRow,
    equals: { outcome, gameMode, fleet, sessionId, upstreamStatus },
    // What is picked out here may be one row of many.
    limit: picksOut ? MOST_ROWS_A_PAGE : Math.min(left, MOST_ROWS_A_PAGE),
    continuation: table,
  };
}

function take(
  page: readonly Stored[],
  query: HistoryQuery,
  left: number,
): { taken: readonly HistoryEntry[]; cutAfter?: string } {
  const matching = page.map(({ row }) => toHistoryEntry(row)).filter((entry) => matches(entry, query));
  const taken = matching.slice(0, left);
  const last = taken.at(-1);
  return matching.length > left && last !== undefined ? { taken, cutAfter: last.key.rowKey } : { taken };
}

function nextPosition(
  { hour, afterRow }: SearchPosition,
  page: Page,
  cutAfter: string | undefined,
  oldestHour: string,
): SearchPosition | undefined {
  if (cutAfter !== undefined) return { hour, afterRow: cutAfter };
  // The table's continuation belongs to the query that it continues: the bound after which that began stays.
  if (page.continuation !== undefined) return { hour, afterRow, table: page.continuation };
  return hour > oldestHour ? { hour: hourLater(hour, -1) } : undefined;
}
