import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import { type AllocatedRecord, EXPIRY_MARGIN_MS, type EndedRecord } from '../ledger/sessions/session.ts';

/** Retries come within minutes of the allocation: this many sessions are more than an instance starts in them. */
const MOST_SESSIONS = 2_000;

/**
 * - `fresh`: the session's answer, as it was read not long ago.
 * - `ended`: it is over, and stays so.
 * - `stale`: the session is known, but may have been ended elsewhere since it was read.
 */
export type Remembered =
  | { readonly kind: 'fresh'; readonly record: AllocatedRecord }
  | { readonly kind: 'ended'; readonly record: EndedRecord }
  | { readonly kind: 'stale' };

interface Entry {
  readonly record: AllocatedRecord | EndedRecord;
  readonly asOfMs: number;
}

/** What this instance remembers: sessions that have their host, and those that are over. */
export class SessionMemory {
  readonly #entries: LRUCache<string, Entry>;
  readonly #clock: Clock;
  readonly #confirmAfterMs: number;

  /** @param confirmAfterMs when an answer is to be confirmed by a reading, before it is given again */
  constructor(clock: Clock, confirmAfterMs: number) {
    const perf = { now: () => clock.monotonicMs() };
    // Resolution 0: without it the cache keeps a timer of its own to remember what time it is.
    this.#entries = new LRUCache({ max: MOST_SESSIONS, perf, ttlResolution: 0 });
    this.#clock = clock;
    this.#confirmAfterMs = confirmAfterMs;
  }

  get(sessionId: string): Remembered | undefined {
    const entry = this.#entries.get(sessionId);
    if (entry === undefined) return undefined;
    const { record, asOfMs } = entry;
    if (record.state === 'ended') return { kind: 'ended', record };
    const isFresh = this.#clock.monotonicMs() - asOfMs < this.#confirmAfterMs;
    return isFresh ? { kind: 'fresh', record } : { kind: 'stale' };
  }

  /**
   * An answer that was read before the session ended does not replace its end.
   *
   * @param asOfMs when reading or writing it began (monotonic): what was written before that is in it
   */
  put(record: AllocatedRecord, asOfMs: number): void {
    const known = this.#entries.get(record.sessionId)?.record;
    const isOlder = known?.state === 'ended' && known.generation >= record.generation;
    if (isOlder) return;
    const sinceMs = this.#clock.monotonicMs() - asOfMs;
    this.#keep({ record, asOfMs }, record.expiresInMs - sinceMs - EXPIRY_MARGIN_MS);
  }

  /** The session is over, and stays so for as long as a host of it might still be given out. */
  bury(record: EndedRecord): void {
    this.#keep({ record, asOfMs: Infinity }, record.expiresInMs + EXPIRY_MARGIN_MS);
  }

  #keep(entry: Entry, forMs: number): void {
    const ttl = Math.floor(forMs);
    if (ttl > 0) this.#entries.set(entry.record.sessionId, entry, { ttl });
  }
}
