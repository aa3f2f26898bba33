import type { Clock } from '../clock.ts';

/** What a promise comes to, or `too-late` if it has not by the deadline (monotonic). */
export async function within<T>(
  awaited: Promise<T>,
  deadlineMs: number,
  clock: Clock,
): Promise<T | 'too-late'> {
  const timer = new AbortController();
  const tooLate = clock.sleep(deadlineMs - clock.monotonicMs(), timer.signal).then(() => 'too-late' as const);
  try {
    return await Promise.race([awaited, tooLate]);
  } finally {
    timer.abort();
  }
}
