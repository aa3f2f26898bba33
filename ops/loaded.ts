import type { Attempt } from '../lib/contract/attempt.ts';
import { beganAtMs } from '../lib/insights/attempt.ts';

/** What the page holds of a range. */
export interface Loaded {
  /** Newest first. */
  readonly attempts: readonly Attempt[];
  /** Whether the range has older attempts than these. */
  readonly cut: boolean;
}

/** What a browser holds and draws without trouble; the command is for longer ranges. */
export const MOST_ATTEMPTS = 5_000;

/** Attempts end up to this long after they began, unless they died: a row that is younger may still change. */
const SETTLED_MS = 120_000;

/**
 * From when on an update has to read again: where something may be new, or may have changed since. `undefined`: from
 * the beginning of the range.
 */
export function updateSinceMs({ attempts }: Loaded): number | undefined {
  const [newest] = attempts;
  if (newest === undefined) return undefined;
  const open = attempts.findLast(({ outcome }) => outcome === 'open');
  return Math.min(beganAtMs(newest) - SETTLED_MS, open === undefined ? Infinity : beganAtMs(open));
}

/**
 * What is known after an update.
 *
 * @param fresh everything from `fromMs` on, newest first; when it was cut there is a gap before it, and only it counts
 * @param sinceMs where the range begins by now
 */
export function updated(known: Loaded, fresh: Loaded, fromMs: number, sinceMs: number): Loaded {
  const older = fresh.cut ? [] : known.attempts.filter((attempt) => beganAtMs(attempt) < fromMs);
  const all = [...fresh.attempts, ...older];
  const inRange = all.filter((attempt) => beganAtMs(attempt) >= sinceMs);
  const attempts = inRange.slice(0, MOST_ATTEMPTS);
  // Once the oldest that was kept has left the range, nothing of the range is missing any more.
  const stillCut = (known.cut || fresh.cut) && inRange.length === all.length;
  return { attempts, cut: stillCut || inRange.length > MOST_ATTEMPTS };
}
