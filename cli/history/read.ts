import type { HistoryEntry } from '../../lib/ledger/reading/historyEntry.ts';
import { type HistoryPage, queryHistory } from '../../lib/ledger/reading/historyQuery.ts';
import type { HistoryItem } from '../../lib/contract/attempt.ts';
import type { HistoryQuery } from '../../lib/contract/historyRequest.ts';
import type { RequestCounts, RequestInterval } from '../../lib/contract/requestCounts.ts';
import { type AnswerFigures, answersOf } from '../../lib/insights/requests.ts';
import { intervalFor } from '../../lib/insights/timeline.ts';
import { readRequests } from '../../lib/ledger/requests/readRequests.ts';
import { StorageFault } from '../../lib/ledger/storageFault.ts';
import type { CommandTables } from './source.ts';
import { readRange } from '../../lib/insights/range.ts';
import {
  type SessionAttempts,
  type HistoryTables,
  readHistory,
  sessionAttempts,
} from '../../lib/ledger/reading/sessionAttempts.ts';

/** Called with each page. */
export type OnPage = (entries: readonly HistoryEntry[]) => void;

export type Period = Omit<HistoryQuery, 'continuation' | 'sample'>;

/** As many as one storage request can give. */
const CHUNK = 1_000;

/**
 * All pages of a period, newest first; kept by whoever gets them, page by page.
 *
 * @returns whether the period has more than were asked for
 */
export async function readPeriod(tables: HistoryTables, period: Period, onPage: OnPage): Promise<boolean> {
  return readOn((query) => queryHistory(tables.historyScan, query), period, onPage);
}

/** A period for figures: all of it where it has few attempts, else with a sample. */
export async function readForFigures(
  tables: HistoryTables,
  period: Period,
  onProgress: (count: number) => void,
): Promise<readonly HistoryItem[]> {
  return readRange(
    async ({ untilMs = period.untilMs, limit = CHUNK, sample, continuation }) => {
      const page = await readHistory(tables, { ...period, untilMs, limit, sample, continuation });
      return { attempts: page.rows, ...(page.continuation && { continuation: page.continuation }) };
    },
    { sinceMs: period.sinceMs, onProgress },
  );
}

/** How requests were answered in the period; `undefined` where the account may not read it, or nobody counts. */
export async function readAnswers(
  { requestScan }: CommandTables,
  { sinceMs, untilMs }: Period,
): Promise<readonly AnswerFigures[] | undefined> {
  if (requestScan === undefined) return undefined;
  const intervals: RequestInterval[] = [];
  const query = { sinceMs, untilMs, intervalMs: intervalFor(untilMs - sinceMs) };
  let continuation: string | undefined;
  try {
    do {
      const page: RequestCounts = await readRequests(requestScan, { ...query, continuation });
      intervals.push(...page.intervals);
      ({ continuation } = page);
    } while (continuation !== undefined);
  } catch (error) {
    // A role may cover the history alone, whose figures are worth having without these.
    if (error instanceof StorageFault) return undefined;
    throw error;
  }
  return answersOf(intervals);
}

/** A session's attempts, newest first, and how its row stands. */
export async function readSession(
  tables: HistoryTables,
  period: Period & { readonly sessionId: string },
  onPage: OnPage,
): Promise<Pick<SessionAttempts, 'session'>> {
  let session: SessionAttempts['session'];
  await readOn(
    async (query) => {
      const page = await sessionAttempts(tables, { ...query, sessionId: period.sessionId });
      session ??= page.session;
      return page;
    },
    period,
    onPage,
  );
  return session === undefined ? {} : { session };
}

async function readOn(
  read: (query: HistoryQuery) => Promise<HistoryPage>,
  period: Period,
  onPage: OnPage,
): Promise<boolean> {
  let [count, continuation]: [number, string | undefined] = [0, undefined];
  do {
    const limit = Math.min(CHUNK, period.limit - count);
    const page: HistoryPage = await read({ ...period, limit, continuation });
    count += page.rows.length;
    ({ continuation } = page);
    onPage(page.rows);
  } while (continuation !== undefined && count < period.limit);
  return continuation !== undefined;
}
