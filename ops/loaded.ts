import type { Attempt } from '../lib/contract/attempt.ts';
import { beganAtMs } from '../lib/insights/attempt.ts';

/** What a browser holds and draws without trouble: more, and the range is read anew, with a sample. */
export const MOST_ATTEMPTS = 12_000;

/** Attempts end up to this long after they began, unless they died: a row that is younger may still change. */
const SETTLED_MS = 120_000;

/**
 * From when on an update has to read again: where something may be new, or may have changed since. `undefined`: from
 * the beginning of the range.
 *
 * @param attempts newest first
 */
export function updateSinceMs(attempts: readonly Attempt[]): number | undefined {
  const [newest] = attempts;
  if (newest === undefined || attempts.length > MOST_ATTEMPTS) return undefined;
  const open = attempts.findLast(({ outcome }) => outcome === 'open');
  return Math.min(beganAtMs(newest) - SETTLED_MS, open === undefined ? Infinity : beganAtMs(open));
}

/**
 * What is known after an update, newest first.
 *
 * @param fresh all, or a sample, from `fromMs` on
 * @param sinceMs where the range begins by now
 */
export function updated(
  known: readonly Attempt[],
  fresh: readonly Attempt[],
  fromMs: number,
  sinceMs: number,
): readonly Attempt[] {
  const older = known.filter((attempt) => beganAtMs(attempt) < fromMs);
  return [...fresh, ...older].filter((attempt) => beganAtMs(attempt) >= sinceMs);
}
