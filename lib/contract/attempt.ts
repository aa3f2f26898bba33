import type { Explanation, HintsSummary } from '../placement/explain.ts';
import type { RecordedOutcome } from './outcomes.ts';

/**
 * One attempt at a host, as operators read it in `GET /api/v1/history`, on the page and by the command: every column of
 * its row but the cookie's hash and the keys. Times are ISO 8601.
 */
export interface Attempt {
  readonly sessionId: string;
  readonly attemptId: string;
  readonly generation: number;
  readonly gameMode: string;
  /** Absent in rows of versions that knew one fleet only. */
  readonly fleet?: string;
  readonly outcome: RecordedOutcome;
  /** In a sample: how many attempts this one stands for. Absent: itself alone. */
  readonly weight?: number;
  /** Whether the session had an attempt before this one. */
  readonly takeover?: true;
  readonly claimedAt: string;
  readonly closedAt?: string;
  /** `sweep` when the attempt did not close its row itself. */
  readonly closedBy?: 'sweep';
  /** In the order in which the fleet was to try them. */
  readonly locations: readonly string[];
  /** Why that order. */
  readonly placement?: Explanation;
  readonly hints?: HintsSummary;
  /** How many callers' measurements gave the order, where the mode gathers them, and how many instances they reached. */
  readonly callersHeard?: number;
  readonly instancesHeard?: number;
  readonly region?: string;
  readonly hostName?: string;
  /** 1: the region that was asked for first. */
  readonly preferenceRank?: number;
  readonly fleetCalls?: number;
  readonly fleetMs?: number;
  readonly upstreamStatus?: number;
  /** What an operator should look at, where there is something. */
  readonly reason?: string;
  readonly invocationId?: string;
}

/**
 * How hard a host was to get. `several`: the attempt called the fleet more than once; `takeover`: the session had an
 * attempt before this one.
 */
export const EFFORTS = ['several', 'takeover'] as const;
export type Effort = (typeof EFFORTS)[number];

/** Whether the attempt took this effort: the one rule for filters and figures. */
export function tookEffort({ fleetCalls = 0, takeover }: Attempt, effort: Effort): boolean {
  return effort === 'several' ? fleetCalls > 1 : takeover === true;
}

/** The status of the fleet's last answer; `none`: there was no answer, or its status is not recorded. */
export type UpstreamStatus = number | 'none';

export const upstreamStatusOf = ({ upstreamStatus }: Attempt): UpstreamStatus => upstreamStatus ?? 'none';
