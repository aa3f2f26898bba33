import { setTimeout as delay } from 'node:timers/promises';

/** Time as the broker sees it, so that tests can hold it. */
export interface Clock {
  /** Milliseconds since the epoch; may be wrong, may jump: for people and for columns, never for leases. */
  wallMs(): number;
  /** Milliseconds that only ever go forward; what leases and waits are counted on. */
  monotonicMs(): number;
  /** Rejects when the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Aborts after this many whole milliseconds; does not keep the process alive. */
  timeout(ms: number): AbortSignal;
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: async (ms, signal) => {
    await delay(Math.max(0, ms), undefined, signal && { signal });
  },
  timeout: (ms) => AbortSignal.timeout(ms),
};
