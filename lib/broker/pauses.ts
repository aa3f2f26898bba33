import type { Clock } from '../clock.ts';

/** How long to wait before asking again: grows by `factor` from `firstMs` to `mostMs`. */
export interface Backoff {
  readonly firstMs: number;
  readonly factor: number;
  readonly mostMs: number;
}

/**
 * Between two fleet calls of one attempt. A host becomes active within some seconds; each further call costs a lease
 * renewal and a call of the fleet's quota, so the pauses grow quickly and stop growing where players notice.
 */
export const FLEET_BACKOFF: Backoff = { firstMs: 200, factor: 1.6, mostMs: 2_000 };

/** Jitter keeps the instances of one fault from coming back all at once. */
const JITTER = 0.2;

/**
 * The pause after the n-th try (from 1), in milliseconds.
 *
 * @param askedForMs what the other side asked for (Retry-After): never less than that
 */
export function pauseMs(backoff: Backoff, tries: number, askedForMs = 0): number {
  const grown = Math.min(backoff.firstMs * backoff.factor ** (tries - 1), backoff.mostMs);
  const jittered = grown * (1 - JITTER + 2 * JITTER * Math.random());
  return Math.max(jittered, askedForMs);
}

/** The shortest pause between two looks at another instance's claim. */
const SHORTEST_LOOK_MS = 50;
/** Of the time waited so far: whoever waits t overshoots by about 6% of t, and 15 s take some 40 looks. */
const LOOK_SHARE = 0.12;

/**
 * When to look again at a session that another instance is asking for, in milliseconds from now.
 *
 * @param leaseLeftMs woken when the other's lease runs out: then the session may be taken over
 */
export function lookAgainMs(waitedMs: number, leaseLeftMs: number): number {
  const paced = Math.max(SHORTEST_LOOK_MS, waitedMs * LOOK_SHARE);
  return Math.max(SHORTEST_LOOK_MS, Math.min(paced, leaseLeftMs));
}

/** What a promise comes to, or `too-late` if it has not by the deadline (monotonic). */
export async function within<T>(
  awaited: Promise<T>,
  deadlineMs: number,
  clock: Clock,
): Promise<T | 'too-late'> {
  const timer = new AbortController();
  const tooLate = clock.sleep(deadlineMs - clock.monotonicMs(), timer.signal).then(() => 'too-late' as const);
  try {
    return await Promise.race([awaited, tooLate]);
  } finally {
    timer.abort();
  }
}
