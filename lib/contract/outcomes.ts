import { PROBLEMS, type ProblemCode } from './problem.ts';

/**
 * How an attempt can stand: `open` (it has not ended, or its broker died), `allocated` (the session has its host),
 * `pending` (the wait ended first), `unknown` (a host may have been started, and nobody knows), or the code of the
 * problem that its caller got.
 */
export type Outcome = 'open' | 'allocated' | 'pending' | 'unknown' | ProblemCode;

export const OUTCOMES: readonly Outcome[] = [
  'open',
  'allocated',
  'pending',
  'unknown',
  ...(Object.keys(PROBLEMS) as ProblemCode[]),
];
