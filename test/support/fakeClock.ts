import type { Clock } from '../../lib/clock.ts';

/** A clock that stands still until it is moved; sleeping moves it. */
export class FakeClock implements Clock {
  #elapsedMs = 0;
  readonly #startMs: number;

  constructor(start = '2026-11-22T08:15:30.250Z') {
    this.#startMs = Date.parse(start);
  }

  wallMs(): number {
    return this.#startMs + this.#elapsedMs;
  }

  monotonicMs(): number {
    return 1_000 + this.#elapsedMs;
  }

  advance(ms: number): void {
    this.#elapsedMs += ms;
  }

  async sleep(ms: number): Promise<void> {
    this.#elapsedMs += Math.max(0, ms);
    await Promise.resolve();
  }

  timeout(): AbortSignal {
    return new AbortController().signal;
  }
}
