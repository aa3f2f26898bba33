import { setTimeout as sleep } from 'node:timers/promises';

/** Generous: it bounds a test that will fail anyway, on a machine that is busy with others. */
const DEADLINE_MS = 30_000;
const PAUSE_MS = 25;

/**
 * Looks until `probe` finds something, and resolves with it.
 *
 * @param what named in the error when the deadline passes
 */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`not within ${DEADLINE_MS / 1_000} s: ${what}`);
    await sleep(PAUSE_MS);
  }
}
