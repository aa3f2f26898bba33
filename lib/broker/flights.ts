import type { Problem } from '../contract/problem.ts';
import type { AllocatedRecord, EndedRecord, SessionIdentity } from '../ledger/sessions/session.ts';
import type { Gathering } from './gathering.ts';

/**
 * - `host`: the session's row says which; `own` if this flight's attempt wrote it.
 * - `ended`: the session is over.
 * - `refused`: as things stand nobody gets a host, whoever asks.
 * - `no-host`: the leader's wait ended, or the leader alone was refused; the next may try. `retryAfterSeconds`: before
 *   that, the leader need not ask again.
 */
export type FlightEnd =
  | {
      readonly kind: 'host';
      readonly record: AllocatedRecord;
      readonly own: boolean;
      /** When reading or writing the record began (monotonic). */
      readonly asOfMs: number;
    }
  | { readonly kind: 'ended'; readonly record: EndedRecord }
  | { readonly kind: 'refused'; readonly problem: Problem }
  | { readonly kind: 'no-host'; readonly retryAfterSeconds?: number };

/** One session's work in this process: one caller leads, the others wait for what comes of it. */
export interface Flight {
  readonly ended: Promise<FlightEnd>;
  /** Resolves as soon as it is known what the session was started with; `undefined` if the flight ends before. */
  readonly identified: Promise<SessionIdentity | undefined>;
  /** Absent where the session's mode gathers nobody. */
  readonly gathering: Gathering | undefined;
}

export type Lead = (identify: (identity: SessionIdentity) => void) => Promise<FlightEnd>;

/** The flights of this process, at most one a session. */
export class Flights {
  readonly #running = new Map<string, Flight>();

  running(sessionId: string): Flight | undefined {
    return this.#running.get(sessionId);
  }

  /** Resolves when none is running, those included that begin meanwhile. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  /** Leads the session's flight; throws what `lead` throws, which the others then see as `no-host`. */
  async lead(sessionId: string, gathering: Gathering | undefined, lead: Lead): Promise<FlightEnd> {
    const identity = Promise.withResolvers<SessionIdentity | undefined>();
    const led = lead(identity.resolve);
    const ended = led.catch((): FlightEnd => ({ kind: 'no-host' }));
    this.#running.set(sessionId, { ended, identified: identity.promise, gathering });
    try {
      return await led;
    } finally {
      this.#running.delete(sessionId);
      identity.resolve(undefined);
    }
  }
}
