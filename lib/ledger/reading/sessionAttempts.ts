import type { Clock } from '../../clock.ts';
import type { EntityTable } from '../tables/entityTable.ts';
import { type HistoryEntry, toHistoryEntry } from './historyEntry.ts';
import { decodePosition, encodeChain, encodeSearch, InvalidContinuationError } from './historyPosition.ts';
import { sampleHistory } from './historySample.ts';
import { type HistoryPage, matches, queryHistory } from './historyQuery.ts';
import type { HistoryQuery } from '../../contract/historyRequest.ts';
import type { HistoryKey } from '../history/history.ts';
import type { SessionRecord } from '../sessions/session.ts';
import { ReadBudget } from './readBudget.ts';
import type { PartitionScan } from '../tables/partitionScan.ts';
import { SESSION_ROW_KEY } from '../sessions/sessionRow.ts';
import { StorageFault } from '../storageFault.ts';
import { keyIn } from '../history/tableHistory.ts';
import { recordOrFault } from './sessionRecord.ts';

/** Where sessions and their attempts are kept. */
export interface HistoryTables {
  readonly sessions: EntityTable;
  readonly history: EntityTable;
  readonly historyScan: PartitionScan;
}

export interface SessionAttempts extends HistoryPage {
  /** How the session stands; absent once it was forgotten, or if it never was. Not for clients: it holds the cookie. */
  readonly session?: SessionRecord;
  /** Why there is no `session` although it has a row: the row cannot be read. */
  readonly sessionFault?: StorageFault;
}

/**
 * What the query asks for: a session's attempts where it names one, else a period or a sample of it.
 *
 * @throws StorageFault
 * @throws InvalidContinuationError
 */
export function readHistory(
  tables: HistoryTables,
  query: HistoryQuery,
  clock?: Clock,
): Promise<SessionAttempts> {
  const { sessionId, sample } = query;
  if (sample !== undefined) {
    return sampleHistory(tables.historyScan, { ...query, sample }, ReadBudget.ofSample(clock));
  }
  const budget = new ReadBudget(clock);
  return sessionId === undefined
    ? queryHistory(tables.historyScan, query, budget)
    : sessionAttempts(tables, { ...query, sessionId }, budget);
}

type SessionQuery = HistoryQuery & { readonly sessionId: string };

/**
 * All attempts of one session, newest first. As long as the session has its row, that names its latest attempt and each
 * attempt the one before: point reads, whatever the period. After that, and from where the chain is broken (an attempt
 * that died before it had a row), the query's period is searched. Where the budget or the limit ends it, the
 * continuation goes on at the same place of the chain or of the search. A session's row that cannot be read hides no
 * attempts.
 *
 * @throws StorageFault
 * @throws InvalidContinuationError
 */
export async function sessionAttempts(
  tables: HistoryTables,
  query: SessionQuery,
  budget = new ReadBudget(),
): Promise<SessionAttempts> {
  if (query.continuation !== undefined) {
    const position = decodePosition(query.continuation);
    return position.kind === 'chain'
      ? goOn(tables, position.last, query, budget)
      : queryHistory(tables.historyScan, query, budget);
  }
  const answer = await budget.spend(() => tables.sessions.read(query.sessionId, SESSION_ROW_KEY));
  if (answer?.value === undefined) return queryHistory(tables.historyScan, query, budget);
  const session = recordOrFault(answer.value);
  if (!(session instanceof StorageFault)) {
    return { session, ...(await followChain(tables, { next: session.history }, query, budget)) };
  }
  const latest = keyIn(answer.value.row, 'historyPartition', 'historyRow');
  const page = await (latest === undefined
    ? queryHistory(tables.historyScan, query, budget)
    : followChain(tables, { next: latest }, query, budget));
  return { sessionFault: session, ...page };
}

/** From the row that the answer before has read last. */
async function goOn(
  tables: HistoryTables,
  last: HistoryKey,
  query: SessionQuery,
  budget: ReadBudget,
): Promise<HistoryPage> {
  const answer = await budget.spend(() => tables.history.read(last.partitionKey, last.rowKey));
  // It has been deleted meanwhile.
  if (answer?.value === undefined) return searchAfter(tables, last, query, budget);
  const { sessionId, previous } = toHistoryEntry(answer.value.row);
  if (sessionId !== query.sessionId) throw new InvalidContinuationError();
  return followChain(tables, { last, next: previous }, query, budget);
}

async function followChain(
  tables: HistoryTables,
  from: { readonly last?: HistoryKey; readonly next: HistoryKey | undefined },
  query: SessionQuery,
  budget: ReadBudget,
): Promise<HistoryPage> {
  const rows: HistoryEntry[] = [];
  let { last, next } = from;
  while (next !== undefined) {
    const { partitionKey, rowKey }: HistoryKey = next;
    const isCut = rows.length === query.limit || budget.isSpent;
    const answer = isCut ? undefined : await budget.spend(() => tables.history.read(partitionKey, rowKey));
    if (answer === undefined) {
      if (last === undefined) throw budget.fault();
      return { rows, continuation: encodeChain(last) };
    }
    if (answer.value === undefined) {
      const left = { ...query, limit: query.limit - rows.length };
      const searched = await searchAfter(tables, last, left, budget);
      return { ...searched, rows: merged(rows, searched.rows) };
    }
    const entry = toHistoryEntry(answer.value.row);
    if (matches(entry, query)) rows.push(entry);
    [last, next] = [next, entry.previous];
  }
  return { rows };
}

/** What is older than the last row that was read of the chain; all of the period where none was. */
function searchAfter(
  tables: HistoryTables,
  last: HistoryKey | undefined,
  query: SessionQuery,
  budget: ReadBudget,
): Promise<HistoryPage> {
  const continuation = last && encodeSearch({ hour: last.partitionKey, afterRow: last.rowKey });
  return queryHistory(tables.historyScan, { ...query, continuation }, budget);
}

function merged(chain: readonly HistoryEntry[], searched: readonly HistoryEntry[]): readonly HistoryEntry[] {
  const known = new Set(chain.map(({ attemptId }) => attemptId));
  return [...chain, ...searched.filter(({ attemptId }) => !known.has(attemptId))];
}
