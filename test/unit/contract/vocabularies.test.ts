/** Each vocabulary is closed: the compiler refuses a word that is not in it, and a word without its entry. */
import {
  type EndedOutcome,
  type RecordedOutcome,
  OUTCOMES,
  RECORDED_OUTCOMES,
  recordedOutcome,
} from '../../../lib/contract/outcomes.ts';
import { type ProblemCode, PROBLEMS } from '../../../lib/contract/problem.ts';
import type { BrokerEvent } from '../../../lib/events.ts';
import { kindOf, meaningOf } from '../../../lib/insights/outcomes.ts';

it('has a kind and a meaning for each outcome', () => {
  expect(OUTCOMES).toEqual(['open', 'allocated', 'pending', 'unknown', 'ended', ...Object.keys(PROBLEMS)]);
  expect(RECORDED_OUTCOMES).toEqual([...OUTCOMES, 'unrecognised']);
  for (const outcome of RECORDED_OUTCOMES) {
    expect(['host', 'waiting', 'over', 'capacity', 'doubt', 'fault']).toContain(kindOf(outcome));
    expect(meaningOf(outcome)).toMatch(/^[A-Z].+\.$/);
  }
});

it.each([
  ...OUTCOMES.map((outcome): [unknown, RecordedOutcome] => [outcome, outcome]),
  ['melted', 'unrecognised'],
  ['unrecognised', 'unrecognised'],
  ['toString', 'unrecognised'],
  ['', 'unrecognised'],
  [undefined, 'unrecognised'],
  [7, 'unrecognised'],
])('reads the cell %j as %s', (cell, outcome) => {
  expect(recordedOutcome(cell)).toBe(outcome);
});

it('does not compile with another word', () => {
  // @ts-expect-error: not an outcome
  const outcome: RecordedOutcome = 'melted';
  // @ts-expect-error: no attempt ends with it
  const ended: EndedOutcome = 'open';
  // @ts-expect-error: no problem
  const code: ProblemCode = 'allocated';
  const reason = 'why';
  // @ts-expect-error: no event of the log
  const event: BrokerEvent = { event: 'tables.fault', reason };
  // @ts-expect-error: not a step of the ledger
  const step: BrokerEvent = { event: 'ledger.fault', step: 'melt', reason };
  const call = { sessionId: 's', attemptId: 'a', call: 1, ms: 1 };
  // @ts-expect-error: no answer of a fleet
  const answer: BrokerEvent = { event: 'fleet.call', answer: 'melted', ...call };
  const request = { status: 200, replayed: false, totalMs: 1 };
  // @ts-expect-error: no request is answered with it
  const answered: BrokerEvent = { event: 'allocation.request', outcome: 'unknown', ...request };
  // @ts-expect-error: a kind and a meaning for each
  const kinds: Readonly<Record<RecordedOutcome, string>> = { allocated: 'host' };
  expect([outcome, ended, code, event, step, answer, answered, kinds]).toHaveLength(8);
});
