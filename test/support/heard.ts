import type { Problem } from '../../lib/contract/problem.ts';

/** What a caller of the broker was told, as soon as it was. */
export interface Heard<T> {
  told?: T | Problem;
}

export function heardOf<T>(answer: Promise<T>): Heard<T> {
  const caller: Heard<T> = {};
  answer.then(
    (told) => (caller.told = told),
    (problem: unknown) => (caller.told = problem as Problem),
  );
  return caller;
}
