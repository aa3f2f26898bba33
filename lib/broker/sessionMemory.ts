import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import { type AllocatedRecord, EXPIRY_MARGIN_MS } from '../ledger/sessions/session.ts';

/** Retries come within minutes of the allocation: this many sessions are more than an instance starts in them. */
const MOST_SESSIONS = 2_000;

/** What this instance remembers: allocated sessions only, which cannot change before they expire. */
export class SessionMemory {
  readonly #records: LRUCache<string, AllocatedRecord>;

  constructor(clock: Clock) {
    const perf = { now: () => clock.monotonicMs() };
    // Resolution 0: without it the cache keeps a timer of its own to remember what time it is.
    this.#records = new LRUCache({ max: MOST_SESSIONS, perf, ttlResolution: 0 });
  }

  get(sessionId: string): AllocatedRecord | undefined {
    return this.#records.get(sessionId);
  }

  put(record: AllocatedRecord): void {
    const ttl = Math.floor(record.expiresInMs - EXPIRY_MARGIN_MS);
    if (ttl > 0) this.#records.set(record.sessionId, record, { ttl });
  }
}
