import { randomBytes } from 'node:crypto';
import type { Clock } from '../fleet/clock.ts';

/** Why an entity token is refused; named as PlayFab names the error. */
export type TokenProblem = 'EntityTokenMissing' | 'EntityTokenInvalid' | 'EntityTokenExpired';

/**
 * The entity tokens this simulator has issued. They belong to the process, not to its world: a caller that keeps its
 * token must not lose it to a test that resets the fleet.
 */
export class EntityTokens {
  readonly #lifeMs: number;
  readonly #clock: Clock;
  /** When each expires, on the monotonic clock. Expired ones stay: unknown ones get another answer. */
  readonly #endsAtMs = new Map<string, number>();

  constructor(lifeSeconds: number, clock: Clock) {
    this.#lifeMs = lifeSeconds * 1000;
    this.#clock = clock;
  }

  issue(): { token: string; expiration: string } {
    const token = randomBytes(48).toString('base64');
    const { wallMs, monotonicMs } = this.#clock();
    this.#endsAtMs.set(token, monotonicMs + this.#lifeMs);
    return { token, expiration: new Date(wallMs + this.#lifeMs).toISOString() };
  }

  /** What is wrong with a token, or undefined when it is good. */
  problemOf(token: string | undefined): TokenProblem | undefined {
    if (!token) return 'EntityTokenMissing';
    const endsAtMs = this.#endsAtMs.get(token);
    if (endsAtMs === undefined) return 'EntityTokenInvalid';
    return this.#clock().monotonicMs < endsAtMs ? undefined : 'EntityTokenExpired';
  }
}
