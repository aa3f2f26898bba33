/** One moment on both clocks: the wall clock to compare with other processes' logs, the monotonic one for durations. */
export interface Instant {
  /** Milliseconds since the Unix epoch. */
  readonly wallMs: number;
  /** Milliseconds since the simulator started, to the microsecond; never goes back. */
  readonly monotonicMs: number;
}

/** Reads both clocks. Injected, so that tests can freeze time. */
export type Clock = () => Instant;

export const systemClock: Clock = () => ({
  wallMs: Date.now(),
  monotonicMs: Math.round(performance.now() * 1000) / 1000,
});

/** The moment `ms` milliseconds after `instant`. */
export function later(instant: Instant, ms: number): Instant {
  return { wallMs: instant.wallMs + ms, monotonicMs: instant.monotonicMs + ms };
}
