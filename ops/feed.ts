import {
  type Attempt,
  type HistoryItem,
  type SessionEnding,
  isAttempt,
  isEnding,
} from '../lib/contract/attempt.ts';
import type { RequestInterval } from '../lib/contract/requestCounts.ts';
import type { Stock } from '../lib/contract/stock.ts';
import { type RangeQuery, readRange, SAMPLE } from '../lib/insights/range.ts';
import {
  type Caller,
  type Check,
  HistoryError,
  readChecks,
  readHistory,
  readRequests,
  readStock,
} from './api.ts';
import { updated, updateSinceMs } from './loaded.ts';

/** Which part of the history is shown: so many minutes up to now, or up to an instant. */
export interface Range {
  readonly minutes: number;
  readonly untilMs?: number | undefined;
}

export interface Shown {
  readonly range: Range;
  /** Attempts and endings, newest first; where the range has too many, a sample with weights. */
  readonly items: readonly HistoryItem[];
  /** The attempts among them, which all figures of attempts are made of; and the endings. */
  readonly attempts: readonly Attempt[];
  readonly endings: readonly SessionEnding[];
  readonly sinceMs: number;
  /** Where the range ends, by the broker's clock. */
  readonly nowMs: number;
  readonly checks: readonly Check[];
  /** How requests were answered in the range; `undefined` when the counts could not be read. */
  readonly requests: readonly RequestInterval[] | undefined;
  /** The same of the last minutes. */
  readonly latest: readonly RequestInterval[] | undefined;
  /** Which servers the fleets have; or why that is not known; `undefined` for a range that stands still. */
  readonly stock: Stock | string | undefined;
}

/** A sample of an update is as dense as the range's own, and not smaller than this. */
const LEAST_SAMPLE = 160;
/** The most of one session that the dialog shows. */
const MOST_OF_A_SESSION = 200;
const MINUTE_MS = 60_000;
/** A count is written up to a minute after its requests: five minutes of them. */
const LATEST_MS = 6 * MINUTE_MS;

/** Reads a range, or what is new in it since it was read. */
export async function load(
  range: Range,
  known: Shown | undefined,
  caller: Caller,
  onProgress: (count: number) => void,
): Promise<Shown> {
  const { minutes, untilMs } = range;
  const lengthMs = minutes * MINUTE_MS;
  const isSame = known?.range.minutes === minutes && known.range.untilMs === untilMs;
  const fromMs = isSame ? updateSinceMs(known.items) : undefined;
  const sinceMs = fromMs ?? (untilMs ?? Date.now()) - lengthMs;
  const since =
    fromMs === undefined && untilMs === undefined ? `${minutes}m` : new Date(sinceMs).toISOString();
  let nowMs = untilMs;
  let beside: ReturnType<typeof readBeside> | undefined;
  const fresh = await readRange(
    async (query) => {
      const page = await readHistory(
        { since, ...wordsOf({ ...(untilMs !== undefined && { untilMs }), ...query }) },
        caller,
      );
      // Of the first page: the period's end was fixed there.
      nowMs ??= page.nowMs;
      // With a key that is known to be right.
      beside ??= readBeside(range, isSame ? known : undefined, page.nowMs, caller);
      return page;
    },
    { sinceMs, sample: sampleFor(sinceMs, lengthMs, untilMs ?? Date.now()), onProgress },
  );
  const endMs = nowMs ?? Date.now();
  const startMs = endMs - lengthMs;
  const items = updated((isSame ? known.items : undefined) ?? [], fresh, fromMs ?? startMs, startMs);
  return {
    range,
    items,
    attempts: items.filter(isAttempt),
    endings: items.filter(isEnding),
    sinceMs: startMs,
    nowMs: endMs,
    ...(await (beside ?? readBeside(range, known, endMs, caller))),
  };
}

/** As the API has them. */
function wordsOf({ untilMs, limit, sample, continuation }: RangeQuery): Readonly<Record<string, string>> {
  return {
    ...(untilMs !== undefined && { until: new Date(untilMs).toISOString() }),
    ...(limit !== undefined && { limit: String(limit) }),
    ...(sample !== undefined && { sample: String(sample) }),
    ...(continuation !== undefined && { continuation }),
  };
}

type Beside = Pick<Shown, 'checks' | 'requests' | 'latest' | 'stock'>;

/** What is shown beside the attempts. */
async function readBeside(
  { minutes, untilMs }: Range,
  known: Shown | undefined,
  nowMs: number,
  caller: Caller,
): Promise<Beside> {
  const endMs = untilMs ?? nowMs;
  const read = (sinceMs: number): Promise<Shown['requests']> => {
    const [since, until] = [sinceMs, endMs].map((ms) => new Date(ms).toISOString());
    return readRequests({ since: since ?? '', until: until ?? '' }, caller).catch((error: unknown) => {
      if (error instanceof HistoryError) return undefined;
      throw error;
    });
  };
  // The counts come once a minute; reading them more often shows nothing new.
  const isFresh =
    known !== undefined && Math.floor(known.nowMs / MINUTE_MS) === Math.floor(nowMs / MINUTE_MS);
  const [checks, requests, latest, stock] = await Promise.all([
    checksOf(caller),
    isFresh ? known.requests : read(endMs - minutes * MINUTE_MS),
    read(endMs - LATEST_MS),
    // It is of now, whatever the range.
    untilMs === undefined ? stockOf(caller) : undefined,
  ]);
  return { checks, requests, latest, stock };
}

/** What fails here fails alone: the history needs no fleet. */
function stockOf(caller: Caller): Promise<Stock | string> {
  return readStock(caller).catch((error: unknown) => {
    if (error instanceof HistoryError) return error.message;
    throw error;
  });
}

/** What the connection lacks, the history lacks, too, and says. */
function checksOf(caller: Caller): Promise<readonly Check[]> {
  return readChecks(caller).catch((error: unknown) =>
    error instanceof HistoryError ? [{ name: 'checks', ok: false, message: error.message }] : [],
  );
}

function sampleFor(sinceMs: number, lengthMs: number, endMs: number): number {
  const share = Math.min(1, (endMs - sinceMs) / lengthMs);
  return Math.max(LEAST_SAMPLE, Math.ceil(SAMPLE * share));
}

/** One session's attempts and endings, newest first, as many as the dialog shows. */
export async function readSession(session: string, caller: Caller): Promise<readonly HistoryItem[]> {
  const items: HistoryItem[] = [];
  let continuation: string | undefined;
  do {
    const page = await readHistory(
      { session, limit: String(MOST_OF_A_SESSION), ...(continuation !== undefined && { continuation }) },
      caller,
    );
    items.push(...page.attempts);
    ({ continuation } = page);
  } while (continuation !== undefined && items.length < MOST_OF_A_SESSION);
  return items;
}
