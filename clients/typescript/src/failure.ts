import type { Answer } from './answer.ts';
import { AllocationError } from './errors.ts';

/** The error for an answer that is final and not what was asked for. */
export function failureOf(answer: Answer, baseUrl: string): AllocationError {
  if (answer.kind === 'problem') {
    const { problem } = answer;
    return new AllocationError(problem.code, problem.detail, { problem });
  }
  const status = 'status' in answer ? answer.status : 0;
  switch (status) {
    // The platform refuses a missing or wrong function key by itself, with an empty body.
    case 401:
      return new AllocationError('unauthenticated', 'The function key or the token is missing or wrong.');
    case 403:
      return new AllocationError('forbidden', 'The broker does not allow this.');
    case 404:
      return new AllocationError(
        'unexpected-answer',
        `There is no broker at ${baseUrl}. The base URL is its address without /api.`,
      );
    default:
      return new AllocationError(
        'unexpected-answer',
        `What answers at ${baseUrl} is no broker (status ${status}).`,
      );
  }
}
