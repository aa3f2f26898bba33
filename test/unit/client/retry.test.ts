import type { Answer } from '../../../clients/typescript/src/answer.ts';
import { retryOf } from '../../../clients/typescript/src/retry.ts';
import type { Problem } from '../../../clients/typescript/src/index.ts';

const lost: Answer = { kind: 'lost', cause: new Error('reset') };
const foreign = (status: number): Answer => ({ kind: 'foreign', status });
const problem = (retryable: boolean, retryAfterMs?: number): Answer => ({
  kind: 'problem',
  problem: { code: 'no-capacity', retryable } as Problem,
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});

test('the back-off doubles from 250 ms to 8 s, between half of it and all of it', () => {
  const range = (attempt: number): unknown[] =>
    [0, 1].map((random) => retryOf(lost, attempt, random)?.waitMs);
  expect(range(1)).toEqual([125, 250]);
  expect(range(2)).toEqual([250, 500]);
  expect(range(3)).toEqual([500, 1000]);
  expect(range(6)).toEqual([4000, 8000]);
  expect(range(7)).toEqual([4000, 8000]);
  expect(range(2000)).toEqual([4000, 8000]);
});

test('a time that the broker asks for is never undercut, and spread by a quarter', () => {
  expect(retryOf(problem(true, 4_000), 1, 0)).toEqual({ reason: 'no-capacity', waitMs: 4000 });
  expect(retryOf(problem(true, 4_000), 9, 1)).toEqual({ reason: 'no-capacity', waitMs: 5000 });
});

test('what is final', () => {
  expect(retryOf(problem(false, 4_000), 1, 0)).toBeUndefined();
  expect(retryOf({ kind: 'ok', status: 201, body: {} }, 1, 0)).toBeUndefined();
  for (const status of [200, 400, 401, 403, 404, 411, 501])
    expect(retryOf(foreign(status), 1, 0)).toBeUndefined();
});

test('what may pass', () => {
  for (const status of [408, 425, 429, 500, 502, 503, 504]) {
    expect(retryOf(foreign(status), 1, 0)?.reason).toBe(`http-${status}`);
  }
  expect(retryOf(lost, 1, 0)?.reason).toBe('connection-lost');
});
