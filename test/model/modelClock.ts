import type { Clock } from '../../lib/clock.ts';
import type { Process, World } from './world.ts';

const BOOTED_MS = Date.parse('2026-11-20T00:00:00Z');

/** A process's clock. Wall clocks are wrong by hours, and monotonic ones start anywhere; all tick alike. */
export function clockOf(process: Process, world: World, skewMs: number): Clock {
  const sleep = (ms: number, signal?: AbortSignal): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const callOff = world.after(ms, process, () => resolve(undefined));
    signal?.addEventListener('abort', () => {
      callOff();
      reject(signal.reason as Error);
    });
    return promise;
  };
  return {
    wallMs: () => world.nowMs + skewMs,
    monotonicMs: () => world.nowMs - BOOTED_MS + 3 * skewMs,
    sleep,
    timeout: (ms) => {
      const controller = new AbortController();
      world.after(ms, process, () => controller.abort(new DOMException('timed out', 'TimeoutError')));
      return controller.signal;
    },
  };
}
