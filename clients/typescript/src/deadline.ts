/** Timers of a busy process are late as well, though not by this much. */
const ASLEEP_MS = 500;
/** A phone needs a moment until its network is back. */
const LAST_LOOK_MS = 5_000;

/**
 * The deadline of one call. If it passes while the process does not run (a phone whose app is in the background, a
 * console in standby), the host may be there all the same: the deadline is put off once, for a last look.
 */
export class Deadline {
  readonly #startedMs = performance.now();
  #ms: number;
  #putOff = false;

  /** @param ms from now */
  constructor(ms: number) {
    this.#ms = ms;
  }

  elapsedMs(): number {
    return performance.now() - this.#startedMs;
  }

  remainingMs(): number {
    return this.#ms - this.elapsedMs();
  }

  /** Puts the deadline off if it has passed asleep, and says whether it did. */
  putOffAfterSleep(): boolean {
    if (this.#putOff || this.remainingMs() > -ASLEEP_MS) return false;
    this.#ms = this.elapsedMs() + LAST_LOOK_MS;
    this.#putOff = true;
    return true;
  }
}
