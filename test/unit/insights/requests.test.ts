import type { RequestInterval } from '../../../lib/contract/requestCounts.ts';
import { nowOf } from '../../../lib/insights/now.ts';
import { answersOf, refusingOf } from '../../../lib/insights/requests.ts';
import { attempt } from '../../support/attempts.ts';

const counted = (answers: Record<string, number>, ms = 100): RequestInterval => ({
  at: '2026-11-22T08:15:00.000Z',
  answers: Object.fromEntries(
    Object.entries(answers).map(([answer, requests]) => [answer, { requests, ms: { [ms]: requests } }]),
  ),
});

it('adds intervals up, from good to bad, with the times of all', () => {
  expect(
    answersOf([
      counted({ 'quota-exceeded': 2, newer: 1, allocated: 9 }),
      counted({ replayed: 4, allocated: 1 }, 900),
    ]),
  ).toEqual([
    { answer: 'allocated', requests: 10, ms: { count: 10, p50: 100, p95: 900 } },
    { answer: 'replayed', requests: 4, ms: { count: 4, p50: 900, p95: 900 } },
    { answer: 'quota-exceeded', requests: 2, ms: { count: 2, p50: 100, p95: 100 } },
    { answer: 'newer', requests: 1, ms: { count: 1, p50: 100, p95: 100 } },
  ]);
});

it('sees a wave of refusals, which leave no attempt', () => {
  const refusing = refusingOf([counted({ allocated: 30, replayed: 30, unauthenticated: 40 })]);
  expect(refusing).toEqual({
    kind: 'struggling',
    title: 'Refusing requests',
    text: 'Of 100 requests of the last 5 minutes: 40.0 % unauthenticated.',
    cause: { text: 'The clients send what the broker refuses.', page: 'One kind of client fails' },
  });
  const now = Date.parse('2026-11-22T08:16:00.000Z');
  expect(nowOf([attempt()], now, refusing)).toBe(refusing);
  expect(nowOf([], now, refusing)).toBe(refusing);
});

it('takes no few refusals for a wave, nor what has attempts of its own', () => {
  expect(refusingOf([counted({ allocated: 95, 'invalid-request': 5 })])).toBeUndefined();
  expect(refusingOf([counted({ allocated: 5, 'invalid-request': 14 })])).toBeUndefined();
  expect(refusingOf([counted({ 'no-capacity': 50, allocated: 50 })])).toBeUndefined();
});

describe('sessions that were ended', () => {
  it('are no refusals, however many clients ask for them once more', () => {
    expect(refusingOf([counted({ allocated: 60, 'session-ended': 40 })])).toBeUndefined();
    expect(refusingOf([counted({ 'session-ended': 100 })])).toBeUndefined();
  });

  it('hide no refusals of others', () => {
    expect(refusingOf([counted({ allocated: 18, unauthenticated: 2, 'session-ended': 80 })])).toMatchObject({
      title: 'Refusing requests',
      text: 'Of 20 requests of the last 5 minutes: 10.0 % unauthenticated.',
    });
    expect(refusingOf([counted({ allocated: 17, unauthenticated: 2, 'session-ended': 80 })])).toBeUndefined();
  });
});
