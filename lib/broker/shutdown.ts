import type { Clock } from '../clock.ts';
import { within } from './pauses.ts';

/** What the end of this process means for the work under way. */
export interface Stopping {
  /** Aborts when the process is asked to stop: nothing new is claimed, no further call is made, nobody waits any longer. */
  readonly begun: AbortSignal;
  /** Aborts when calls in flight have had their time. */
  readonly cut: AbortSignal;
}

/** Calls in flight get this long to end by themselves: most do, and their callers get their host. */
const CALL_GRACE_MS = 1_000;

/** After the cut: a release and a closed history row, each one write. The platform ends a process some seconds later. */
const WRITE_GRACE_MS = 3_000;

/** An orderly end of this process: no death, so that the next caller of a session need not wait for a lease. */
export class Shutdown implements Stopping {
  readonly #begun = new AbortController();
  readonly #cut = new AbortController();
  readonly begun = this.#begun.signal;
  readonly cut = this.#cut.signal;

  /** @param idle resolves when no work is under way any more */
  async run(idle: () => Promise<void>, clock: Clock): Promise<void> {
    this.#begun.abort();
    await within(idle(), clock.monotonicMs() + CALL_GRACE_MS, clock);
    this.#cut.abort(new DOMException('the process ends', 'TimeoutError'));
    await within(idle(), clock.monotonicMs() + WRITE_GRACE_MS, clock);
  }
}
