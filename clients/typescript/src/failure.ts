import type { Answer } from './answer.ts';
import { describe } from './describe.ts';
import { AllocationError } from './errors.ts';

/** The error for an answer that is final and not what was asked for. */
export function failureOf(answer: Answer, baseUrl: string): AllocationError {
  const message = describe(answer, baseUrl);
  if (answer.kind === 'problem') {
    const { problem } = answer;
    return new AllocationError(problem.code, message, { problem });
  }
  const status = answer.kind === 'foreign' ? answer.status : 0;
  const code = status === 401 ? 'unauthenticated' : status === 403 ? 'forbidden' : 'unexpected-answer';
  return new AllocationError(code, message);
}
