import type { HistoryEntry } from '../../lib/ledger/reading/historyEntry.ts';
import { type HistoryPage, queryHistory } from '../../lib/ledger/reading/historyQuery.ts';
import type { HistoryQuery } from '../../lib/contract/historyRequest.ts';
import {
  type SessionAttempts,
  type HistoryTables,
  sessionAttempts,
} from '../../lib/ledger/reading/sessionAttempts.ts';

export interface Found {
  readonly entries: readonly HistoryEntry[];
  /** Whether the period has more than were asked for. */
  readonly more: boolean;
}

/** Called after each page with what was found so far. */
export type OnPage = (entries: readonly HistoryEntry[]) => void;

export type Period = Omit<HistoryQuery, 'continuation'>;

/** As many as one storage request can give. */
const CHUNK = 1_000;

/** All pages of a period, newest first. */
export async function readPeriod(tables: HistoryTables, period: Period, onPage: OnPage): Promise<Found> {
  return readOn((query) => queryHistory(tables.historyScan, query), period, onPage);
}

/** A session's attempts, newest first, and how its row stands. */
export async function readSession(
  tables: HistoryTables,
  period: Period & { readonly sessionId: string },
  onPage: OnPage,
): Promise<Found & Pick<SessionAttempts, 'session'>> {
  let session: SessionAttempts['session'];
  const found = await readOn(
    async (query) => {
      const page = await sessionAttempts(tables, { ...query, sessionId: period.sessionId });
      session ??= page.session;
      return page;
    },
    period,
    onPage,
  );
  return { ...found, ...(session && { session }) };
}

async function readOn(
  read: (query: HistoryQuery) => Promise<HistoryPage>,
  period: Period,
  onPage: OnPage,
): Promise<Found> {
  const entries: HistoryEntry[] = [];
  let continuation: string | undefined;
  do {
    const limit = Math.min(CHUNK, period.limit - entries.length);
    const page = await read({ ...period, limit, continuation });
    entries.push(...page.rows);
    ({ continuation } = page);
    onPage(entries);
  } while (continuation !== undefined && entries.length < period.limit);
  return { entries, more: continuation !== undefined };
}
