import { setImmediate as macrotask } from 'node:timers/promises';
import type { Clock } from '../../lib/clock.ts';

interface Timer {
  readonly atMs: number;
  readonly fire: () => void;
}

interface VirtualClockOptions {
  /** Sleeping moves the clock at once: for a test that awaits the sleeper itself, so that nobody could wake it. */
  readonly sleepPasses?: boolean;
}

/** Time that passes only when a test lets it; sleepers wake in order, each before the next moment begins. */
export class VirtualClock implements Clock {
  readonly #startMs: number;
  readonly #sleepPasses: boolean;
  #elapsedMs = 0;
  #timers: Timer[] = [];

  constructor(start = '2026-11-22T08:15:30.250Z', { sleepPasses = false }: VirtualClockOptions = {}) {
    this.#startMs = Date.parse(start);
    this.#sleepPasses = sleepPasses;
  }

  wallMs(): number {
    return this.#startMs + this.#elapsedMs;
  }

  monotonicMs(): number {
    return 1_000_000 + this.#elapsedMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (!this.#sleepPasses) return this.#wake(ms, signal);
    this.#elapsedMs += Math.max(0, ms);
    return Promise.resolve();
  }

  timeout(ms: number): AbortSignal {
    const controller = new AbortController();
    void this.#wake(ms).then(() => controller.abort(new DOMException('timed out', 'TimeoutError')));
    return controller.signal;
  }

  /** Lets everything that can go on without time passing go on. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 5; turn += 1) await macrotask();
  }

  /** Lets this much time pass; a clock that is set back has a negative one. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#elapsedMs + ms;
    await this.settle();
    for (let next = this.#next(untilMs); next !== undefined; next = this.#next(untilMs)) {
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#elapsedMs = Math.max(this.#elapsedMs, next.atMs);
      next.fire();
      await this.settle();
    }
    this.#elapsedMs = untilMs;
  }

  #wake(ms: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const timer = { atMs: this.#elapsedMs + Math.max(0, ms), fire: () => resolve(undefined) };
    this.#timers.push(timer);
    signal?.addEventListener('abort', () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
      reject(signal.reason as Error);
    });
    return promise;
  }

  #next(untilMs: number): Timer | undefined {
    return this.#timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
  }
}
