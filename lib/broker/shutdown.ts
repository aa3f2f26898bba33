import type { Clock } from '../clock.ts';
import { within } from './pauses.ts';

/**
 * Something that happens once in a process, and that everything under way must hear of. Each piece of work gets a signal of
 * its own: on one that lives as long as the process, listeners pile up (measured on Node 22.23: `AbortSignal.any` keeps
 * 2 KB for every signal that it was ever combined with).
 */
export class Step {
  readonly #heard = new Set<AbortController>();
  #taken = false;

  get isTaken(): boolean {
    return this.#taken;
  }

  take(): void {
    this.#taken = true;
    for (const controller of this.#heard)
      controller.abort(new DOMException('the process stops', 'TimeoutError'));
  }

  /** Does the work with a controller that the step aborts; whoever has other reasons to abort it may do so, too. */
  async during<T>(work: (controller: AbortController) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    if (this.#taken) controller.abort(new DOMException('the process stops', 'TimeoutError'));
    this.#heard.add(controller);
    try {
      return await work(controller);
    } finally {
      this.#heard.delete(controller);
    }
  }
}

/** What the end of this process means for the work under way. */
export interface Stopping {
  /** The process is asked to stop: nothing new is claimed, no further call is made, nobody waits any longer. */
  readonly begun: Step;
  /** Calls in flight have had their time. */
  readonly cut: Step;
}

/** Calls in flight get this long to end by themselves: most do, and their callers get their host. */
const CALL_GRACE_MS = 1_000;

/** After the cut: a release and a closed history row, each one write. The platform ends a process some seconds later. */
const WRITE_GRACE_MS = 3_000;

/** An orderly end of this process: no death, so that the next caller of a session need not wait for a lease. */
export class Shutdown implements Stopping {
  readonly begun = new Step();
  readonly cut = new Step();

  /** @param idle resolves when no work is under way any more */
  async run(idle: () => Promise<void>, clock: Clock): Promise<void> {
    this.begun.take();
    await within(idle(), clock.monotonicMs() + CALL_GRACE_MS, clock);
    this.cut.take();
    await within(idle(), clock.monotonicMs() + WRITE_GRACE_MS, clock);
  }
}
