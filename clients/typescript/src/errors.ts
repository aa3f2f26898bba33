import type { Problem, ProblemCode } from './types.ts';

/**
 * Every way in which a call can fail: the broker's own codes, and
 * - `deadline-exceeded`: no final answer in time, or the broker asked to wait until after the deadline;
 * - `aborted`: the caller's signal; its reason is the `cause`;
 * - `unexpected-answer`: what answered is no broker, or the platform refused before the broker's code ran.
 */
export type AllocationErrorCode = ProblemCode | 'deadline-exceeded' | 'aborted' | 'unexpected-answer';

/** The one error of this client. Decide on `code`; show `problem.instance` to support. */
export class AllocationError extends Error {
  override readonly name = 'AllocationError';
  readonly code: AllocationErrorCode;
  /** The broker's last problem, where there was one: after `deadline-exceeded` it says what stood in the way. */
  readonly problem?: Problem;

  constructor(
    code: AllocationErrorCode,
    message: string,
    options: { problem?: Problem; cause?: unknown } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    if (options.problem !== undefined) this.problem = options.problem;
  }
}
