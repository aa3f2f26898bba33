import { recordedOutcome } from '../contract/outcomes.ts';
import type { RequestInterval } from '../contract/requestCounts.ts';
import { causeOf } from './causes.ts';
import { type Durations, formatCount, formatRate } from './figures.ts';
import type { Now } from './now.ts';
import { OUTCOMES_IN_ORDER, isOver } from './outcomes.ts';
import { RULES } from './rules.ts';
import { DurationTally } from './tally.ts';

/** How requests were answered, and how long that took; times are right within a tenth. */
export interface AnswerFigures {
  readonly answer: string;
  readonly requests: number;
  readonly ms: Durations;
}

/** Good ones first; a word that only a newer version knows comes last. */
const ORDER: readonly string[] = ['allocated', 'replayed', ...OUTCOMES_IN_ORDER];
/** Their requests have attempts, which say more; the workbook leaves out the same (infra/modules/workbook.json). */
export const WITH_ATTEMPT: readonly string[] = [
  ...['allocated', 'replayed', 'pending', 'no-capacity', 'no-eligible-location'],
  ...['upstream-failed', 'upstream-rejected'],
];

/** All intervals together, from good to bad. */
export function answersOf(intervals: readonly RequestInterval[]): readonly AnswerFigures[] {
  const answers = new Map<string, { requests: number; readonly times: DurationTally }>();
  for (const [answer, { requests, ms }] of intervals.flatMap((each) => Object.entries(each.answers))) {
    const figures = answers.get(answer) ?? { requests: 0, times: new DurationTally() };
    answers.set(answer, figures);
    figures.requests += requests;
    for (const [time, count] of Object.entries(ms)) figures.times.add(Number(time), count);
  }
  const rank = (answer: string): number => (ORDER.indexOf(answer) + ORDER.length + 1) % (ORDER.length + 1);
  return [...answers]
    .map(([answer, { requests, times }]) => ({ answer, requests, ms: times.durations() }))
    .sort((a, b) => rank(a.answer) - rank(b.answer));
}

/** Whether the broker refuses more than a few requests before it asks the fleet: they leave no attempt. */
export function refusingOf(intervals: readonly RequestInterval[]): Now | undefined {
  const answers = answersOf(intervals).filter(({ answer }) => !isOver(recordedOutcome(answer)));
  const of = answers.reduce((sum, { requests }) => sum + requests, 0);
  const refused = answers
    .filter(({ answer, requests }) => !WITH_ATTEMPT.includes(answer) && (100 * requests) / of > RULES.percent)
    .sort((a, b) => b.requests - a.requests);
  const [main] = refused;
  if (of < RULES.minimum || main === undefined) return undefined;
  const words = refused.map(({ answer, requests: count }) => `${formatRate({ count, of })} ${answer}`);
  return {
    kind: 'struggling',
    title: 'Refusing requests',
    text: `Of ${formatCount(of)} requests of the last 5 minutes: ${words.join(', ')}.`,
    cause: causeOf(recordedOutcome(main.answer), []),
  };
}
