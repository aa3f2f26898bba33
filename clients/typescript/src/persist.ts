import type { Answer } from './answer.ts';
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
 * @param ask sends one request; is told how many milliseconds are left
 * @throws AllocationError `deadline-exceeded` or `aborted`
 */
export async function persist(
  ask: (remainingMs: number) => Promise<Answer>,
  { deadlineMs, signal, onProgress, pendingIsFinal = false }: Patience,
): Promise<Final> {
  const startedMs = performance.now();
  const elapsed = (): number => performance.now() - startedMs;
  for (let attempt = 1, unhinted = 0; ; attempt += 1) {
    throwIfAborted(signal);
    onProgress?.({ kind: 'asking', attempt, elapsedMs: elapsed() });
    const answer = await ask(deadlineMs - elapsed());
    throwIfAborted(signal);
    unhinted = retryAfterOf(answer) === undefined ? unhinted + 1 : 0;
    const retry =
      pendingIsFinal && answer.kind === 'pending' ? undefined : retryOf(answer, unhinted, Math.random());
    const elapsedMs = elapsed();
    if (retry === undefined) return { answer, attempt, elapsedMs };
    // No use in making a player wait for an attempt that will not be made.
    if (elapsedMs + retry.waitMs >= deadlineMs) throw gaveUp(answer, attempt, retry.reason, deadlineMs);
    onProgress?.({ kind: 'waiting', attempt, elapsedMs, ...retry });
    await within(retry.waitMs, signal, fired);
  }
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new AllocationError('aborted', 'The call was aborted.', { cause: signal.reason });
}

function gaveUp(answer: Answer, attempts: number, reason: RetryReason, deadlineMs: number): AllocationError {
  const tries = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
  const message = `No final answer within ${deadlineMs} ms: ${tries}, the last of which ended with "${reason}".`;
  return new AllocationError('deadline-exceeded', message, {
    ...(answer.kind === 'problem' ? { problem: answer.problem } : {}),
    ...(answer.kind === 'lost' ? { cause: answer.cause } : {}),
  });
}
