import type { EntityTable } from '../tables/entityTable.ts';
import { type HistoryEntry, toHistoryEntry } from './historyEntry.ts';
import { encodePosition } from './historyPosition.ts';
import { type HistoryPage, type HistoryQuery, matches, queryHistory } from './historyQuery.ts';
import type { HistoryKey } from '../history/history.ts';
import type { SessionRecord } from '../sessions/session.ts';
import type { PartitionScan } from '../tables/partitionScan.ts';
import { SESSION_ROW_KEY, toRecord } from '../sessions/sessionRow.ts';

/** Where sessions and their attempts are kept. */
export interface HistoryTables {
  readonly sessions: EntityTable;
  readonly history: EntityTable;
  readonly historyScan: PartitionScan;
}

export interface SessionAttempts extends HistoryPage {
  /** How the session stands; absent once it was forgotten, or if it never was. Not for clients: it holds the cookie. */
  readonly session?: SessionRecord;
}

/**
 * What the query asks for: a session's attempts where it names one, else a period.
 *
 * @throws StorageFault
 * @throws InvalidContinuationError
 */
export function readHistory(tables: HistoryTables, query: HistoryQuery): Promise<SessionAttempts> {
  const { sessionId } = query;
  return sessionId === undefined
    ? queryHistory(tables.historyScan, query)
    : sessionAttempts(tables, { ...query, sessionId });
}

/**
 * All attempts of one session, newest first. As long as the session has its row, that names its latest attempt and each
 * attempt the one before: point reads, whatever the period. After that, and from where the chain is broken (an attempt
 * that died before it had a row), the query's period is searched.
 *
 * @throws StorageFault
 * @throws InvalidContinuationError
 */
export async function sessionAttempts(
  tables: HistoryTables,
  query: HistoryQuery & { readonly sessionId: string },
): Promise<SessionAttempts> {
  if (query.continuation !== undefined) return queryHistory(tables.historyScan, query);
  const stored = await tables.sessions.read(query.sessionId, SESSION_ROW_KEY);
  if (stored === undefined) return queryHistory(tables.historyScan, query);
  const session = toRecord(stored);
  const chain = await followChain(tables.history, session.history, query);
  if (chain.end !== 'broken') return { session, ...pageOf(chain) };
  const limit = query.limit - chain.rows.length;
  const searched = await queryHistory(tables.historyScan, { ...query, limit });
  return { session, ...searched, rows: merged(chain.rows, searched.rows) };
}

interface Chain {
  readonly rows: readonly HistoryEntry[];
  readonly end: 'whole' | 'cut' | 'broken';
}

async function followChain(history: EntityTable, latest: HistoryKey, query: HistoryQuery): Promise<Chain> {
  const rows: HistoryEntry[] = [];
  let key: HistoryKey | undefined = latest;
  while (key !== undefined) {
    if (rows.length === query.limit) return { rows, end: 'cut' };
    const stored = await history.read(key.partitionKey, key.rowKey);
    if (stored === undefined) return { rows, end: 'broken' };
    const entry = toHistoryEntry(stored.row);
    if (matches(entry, query)) rows.push(entry);
    key = entry.previous;
  }
  return { rows, end: 'whole' };
}

/** A chain longer than the limit goes on as a search from its last row. */
function pageOf({ rows, end }: Chain): HistoryPage {
  const last = rows.at(-1)?.key;
  if (end !== 'cut' || last === undefined) return { rows };
  return { rows, continuation: encodePosition({ hour: last.partitionKey, afterRow: last.rowKey }) };
}

function merged(chain: readonly HistoryEntry[], searched: readonly HistoryEntry[]): readonly HistoryEntry[] {
  const known = new Set(chain.map(({ attemptId }) => attemptId));
  return [...chain, ...searched.filter(({ attemptId }) => !known.has(attemptId))];
}
