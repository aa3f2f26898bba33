/** Timers hold 31 bits (HTML Standard, "Timers"): what is longer would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Runs `work` with a signal that fires when `outer` does or when the time is up, and leaves no timer or listener
 * behind. (`AbortSignal.any` and `.timeout` would do it in one line, but not in browsers from before 2024.)
 */
export async function within<T>(
  ms: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const inner = new AbortController();
  const forward = (): void => inner.abort(outer?.reason);
  const timer = setTimeout(() => inner.abort(new Error('timed out')), Math.min(ms, LONGEST_TIMER_MS));
  outer?.addEventListener('abort', forward, { once: true });
  if (outer?.aborted === true) forward();
  try {
    return await work(inner.signal);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener('abort', forward);
  }
}

/** Resolves when the signal fires. */
export function fired(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
