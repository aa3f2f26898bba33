import type { HistoryItem } from '../contract/attempt.ts';
import type { RecordedOutcome } from '../contract/outcomes.ts';
import { PROBLEMS, type ProblemCode } from '../contract/problem.ts';
import { weightOf } from './attempt.ts';
import { formatCount } from './figures.ts';
import { Tally } from './tally.ts';

/**
 * What an outcome means for whoever looks at many of them.
 * - `host`: the session has its server.
 * - `waiting`: not decided yet; the client asks again.
 * - `over`: somebody ended the session, as it should be.
 * - `capacity`: the fleet works and has no free server.
 * - `doubt`: a server may run that nobody knows of.
 * - `fault`: something is broken or wrongly set.
 */
export type OutcomeKind = 'host' | 'waiting' | 'over' | 'capacity' | 'doubt' | 'fault';

/** Each outcome's kind, from good to bad: lists and charts show outcomes in this order. */
const KINDS: Readonly<Record<RecordedOutcome, OutcomeKind>> = {
  allocated: 'host',
  pending: 'waiting',
  open: 'waiting',
  ended: 'over',
  'session-ended': 'over',
  'no-capacity': 'capacity',
  'no-eligible-location': 'capacity',
  unknown: 'doubt',
  'upstream-failed': 'fault',
  'upstream-rejected': 'fault',
  'storage-unavailable': 'fault',
  'auth-unavailable': 'fault',
  forbidden: 'fault',
  internal: 'fault',
  'invalid-request': 'fault',
  'length-required': 'fault',
  misconfigured: 'fault',
  'payload-too-large': 'fault',
  'quota-exceeded': 'fault',
  'session-mismatch': 'fault',
  unauthenticated: 'fault',
  'unknown-session': 'fault',
  'unsupported-media-type': 'fault',
  unrecognised: 'fault',
};

/** From good to bad. */
export const OUTCOMES_IN_ORDER = Object.keys(KINDS) as readonly RecordedOutcome[];

/** Problems have their title, unless an attempt that ends so has more to say. */
const MEANINGS: Readonly<Record<Exclude<RecordedOutcome, ProblemCode> | 'session-ended', string>> = {
  allocated: 'The session has its host.',
  ended: 'The session is over: nobody gets its host any more.',
  'session-ended':
    'The session was ended while the attempt asked the fleet. A host that it got was given back, and the caller got 410.',
  open: 'The attempt is asking the fleet, or its broker died; then the sweep closes it.',
  pending: 'The wait ended before the host was active: the client was asked to come back.',
  unknown:
    'A host may have been started: the last answer of the fleet never arrived or could not be recorded.',
  unrecognised: 'A newer version wrote an outcome that this one does not know.',
};

export function kindOf(outcome: RecordedOutcome): OutcomeKind {
  return KINDS[outcome];
}

/** Whether the session was ended: it needs no server any more, so it is in no share of successes or of failures. */
export const isOver = (outcome: RecordedOutcome): boolean => kindOf(outcome) === 'over';

/** What stands behind a share that leaves them out: `; 2 ended with their session`; nothing where there are none. */
export const overText = (over: number, written = formatCount(over)): string =>
  over === 0 ? '' : `; ${written} ended with their session`;

/** One sentence for people: what came of the attempt, with the problem that its caller got. */
export function meaningOf(outcome: RecordedOutcome): string {
  if (outcome === 'session-ended' || !isProblem(outcome)) return MEANINGS[outcome];
  const { title, status, retryable } = PROBLEMS[outcome];
  return `${title}: the caller got ${status} ${outcome}, ${retryable ? 'and may repeat it' : 'not to be repeated'}.`;
}

export interface OutcomeCount {
  readonly outcome: RecordedOutcome;
  readonly count: number;
}

/** How often each outcome occurs, from good to bad, only those that do. */
export function countOutcomes(items: readonly HistoryItem[]): readonly OutcomeCount[] {
  const tally = new Tally<RecordedOutcome>();
  for (const item of items) tally.add(item.outcome, weightOf(item));
  return inOrder(tally);
}

/** From good to bad. */
export function inOrder(tally: Tally<RecordedOutcome>): readonly OutcomeCount[] {
  return OUTCOMES_IN_ORDER.map((outcome) => ({ outcome, count: tally.count(outcome) })).filter(
    ({ count }) => count > 0,
  );
}

function isProblem(outcome: RecordedOutcome): outcome is ProblemCode {
  return Object.hasOwn(PROBLEMS, outcome);
}
