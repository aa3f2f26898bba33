import type { Clock } from '../../../local/fleet/clock.ts';
import { EntityTokens } from '../../../local/playFab/entityTokens.ts';

let nowMs = 0;
const clock: Clock = () => ({ wallMs: Date.UTC(2026, 10, 23, 8) + nowMs, monotonicMs: 5000 + nowMs });

beforeEach(() => {
  nowMs = 0;
});

test('a token is good until its time is over, to the millisecond, and then known to have expired', () => {
  const tokens = new EntityTokens(60, clock);
  const { token, expiration } = tokens.issue();
  expect(expiration).toBe('2026-11-23T08:01:00.000Z');
  nowMs = 59_999;
  expect(tokens.problemOf(token)).toBeUndefined();
  nowMs = 60_000;
  expect(tokens.problemOf(token)).toBe('EntityTokenExpired');
});

test('a new token has a time of its own, and the older one stays good', () => {
  const tokens = new EntityTokens(60, clock);
  const first = tokens.issue().token;
  nowMs = 30_000;
  const second = tokens.issue().token;
  expect(second).not.toBe(first);
  expect([first, second].map((token) => tokens.problemOf(token))).toEqual([undefined, undefined]);
  nowMs = 60_000;
  expect([first, second].map((token) => tokens.problemOf(token))).toEqual(['EntityTokenExpired', undefined]);
});

test('no token is missing, and one that was never given is invalid', () => {
  const tokens = new EntityTokens(60, clock);
  expect([undefined, '', 'made-up'].map((token) => tokens.problemOf(token))).toEqual([
    'EntityTokenMissing',
    'EntityTokenMissing',
    'EntityTokenInvalid',
  ]);
});
