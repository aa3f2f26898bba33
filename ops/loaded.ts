import type { HistoryItem } from '../lib/contract/attempt.ts';
import { beganAtMs } from '../lib/insights/attempt.ts';

/** What a browser holds and draws without trouble: more, and the range is read anew, with a sample. */
export const MOST_ATTEMPTS = 12_000;

/** Attempts and endings come out up to this long after they began, unless they died: a younger row may still change. */
const SETTLED_MS = 120_000;

/**
 * From when on an update has to read again: where something may be new, or may have changed since. `undefined`: from
 * the beginning of the range.
 *
 * @param items newest first
 */
export function updateSinceMs(items: readonly HistoryItem[]): number | undefined {
  const [newest] = items;
  if (newest === undefined || items.length > MOST_ATTEMPTS) return undefined;
  const open = items.findLast(({ outcome }) => outcome === 'open');
  return Math.min(beganAtMs(newest) - SETTLED_MS, open === undefined ? Infinity : beganAtMs(open));
}

/**
 * What is known after an update, newest first.
 *
 * @param fresh all, or a sample, from `fromMs` on
 * @param sinceMs where the range begins by now
 */
export function updated(
  known: readonly HistoryItem[],
  fresh: readonly HistoryItem[],
  fromMs: number,
  sinceMs: number,
): readonly HistoryItem[] {
  const older = known.filter((item) => beganAtMs(item) < fromMs);
  return [...fresh, ...older].filter((item) => beganAtMs(item) >= sinceMs);
}
