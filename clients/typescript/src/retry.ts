import type { Answer } from './answer.ts';
import type { ProblemCode } from './types.ts';

/** Why the client asks again. */
export type RetryReason = 'pending' | 'connection-lost' | ProblemCode | `http-${number}`;

/** Ask again, not before `waitMs` have passed. */
export interface Retry {
  readonly reason: RetryReason;
  readonly waitMs: number;
}

/** Quick enough for a player after a lost packet; with 8 s at most, thousands of clients are no burden on a broker. */
const FIRST_BACK_OFF_MS = 250;
const MAX_BACK_OFF_MS = 8_000;
/** Clients that were given the same time must not come back in the same instant. */
const HINT_SPREAD = 0.25;
/** What a gateway or the platform answers when the broker itself was not reached, or not in time. */
const PASSING_STATUSES: readonly number[] = [408, 425, 429, 500, 502, 503, 504];

/**
 * The retry rule, all of it: whether an answer is worth another try with the same sessionId, and when. A time that
 * the broker asks for is never undercut; while there is none the wait doubles each time, half of it random.
 *
 * @param unhinted how many answers in a row, this one included, have not said when to come back
 * @param random from 0 (inclusive) to 1 (exclusive)
 * @returns undefined when the answer is final
 */
export function retryOf(answer: Answer, unhinted: number, random: number): Retry | undefined {
  const reason = reasonToRetry(answer);
  if (reason === undefined) return undefined;
  const askedMs = retryAfterOf(answer);
  return {
    reason,
    waitMs: askedMs === undefined ? backOffMs(unhinted, random) : askedMs * (1 + HINT_SPREAD * random),
  };
}

function reasonToRetry(answer: Answer): RetryReason | undefined {
  switch (answer.kind) {
    case 'ok':
    case 'ended':
    case 'redirect':
      return undefined;
    case 'pending':
      return 'pending';
    case 'lost':
      return 'connection-lost';
    case 'problem':
      return answer.problem.retryable ? answer.problem.code : undefined;
    case 'foreign':
      return PASSING_STATUSES.includes(answer.status) ? `http-${answer.status}` : undefined;
  }
}

/** What the answer asked for, in milliseconds. */
export function retryAfterOf(answer: Answer): number | undefined {
  return 'retryAfterMs' in answer ? answer.retryAfterMs : undefined;
}

function backOffMs(unhinted: number, random: number): number {
  const ceiling = Math.min(MAX_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** (unhinted - 1));
  return (ceiling / 2) * (1 + random);
}
