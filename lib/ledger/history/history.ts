import type { EndedOutcome, EndFleet } from '../../contract/outcomes.ts';

/** Where an attempt's history row is; both keys are made before the row is. */
export interface HistoryKey {
  readonly partitionKey: string;
  readonly rowKey: string;
}

/** What is known of an attempt before the fleet is asked. */
export interface AttemptOpening {
  readonly key: HistoryKey;
  readonly previous?: HistoryKey | undefined;
  readonly sessionId: string;
  readonly attemptId: string;
  readonly generation: number;
  readonly gameMode: string;
  /** The fleet that is asked. */
  readonly fleet: string;
  readonly claimedAtMs: number;
  /** In the order in which the fleet is to try them. */
  readonly locations: readonly string[];
  /** Why that order: JSON, bounded where it is made. */
  readonly placement: string;
  /** Bounded summary of the hints: JSON, without player ids. */
  readonly hints: string;
  /** How many callers' measurements are in it, and how many instances they reached; absent where none are gathered. */
  readonly callersHeard?: number | undefined;
  readonly instancesHeard?: number | undefined;
  readonly cookieHash?: string | undefined;
  /** Of the request that made the attempt: what a client quotes to support. */
  readonly invocationId: string;
}

/** What is known of it after. */
export interface AttemptClosing {
  readonly outcome: EndedOutcome;
  readonly closedAtMs: number;
  /** The fleet that was asked last, where several were. */
  readonly fleet?: string | undefined;
  /** All that were asked, in this order, with spaces between them; absent where it was one. */
  readonly fleetsAsked?: string | undefined;
  readonly fleetCalls: number;
  /** Time spent in fleet calls. */
  readonly fleetMs: number;
  readonly upstreamStatus?: number | undefined;
  /** What an operator should look at, in the broker's own words. */
  readonly reason?: string | undefined;
  readonly region?: string | undefined;
  readonly hostName?: string | undefined;
  /** 1: the region that was asked for first. */
  readonly preferenceRank?: number | undefined;
}

/** An attempt's row, open until it is closed. */
export interface OpenAttempt {
  /**
   * Closes the row, or rewrites it when the attempt came out otherwise. What the attempt itself says replaces
   * what a sweep has guessed.
   *
   * @throws StorageFault when it could not be confirmed: a sweep closes it
   */
  close(closing: AttemptClosing): Promise<void>;
}

/** What is known of an ending before the session is ended. */
export interface EndingOpening {
  readonly key: HistoryKey;
  /** The session's latest attempt. */
  readonly previous: HistoryKey;
  readonly sessionId: string;
  /** The ending's own. */
  readonly attemptId: string;
  readonly generation: number;
  readonly gameMode: string;
  readonly fleet: string;
  /** When it was asked for. */
  readonly claimedAtMs: number;
  readonly endedBy: string;
  readonly invocationId: string;
}

/** What is known of it after. `unknown`: it came to nothing, or another one was first. */
export interface EndingClosing {
  readonly outcome: 'ended' | 'unknown';
  readonly closedAtMs: number;
  readonly endFleet?: EndFleet | undefined;
  /** The host that was given back. */
  readonly region?: string | undefined;
  readonly hostName?: string | undefined;
  readonly fleetCalls?: number;
  /** Time spent in fleet calls. */
  readonly fleetMs?: number;
  readonly upstreamStatus?: number | undefined;
  /** What an operator should look at, in the broker's own words. */
  readonly reason?: string | undefined;
}

/** An ending's row, open until the fleet has confirmed it. */
export interface OpenEnding {
  /** @throws StorageFault when it could not be confirmed: a sweep closes it */
  close(closing: EndingClosing): Promise<void>;
}

/** The attempts, and the endings, one row each. */
export interface History {
  /**
   * Inserts an attempt's row and confirms it: the fleet must not be asked before.
   *
   * @throws StorageFault
   */
  open(opening: AttemptOpening): Promise<OpenAttempt>;
  /**
   * Inserts an ending's row and confirms it: the session must not be ended before, so that a sweep finds what is not
   * finished.
   *
   * @throws StorageFault
   */
  openEnding(opening: EndingOpening): Promise<OpenEnding>;
}
