import { PROBLEMS } from './problem.ts';

/** How an attempt can stand: still open, ended without a problem, or with the problem of this code. */
export const OUTCOMES: readonly string[] = [
  'open',
  'allocated',
  'pending',
  'unknown',
  ...Object.keys(PROBLEMS),
];
