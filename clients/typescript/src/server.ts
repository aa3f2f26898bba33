/** For backends, matchmakers and game servers alone: nothing that players install imports this. */
import type { Answer } from './answer.ts';
import { Connection, pathOf, type CallOptions, type ConnectionOptions } from './connection.ts';
import { AllocationError } from './errors.ts';
import { failureOf } from './failure.ts';
import { persist } from './persist.ts';

export type { CallOptions } from './connection.ts';
export { AllocationError } from './errors.ts';
export type { AllocationErrorCode } from './errors.ts';
export type { Problem, ProblemCode } from './types.ts';

export interface EnderOptions extends ConnectionOptions {
  /** Sent as `x-functions-key`: the key of the function `endings`, which no player may hold. */
  readonly functionKey?: string;
}

/**
 * What has become of an ended session's host, in the words of its fleet:
 *
 * - `told`: it is being shut down.
 * - `no-host`: there is none.
 * - `pending`: the fleet has not confirmed it yet; the broker asks it again until it does.
 * - `not-told`: the fleet's API has no such call; the game server has to end by itself.
 */
export interface SessionEnd {
  readonly fleet: 'told' | 'no-host' | 'pending' | 'not-told';
}

/** A server that ends a match has time, and nobody else may repeat it for it. */
const DEADLINE_MS = 60_000;
/** The fleet call, 8 s unless set otherwise, and the broker's own writes; then nobody answers. */
const REQUEST_MS = 20_000;

/** Ends sessions of one broker. Holds no state between calls. */
export class SessionEnder {
  readonly #broker: Connection;

  /** @throws TypeError when `baseUrl` is no absolute address: no repetition would help */
  constructor(options: EnderOptions) {
    this.#broker = new Connection(options);
  }

  /**
   * Says that a session is over: its id never gets a host again. Repeats it through lost connections and whatever may
   * pass, for at most `deadlineMs` (60 s); repeating is always safe.
   *
   * @throws AllocationError: `unknown-session` where the broker has no row of the session, which it may still get
   */
  async end(sessionId: string, options: CallOptions = {}): Promise<SessionEnd> {
    const { deadlineMs = DEADLINE_MS, signal } = options;
    const { baseUrl } = this.#broker;
    const ask = (remainingMs: number): Promise<Answer> =>
      this.#broker.send(
        { method: 'DELETE', path: pathOf(sessionId) },
        signal,
        Math.min(remainingMs, REQUEST_MS),
      );
    const { answer } = await persist(ask, { baseUrl, deadlineMs, signal });
    if (answer.kind !== 'ended') throw notEnded(answer, baseUrl);
    return { fleet: answer.fleet as SessionEnd['fleet'] };
  }
}

/** What the platform answers by itself means something else here than it does to players. */
function notEnded(answer: Answer, baseUrl: string): AllocationError {
  const status = answer.kind === 'foreign' ? answer.status : 0;
  if (status === 401) {
    const text = 'The function key is missing or wrong. It is that of the function "endings".';
    return new AllocationError('unauthenticated', text);
  }
  if (status === 404) {
    const text = `There is no broker at ${baseUrl}, or one of a version that cannot end sessions. The base URL is its address without /api.`;
    return new AllocationError('unexpected-answer', text);
  }
  return failureOf(answer, baseUrl);
}
