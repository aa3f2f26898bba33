import type { Answer } from './answer.ts';
import { Deadline } from './deadline.ts';
import { describe } from './describe.ts';
import { AllocationError } from './errors.ts';
import { retryAfterOf, retryOf, type RetryReason } from './retry.ts';
import { fired, within } from './within.ts';

/** What a waiting player can be shown. `attempt` counts from 1; times are milliseconds, `elapsedMs` since the call. */
export type AllocationProgress =
  | { readonly kind: 'asking'; readonly attempt: number; readonly elapsedMs: number }
  | {
      readonly kind: 'waiting';
      readonly attempt: number;
      readonly elapsedMs: number;
      /** Until the next attempt. */
      readonly waitMs: number;
      readonly reason: RetryReason;
      /** The reason in a sentence for developers, with what to do about it: a wrong port shows here at once. */
      readonly message: string;
    }
  /** `replayed`: another call of the session had obtained the host. */
  | {
      readonly kind: 'allocated';
      readonly attempt: number;
      readonly elapsedMs: number;
      readonly replayed: boolean;
    };

/** How long to go on, and who may stop it. */
export interface Patience {
  readonly baseUrl: string;
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onProgress?: ((progress: AllocationProgress) => void) | undefined;
  /** Whether "not yet" answers the question. */
  readonly pendingIsFinal?: boolean;
}

/** An answer after which asking again is of no use. */
export interface Final {
  readonly answer: Answer;
  readonly attempt: number;
  readonly elapsedMs: number;
}

/**
 * Asks until the answer is final.
 *
 * @param ask sends one request; is given how many milliseconds are left
 * @throws AllocationError `deadline-exceeded` or `aborted`
 */
export async function persist(
  ask: (remainingMs: number) => Promise<Answer>,
  patience: Patience,
): Promise<Final> {
  const { baseUrl, signal, onProgress, pendingIsFinal = false } = patience;
  const deadline = new Deadline(patience.deadlineMs);
  for (let attempt = 1, unhinted = 0; ; attempt += 1) {
    throwIfAborted(signal);
    onProgress?.({ kind: 'asking', attempt, elapsedMs: deadline.elapsedMs() });
    const answer = await ask(deadline.remainingMs());
    throwIfAborted(signal);
    unhinted = retryAfterOf(answer) === undefined ? unhinted + 1 : 0;
    const retry =
      pendingIsFinal && answer.kind === 'pending' ? undefined : retryOf(answer, unhinted, Math.random());
    const elapsedMs = deadline.elapsedMs();
    if (retry === undefined) return { answer, attempt, elapsedMs };
    if (deadline.putOffAfterSleep()) continue;
    // No use in making a player wait for an attempt that will not be made.
    if (retry.waitMs >= deadline.remainingMs()) throw gaveUp(answer, attempt, patience);
    onProgress?.({ kind: 'waiting', attempt, elapsedMs, ...retry, message: describe(answer, baseUrl) });
    await within(retry.waitMs, signal, fired);
    deadline.putOffAfterSleep();
  }
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new AllocationError('aborted', 'The call was aborted.', { cause: signal.reason });
}

function gaveUp(answer: Answer, attempts: number, { baseUrl, deadlineMs }: Patience): AllocationError {
  const tries = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
  const message = `No final answer within ${deadlineMs} ms (${tries}). ${describe(answer, baseUrl)}`;
  return new AllocationError('deadline-exceeded', message, {
    ...(answer.kind === 'problem' ? { problem: answer.problem } : {}),
    ...(answer.kind === 'lost' ? { cause: answer.cause } : {}),
  });
}
