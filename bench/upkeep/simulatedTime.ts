import { setImmediate as macrotask } from 'node:timers/promises';
import type { Clock } from '../../lib/clock.ts';

/**
 * Time that jumps from one moment at which something happens to the next, in whole milliseconds: a day in which storage
 * answers tens of millions of requests passes as fast as the code under test runs.
 */
export class SimulatedTime implements Clock {
  #nowMs: number;
  readonly #sleepers = new Map<number, (() => void)[]>();
  /** The moments at which somebody wakes, in order. */
  readonly #moments: number[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  wallMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  sleep(ms: number): Promise<void> {
    return this.until(this.#nowMs + ms);
  }

  timeout(): AbortSignal {
    return new AbortController().signal;
  }

  /** Resolves at this moment, or at once where it is past. */
  until(atMs: number): Promise<void> {
    const moment = Math.max(this.#nowMs, Math.ceil(atMs));
    return new Promise((resolve) => {
      const sleepers = this.#sleepers.get(moment);
      if (sleepers !== undefined) {
        sleepers.push(resolve);
        return;
      }
      this.#sleepers.set(moment, [resolve]);
      // Mostly the last: operations take about as long as each other.
      let at = this.#moments.length;
      while (at > 0 && (this.#moments[at - 1] ?? 0) > moment) at -= 1;
      this.#moments.splice(at, 0, moment);
    });
  }

  /** Lets time pass until the work is done. */
  async pass<T>(work: Promise<T>): Promise<T> {
    const state = { isDone: false };
    const done = (): void => void (state.isDone = true);
    work.then(done, done);
    await macrotask();
    while (!state.isDone) {
      const moment = this.#moments.shift();
      if (moment === undefined) throw new Error('the work waits for something that never happens');
      this.#nowMs = moment;
      const sleepers = this.#sleepers.get(moment) ?? [];
      this.#sleepers.delete(moment);
      for (const wake of sleepers) wake();
      await macrotask();
    }
    return work;
  }
}
