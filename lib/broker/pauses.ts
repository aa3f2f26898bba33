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
/** Of the time waited so far: whoever waits t hears this share of t later than the holder, and the read's time. */
const LOOK_SHARE = 0.12;
/** Before this share of what the fleet takes at the least, a host is hardly there: the looks that count begin then. */
const FIRST_LOOK_SHARE = 0.85;
/** What a pace that is out of date costs a waiting caller at the most: until then it looks all the same. */
const LONGEST_BLIND_MS = 1_000;

/** What a waiting caller knows of the claim that it waits for. */
export interface Wait {
  readonly waitedMs: number;
  /**
   * For how long the holder has been asking: what its wall clock and this instance's make of it. Where they disagree,
   * looks are wasted, or a caller that came late hears {@link LONGEST_BLIND_MS} later; nothing else rests on it.
   */
  readonly askingMs: number;
  /** Woken when the other's lease runs out: then the session may be taken over. */
  readonly leaseLeftMs: number;
  /** What obtaining a host has taken lately, at the least; 0 when nothing is known. */
  readonly leastMs: number;
  /** While the holder gathers callers: for how long, before it asks. */
  readonly gatherLeftMs?: number | undefined;
}

/** When to look again at a session that another instance is asking for, in milliseconds from now. */
export function lookAgainMs({ waitedMs, askingMs, leaseLeftMs, leastMs, gatherLeftMs = 0 }: Wait): number {
  const askedMs = gatherLeftMs > 0 ? -gatherLeftMs : Math.max(waitedMs, askingMs);
  const untilFirst = leastMs * FIRST_LOOK_SHARE - askedMs;
  const paced = Math.max(SHORTEST_LOOK_MS, waitedMs * LOOK_SHARE, Math.min(untilFirst, LONGEST_BLIND_MS));
  return Math.max(0, Math.min(paced, leaseLeftMs));
}

/** Enough to know the fleet's pace by, and few enough to notice when it changes. */
const REMEMBERED_TIMES = 16;

/** How long new sessions' hosts have taken lately, from the claim to the settled row, in this instance. */
export class FleetPace {
  readonly #timesMs: number[] = [];

  note(ms: number): void {
    this.#timesMs.push(ms);
    if (this.#timesMs.length > REMEMBERED_TIMES) this.#timesMs.shift();
  }

  /** 0 when nothing is known. */
  get leastMs(): number {
    return this.#timesMs.length === 0 ? 0 : Math.min(...this.#timesMs);
  }
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

/** Sleeps, and wakes early, without an error, when the signal is aborted. */
export async function sleepUnless(signal: AbortSignal, ms: number, clock: Clock): Promise<void> {
  if (signal.aborted) return;
  await clock.sleep(ms, signal).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
