import type { AnswerCounts, RequestCounts } from '../../contract/requestCounts.ts';
import { historyHour, hourLater, rowKeysBetween } from '../history/historyKey.ts';
import { decodePosition, encodeSearch, InvalidContinuationError } from '../reading/historyPosition.ts';
import { ReadBudget } from '../reading/readBudget.ts';
import { isText, isTime } from '../tables/cells.ts';
import type { Row } from '../tables/entityTable.ts';
import { MOST_ROWS_A_PAGE, type PartitionScan } from '../tables/partitionScan.ts';
import { RequestTally } from './requestTally.ts';

export interface RequestsQuery {
  readonly sinceMs: number;
  readonly untilMs: number;
  /** Requests are summed up over so long. */
  readonly intervalMs: number;
  readonly continuation?: string | undefined;
}

/**
 * The requests of a period by answer, of all instances together. Where the budget ends it, the continuation leads to
 * what is older; the reader adds it up.
 *
 * @throws StorageFault
 * @throws InvalidContinuationError
 */
export async function readRequests(
  scan: PartitionScan,
  query: RequestsQuery,
  budget = new ReadBudget(),
): Promise<RequestCounts> {
  const { sinceMs, untilMs, intervalMs } = query;
  const intervals = new Map<number, RequestTally>();
  const bounds = rowKeysBetween(Math.max(sinceMs, 1), untilMs);
  let { hour, table } = startOf(query);
  const oldest = historyHour(sinceMs);
  while (hour >= oldest) {
    const page = budget.isSpent
      ? undefined
      : await budget.spend(() =>
          scan.page({ partitionKey: hour, ...bounds, limit: MOST_ROWS_A_PAGE, continuation: table }),
        );
    if (page === undefined) return answer(intervals, intervalMs, encodeSearch({ hour, table }));
    for (const { row } of page.value.rows) add(intervals, row, intervalMs);
    table = page.value.continuation;
    if (table === undefined) hour = hourLater(hour, -1);
  }
  return answer(intervals, intervalMs);
}

function startOf({ untilMs, continuation }: RequestsQuery): { hour: string; table: string | undefined } {
  if (continuation === undefined) return { hour: historyHour(untilMs - 1), table: undefined };
  const position = decodePosition(continuation);
  if (position.kind !== 'search') throw new InvalidContinuationError();
  return { hour: position.hour, table: position.table };
}

/** A row that cannot be read hides no others. */
function add(intervals: Map<number, RequestTally>, { since, answers }: Row, intervalMs: number): void {
  if (!isTime(since) || !isText(answers)) return;
  const read = countsIn(answers);
  if (read === undefined) return;
  const atMs = Math.floor(since.getTime() / intervalMs) * intervalMs;
  const tally = intervals.get(atMs) ?? new RequestTally();
  intervals.set(atMs, tally);
  for (const [name, counts] of Object.entries(read)) tally.merge(name, counts);
}

function countsIn(text: string): Record<string, AnswerCounts> | undefined {
  try {
    return JSON.parse(text) as Record<string, AnswerCounts>;
  } catch {
    return undefined;
  }
}

function answer(
  intervals: ReadonlyMap<number, RequestTally>,
  intervalMs: number,
  continuation?: string,
): RequestCounts {
  return {
    intervalSeconds: intervalMs / 1_000,
    intervals: [...intervals]
      .sort(([a], [b]) => a - b)
      .map(([atMs, tally]) => ({ at: new Date(atMs).toISOString(), answers: tally.counts() })),
    ...(continuation !== undefined && { continuation }),
  };
}
