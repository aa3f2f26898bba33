import type { Explanation, HintsSummary } from '../placement/explain.ts';
import type { EndFleet, RecordedOutcome } from './outcomes.ts';

/** What the rows of attempts and of endings have in common. Times are ISO 8601. */
interface AnyItem {
  readonly sessionId: string;
  /** Names this attempt, or this ending. */
  readonly attemptId: string;
  readonly generation: number;
  readonly gameMode: string;
  /** Absent in rows of versions that knew one fleet only. */
  readonly fleet?: string;
  readonly outcome: RecordedOutcome;
  /** In a sample: how many of its kind this one stands for. Absent: itself alone. */
  readonly weight?: number;
  /** When the attempt began, or when the ending was asked for. */
  readonly claimedAt: string;
  readonly closedAt?: string;
  /** `sweep` when whoever opened the row did not close it. */
  readonly closedBy?: 'sweep';
  /** In the order in which the fleet was to try them; an ending has none. */
  readonly locations: readonly string[];
  readonly region?: string;
  readonly hostName?: string;
  readonly fleetCalls?: number;
  readonly fleetMs?: number;
  readonly upstreamStatus?: number;
  /** What an operator should look at, where there is something. */
  readonly reason?: string;
  readonly invocationId?: string;
}

/**
 * One attempt at a host, as operators read it in `GET /api/v1/history`, on the page and by the command: every column of
 * its row but the cookie's hash and the keys.
 */
export interface Attempt extends AnyItem {
  readonly kind?: never;
  /** Whether the session had an attempt before this one. */
  readonly takeover?: true;
  /** The fleets in the order in which they were asked, each but the last without a free server; absent where it was one. */
  readonly fleetsAsked?: readonly string[];
  /** Why the locations are in that order. */
  readonly placement?: Explanation;
  readonly hints?: HintsSummary;
  /** How many callers' measurements gave the order, where the mode gathers them, and how many instances they reached. */
  readonly callersHeard?: number;
  readonly instancesHeard?: number;
  /** 1: the region that was asked for first. */
  readonly preferenceRank?: number;
}

/** One call to end a session. It is no attempt, and no figure of attempts counts it. */
export interface SessionEnding extends AnyItem {
  readonly kind: 'ending';
  /** The caller's pseudonym, or by what it showed that it may. */
  readonly endedBy?: string;
  /** Absent until the ending is confirmed. */
  readonly endFleet?: EndFleet;
}

/** One row of the history. */
export type HistoryItem = Attempt | SessionEnding;

export function isEnding<T extends HistoryItem>(item: T): item is Extract<T, SessionEnding> {
  return item.kind === 'ending';
}

export function isAttempt<T extends HistoryItem>(item: T): item is Extract<T, Attempt> {
  return item.kind === undefined;
}

/**
 * How hard a host was to get. `several`: the attempt called the fleet more than once; `takeover`: the session had an
 * attempt before this one; `overflow`: a fleet had no server free, and another one was asked after it.
 */
export const EFFORTS = ['several', 'takeover', 'overflow'] as const;
export type Effort = (typeof EFFORTS)[number];

/** Whether the attempt took this effort: the one rule for filters and figures. An ending gets no host, so it took none. */
export function tookEffort(item: HistoryItem, effort: Effort): boolean {
  if (isEnding(item)) return false;
  const { fleetCalls = 0, takeover, fleetsAsked } = item;
  if (effort === 'overflow') return fleetsAsked !== undefined;
  return effort === 'several' ? fleetCalls > 1 : takeover === true;
}

/** The status of the fleet's last answer; `none`: there was no answer, or its status is not recorded. */
export type UpstreamStatus = number | 'none';

/** `undefined`: an ending that had nothing to ask the fleet. */
export function upstreamStatusOf(item: HistoryItem): UpstreamStatus | undefined {
  return item.upstreamStatus ?? (isEnding(item) && !item.fleetCalls ? undefined : 'none');
}
