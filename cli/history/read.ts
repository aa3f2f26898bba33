import type { HistoryEntry } from '../../lib/ledger/reading/historyEntry.ts';
import { type HistoryPage, type HistoryQuery, queryHistory } from '../../lib/ledger/reading/historyQuery.ts';
import { type SessionStory, type StoryTables, sessionStory } from '../../lib/ledger/reading/sessionStory.ts';

export interface Found {
  readonly entries: readonly HistoryEntry[];
  /** Whether the period has more than were asked for. */
  readonly more: boolean;
}

/** Told after each page: what was found so far. */
export type OnPage = (entries: readonly HistoryEntry[]) => void;

export type Period = Omit<HistoryQuery, 'continuation'>;

/** As many as one storage request can give. */
const CHUNK = 1_000;

/** All pages of a period, newest first. */
export async function readPeriod(tables: StoryTables, period: Period, onPage: OnPage): Promise<Found> {
  return readOn((query) => queryHistory(tables.historyScan, query), period, onPage);
}

/** A session's attempts, newest first, and how its row stands. */
export async function readSession(
  tables: StoryTables,
  period: Period & { readonly sessionId: string },
  onPage: OnPage,
): Promise<Found & Pick<SessionStory, 'session'>> {
  let session: SessionStory['session'];
  const found = await readOn(
    async (query) => {
      const story = await sessionStory(tables, { ...query, sessionId: period.sessionId });
      session ??= story.session;
      return story;
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
