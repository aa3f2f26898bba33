import type { Outcome } from '../../contract/outcomes.ts';
import { normaliseLocation } from '../../placement/placement.ts';
import type { Stored } from '../tables/entityTable.ts';
import { type HistoryEntry, toHistoryEntry } from './historyEntry.ts';
import { historyHour, hourLater, rowKeysBetween } from '../history/historyKey.ts';
import { type HistoryPosition, decodePosition, encodePosition } from './historyPosition.ts';
import { type Page, type PartitionScan, MOST_ROWS_A_PAGE } from '../tables/partitionScan.ts';

export interface HistoryFilter {
  readonly outcome?: Outcome | undefined;
  /** Compared as locations are: case and spaces do not matter. */
  readonly region?: string | undefined;
  readonly gameMode?: string | undefined;
  readonly fleet?: string | undefined;
  readonly sessionId?: string | undefined;
}

export interface HistoryQuery extends HistoryFilter {
  /** Attempts claimed from this instant on. */
  readonly sinceMs: number;
  /** … and before this one. */
  readonly untilMs: number;
  /** The most attempts to return; at least 1. */
  readonly limit: number;
  /** Of the answer before, to the same query. */
  readonly continuation?: string | undefined;
}

/** Fewer than `limit` attempts, or none, say nothing: only without a continuation the period has been read. */
export interface HistoryPage {
  readonly rows: readonly HistoryEntry[];
  readonly continuation?: string;
}

/**
 * What one query may cost. An hour without attempts costs one request of some 5 ms, so this is half a second; four
 * days can be looked through at once, and more with the continuation.
 */
const MOST_REQUESTS = 100;

/**
 * The attempts of a period, newest first. Reads the period's hours and nothing else, whatever else the table holds.
 *
 * @throws StorageFault
 * @throws InvalidContinuationError
 */
export async function queryHistory(scan: PartitionScan, query: HistoryQuery): Promise<HistoryPage> {
  const rows: HistoryEntry[] = [];
  let position = firstPosition(query);
  for (let requests = 0; position !== undefined; requests += 1) {
    if (rows.length === query.limit || requests === MOST_REQUESTS) {
      return { rows, continuation: encodePosition(position) };
    }
    const left = query.limit - rows.length;
    const page = await scan.page(pageRequest(query, position, left));
    const { taken, cutAfter } = take(page.rows, query, left);
    rows.push(...taken);
    position = nextPosition(position, page, cutAfter, historyHour(query.sinceMs));
  }
  return { rows };
}

/** Whether an attempt is one of those asked for, its time apart. */
export function matches(entry: HistoryEntry, filter: HistoryFilter): boolean {
  const { outcome, region, gameMode, fleet, sessionId } = filter;
  return (
    (outcome === undefined || entry.outcome === outcome) &&
    (gameMode === undefined || entry.gameMode === gameMode) &&
    (fleet === undefined || entry.fleet === fleet) &&
    (sessionId === undefined || entry.sessionId === sessionId) &&
    (region === undefined || normaliseLocation(entry.region ?? '') === normaliseLocation(region))
  );
}

function firstPosition({ sinceMs, untilMs, continuation }: HistoryQuery): HistoryPosition | undefined {
  if (untilMs <= sinceMs) return undefined;
  const newest = historyHour(untilMs - 1);
  if (continuation === undefined) return { hour: newest };
  const position = decodePosition(continuation);
  // A relative period moves on between two pages: what has left it is not read, and what is later was read before.
  if (position.hour < historyHour(sinceMs)) return undefined;
  return position.hour > newest ? { hour: newest } : position;
}

function pageRequest(
  query: HistoryQuery,
  { hour, afterRow, table }: HistoryPosition,
  left: number,
): Parameters<PartitionScan['page']>[0] {
  const { outcome, gameMode, fleet, sessionId, region } = query;
  const period = rowKeysBetween(query.sinceMs, query.untilMs);
  return {
    partitionKey: hour,
    afterRow: afterRow ?? period.afterRow,
    beforeRow: period.beforeRow,
    equals: { outcome, gameMode, fleet, sessionId },
    // Regions are spelt as the fleet spells them, which the table cannot compare: they are picked out here.
    limit: region === undefined ? Math.min(left, MOST_ROWS_A_PAGE) : MOST_ROWS_A_PAGE,
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
  { hour, afterRow }: HistoryPosition,
  page: Page,
  cutAfter: string | undefined,
  oldestHour: string,
): HistoryPosition | undefined {
  if (cutAfter !== undefined) return { hour, afterRow: cutAfter };
  // The table's continuation belongs to the query that it continues: the bound after which that began stays.
  if (page.continuation !== undefined) return { hour, afterRow, table: page.continuation };
  return hour > oldestHour ? { hour: hourLater(hour, -1) } : undefined;
}
