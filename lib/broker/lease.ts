import type { Clock } from '../clock.ts';
import type { Charge } from '../ledger/quota/quota.ts';
import type { Claim } from '../ledger/sessions/ledger.ts';
import { StorageFault } from '../ledger/storageFault.ts';
import { sleepUnless } from './pauses.ts';

/**
 * How long a claim holds without being renewed: what a broker that dies costs the next caller. Short enough for a player
 * to wait, and long enough for a renewal to be late by a second.
 */
export const LEASE_MS = 2_500;

/** How often a lease is renewed while the fleet is asked: a call that takes less costs no renewal. */
const RENEW_EVERY_MS = 1_000;

/**
 * What a lease leaves over when a fleet call must have ended: for the cut to take effect, and for clocks that tick at
 * slightly different speeds.
 */
const LEASE_MARGIN_MS = 300;

/** A lease older than this is renewed before a call begins, so that the first renewal beside the call may be late. */
const FRESH_MS = 300;

/**
 * What a renewal beside a call may take. A write that hangs is given up while there is time for another one: the first
 * is sent 1.3 s after the last confirmed write at the latest, and the call is cut 0.9 s later.
 */
const RENEWAL_TIMEOUT_MS = 500;

/** From one try to renew to the next: the storage service is in trouble, and the lease is short. */
const RETRY_EVERY_MS = 200;

/** `lost`: another attempt has the session now. `fault`: the lease could not be confirmed. */
export type LeaseState = 'held' | 'lost' | 'fault';

/** One claim's lease, as the holder keeps it. */
export class Lease {
  readonly #claim: Claim;
  readonly #charge: Charge | undefined;
  readonly #clock: Clock;

  /** @param charge what the session was counted as in a quota: kept with each renewal */
  constructor(claim: Claim, charge: Charge | undefined, clock: Clock) {
    this.#claim = claim;
    this.#charge = charge;
    this.#clock = clock;
  }

  /** Until a fleet call must have ended, in milliseconds. */
  usableMs(): number {
    return this.#claim.leaseLeftMs() - LEASE_MARGIN_MS;
  }

  /** Makes the lease long enough to begin a call on. */
  async freshen(): Promise<LeaseState> {
    return LEASE_MS - this.#claim.leaseLeftMs() <= FRESH_MS ? 'held' : this.#renew();
  }

  /**
   * Does the work, and renews the lease beside it for as long as it takes.
   *
   *     write        renewal            renewal            fault     fault
   *     ├──── lease ───┼──────────────────┼──────────────────┼────────┼───────┤ runs out
   *     work ▶─────────────────────────────────────────────────────────────✂ cut, a margin before
   *
   * @param cut aborted when the last confirmed lease is about to run out, or is another's
   */
  async during<T>(cut: AbortController, work: () => Promise<T>): Promise<{ result: T; lease: LeaseState }> {
    const over = new AbortController();
    const keeping = Promise.all([this.#guard(cut, over.signal), this.#keep(cut, over.signal)]);
    try {
      const result = await work();
      over.abort();
      const [, lease] = await keeping;
      return { result, lease };
    } finally {
      over.abort();
      await keeping;
    }
  }

  /** Cuts the work when the confirmed lease, as it stands by then, has no more time for it. */
  async #guard(cut: AbortController, over: AbortSignal): Promise<void> {
    while (!over.aborted && !cut.signal.aborted) {
      const leftMs = this.usableMs();
      if (leftMs <= 0) cut.abort(new DOMException('the lease ran out', 'TimeoutError'));
      else await sleepUnless(over, leftMs, this.#clock);
    }
  }

  /** A write that is under way when the work ends is waited for: the next one needs to know the row. */
  async #keep(cut: AbortController, over: AbortSignal): Promise<LeaseState> {
    let state: LeaseState = 'held';
    let pauseMs = RENEW_EVERY_MS;
    for (;;) {
      await sleepUnless(over, pauseMs, this.#clock);
      if (over.aborted || cut.signal.aborted) return state;
      const sentAtMs = this.#clock.monotonicMs();
      state = await this.#renew(RENEWAL_TIMEOUT_MS);
      // A try that hung has waited long enough.
      const triedMs = this.#clock.monotonicMs() - sentAtMs;
      pauseMs = state === 'fault' ? Math.max(0, RETRY_EVERY_MS - triedMs) : RENEW_EVERY_MS;
      if (state === 'lost') {
        cut.abort(new DOMException('the lease is another attempt’s', 'TimeoutError'));
        return state;
      }
    }
  }

  async #renew(withinMs?: number): Promise<LeaseState> {
    try {
      return (await this.#claim.renew(this.#charge, withinMs)) ? 'held' : 'lost';
    } catch (error) {
      if (error instanceof StorageFault) return 'fault';
      throw error;
    }
  }
}
