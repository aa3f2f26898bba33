import { PROBLEMS, type ProblemCode } from './problem.ts';

const WITHOUT_PROBLEM = ['open', 'allocated', 'pending', 'unknown', 'ended'] as const;

/**
 * How an attempt can stand: `open` (it has not ended, or its broker died), `allocated` (the session has its host),
 * `pending` (the wait ended first), `unknown` (a host may have been started, and nobody knows), or the code of the
 * problem that its caller got. And how the ending of a session can: `open`, `ended` (nobody gets its host any more) or
 * `unknown`.
 */
export type Outcome = (typeof WITHOUT_PROBLEM)[number] | ProblemCode;

/** How an attempt or an ending can have come out. */
export type EndedOutcome = Exclude<Outcome, 'open'>;

/** How `POST /api/v1/allocations` can be answered. */
export type AnsweredOutcome = Exclude<EndedOutcome, 'unknown' | 'ended'>;

/** An outcome as a row says it: `unrecognised` stands for a word that only a newer version knows. */
export type RecordedOutcome = Outcome | 'unrecognised';

/**
 * What a fleet has said of an ended session's host: it shuts it down (`told`), it has none (`no-host`), or its API has no
 * such call (`not-told`).
 */
export const END_FLEET = ['told', 'no-host', 'not-told'] as const;
export type EndFleet = (typeof END_FLEET)[number];

const NO_FAILURE: readonly RecordedOutcome[] = ['open', 'allocated', 'pending', 'ended', 'session-ended'];

/**
 * Whether a player who should have a server has none: the one rule for the page, the command, the level of events, the
 * alerts and the workbook. A session that was ended is over: it needs no server, and whoever still asks for it gets 410.
 */
export const isFailure = (outcome: RecordedOutcome): boolean => !NO_FAILURE.includes(outcome);

/** What an attempt can be looked for by. */
export const OUTCOMES: readonly Outcome[] = [...WITHOUT_PROBLEM, ...(Object.keys(PROBLEMS) as ProblemCode[])];

/** What an attempt can be shown with. */
export const RECORDED_OUTCOMES: readonly RecordedOutcome[] = [...OUTCOMES, 'unrecognised'];

/** Reads the cell of a row; whatever is no outcome of this version is `unrecognised`. */
export function recordedOutcome(cell: unknown): RecordedOutcome {
  return OUTCOMES.find((outcome) => outcome === cell) ?? 'unrecognised';
}
