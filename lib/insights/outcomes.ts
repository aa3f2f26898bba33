import { PROBLEMS } from '../contract/problem.ts';

/**
 * What an outcome means for whoever looks at many of them.
 * - `host`: the session has its server.
 * - `waiting`: not decided yet; the client asks again.
 * - `capacity`: the fleet works and has no free server.
 * - `doubt`: a server may run that nobody was told of.
 * - `fault`: something is broken or wrongly set.
 */
export type OutcomeKind = 'host' | 'waiting' | 'capacity' | 'doubt' | 'fault';

const KINDS: ReadonlyMap<string, OutcomeKind> = new Map([
  ['allocated', 'host'],
  ['open', 'waiting'],
  ['pending', 'waiting'],
  ['no-capacity', 'capacity'],
  ['no-eligible-location', 'capacity'],
  ['unknown', 'doubt'],
]);

const MEANINGS: ReadonlyMap<string, string> = new Map([
  ['allocated', 'The session has its host.'],
  ['open', 'The attempt is asking the fleet, or its broker died; then the sweep closes it.'],
  ['pending', 'The wait ended before the host was active: the client was told to ask again.'],
  [
    'unknown',
    'A host may have been started: the last answer of the fleet never arrived or could not be recorded.',
  ],
]);

/** From good to bad; outcomes that are not listed come last. */
const ORDER = [
  'allocated',
  'pending',
  'open',
  'no-capacity',
  'no-eligible-location',
  'unknown',
  'upstream-failed',
  'upstream-rejected',
  'storage-unavailable',
];

export function kindOf(outcome: string): OutcomeKind {
  return KINDS.get(outcome) ?? 'fault';
}

/** One sentence for people: what came of the attempt, with the problem that its caller got. */
export function meaningOf(outcome: string): string {
  const meaning = MEANINGS.get(outcome);
  if (meaning !== undefined) return meaning;
  if (!isProblem(outcome)) return 'An outcome that this version does not know.';
  const { title, status, retryable } = PROBLEMS[outcome];
  return `${title}: the caller got ${status} ${outcome}, ${retryable ? 'and may repeat it' : 'not to be repeated'}.`;
}

/** How often each outcome occurs, from good to bad, only those that do. */
export function countOutcomes(outcomes: readonly string[]): readonly OutcomeCount[] {
  const counts = new Map<string, number>();
  for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return [...counts]
    .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .map(([outcome, count]) => ({ outcome, count }));
}

export interface OutcomeCount {
  readonly outcome: string;
  readonly count: number;
}

function rank(outcome: string): number {
  const index = ORDER.indexOf(outcome);
  return index === -1 ? ORDER.length : index;
}

function isProblem(outcome: string): outcome is keyof typeof PROBLEMS {
  return Object.hasOwn(PROBLEMS, outcome);
}
