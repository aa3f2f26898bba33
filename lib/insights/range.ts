import type { HistoryItem } from '../contract/attempt.ts';
import { beganAtMs } from './attempt.ts';

/** What is read at once of a range; `sample` in place of the latest. Everything else about the range is the reader's. */
export interface RangeQuery {
  /** In place of the range's own end (milliseconds since the epoch). */
  readonly untilMs?: number;
  readonly limit?: number;
  readonly sample?: number;
  readonly continuation?: string;
}

export interface RangePage {
  /** Newest first, endings among them. */
  readonly attempts: readonly HistoryItem[];
  readonly continuation?: string;
}

export interface RangeOptions {
  /** From when on (milliseconds since the epoch). */
  readonly sinceMs: number;
  /** About how many attempts a sample takes. */
  readonly sample?: number;
  /** Called after each page with how many attempts were read so far. */
  readonly onProgress?: (count: number) => void;
}

/** The most that one answer of the API may hold. */
const PAGE = 1_000;
/** Up to so many attempts, a range is read whole: some seconds, some 10 MB. */
export const MOST_EXACT = 5_000;
/** Enough for shares to be right within 2 % of the whole, and for a hundred bars. */
export const SAMPLE = 4_800;

/**
 * A range for figures: all attempts and endings where they are few, else the latest thousand and a sample of the rest. Where a
 * range is too long for one request, its continuations are followed to the end.
 *
 * @returns newest first; none has a `weight` where all were read
 */
export async function readRange(
  read: (query: RangeQuery) => Promise<RangePage>,
  { sinceMs, sample = SAMPLE, onProgress }: RangeOptions,
): Promise<readonly HistoryItem[]> {
  const attempts: HistoryItem[] = [];
  const known = new Set<string>();
  const readOn = async (query: RangeQuery, isEnough: () => boolean): Promise<boolean> => {
    let continuation: string | undefined;
    do {
      const page = await read({ ...query, ...(continuation !== undefined && { continuation }) });
      attempts.push(...page.attempts.filter(({ attemptId }) => !known.has(attemptId)));
      onProgress?.(attempts.length);
      ({ continuation } = page);
    } while (continuation !== undefined && !isEnough());
    return continuation === undefined;
  };
  const isAll = await readOn({ limit: PAGE }, () => expected(attempts, sinceMs) > MOST_EXACT);
  const oldest = attempts.at(-1);
  if (isAll || oldest === undefined) return attempts;
  // Others of its millisecond may be missing: the sample begins with it.
  const oldestMs = beganAtMs(oldest);
  for (const attempt of attempts) if (beganAtMs(attempt) === oldestMs) known.add(attempt.attemptId);
  await readOn({ untilMs: oldestMs + 1, sample }, () => false);
  return attempts;
}

/** How many attempts the range has if the rest is as the latest: not fewer than were read. */
function expected(latest: readonly HistoryItem[], sinceMs: number): number {
  const [first, last] = [latest[0], latest.at(-1)];
  if (first === undefined || last === undefined || latest.length < PAGE) return latest.length;
  const tookMs = Math.max(1, beganAtMs(first) - beganAtMs(last));
  return Math.max(latest.length, (latest.length * (beganAtMs(first) - sinceMs)) / tookMs);
}
