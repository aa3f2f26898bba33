/** What a run of `sweep` did. */
export interface SweepReport {
  /** From the retention limit on, whatever earlier runs have done; else from the watermark on. */
  readonly everything: boolean;
  /** The first hour that was looked at. */
  readonly fromHour: string;
  /** The first hour of which the next run still has rows to look at. */
  readonly watermark: string;
  /** How many hours of rows no run has looked at yet although they are old enough to be settled for good. */
  readonly behindHours: number;
  readonly hours: number;
  /** Rows found open, and what became of them. */
  readonly open: number;
  readonly allocated: number;
  readonly unknown: number;
  readonly closedThemselves: number;
  readonly alive: number;
  /** Sessions that were ended, and whose fleet has confirmed that no host is left. */
  readonly ended: number;
  /** Sessions that were ended, and whose fleet has not confirmed it yet. */
  readonly pending: number;
  /** Rows left open because storage failed, or because a row cannot be read. */
  readonly faults: number;
  /** The first of the faults. */
  readonly reason?: string | undefined;
  /** Sessions whose lease was taken from a dead attempt. */
  readonly fenced: number;
  readonly ms: number;
  /** The time was up before everything was done. */
  readonly bounded: boolean;
}

/** What a run of `prune` did. */
export interface PruneReport {
  /** Hours whose attempts named the sessions that were looked at. */
  readonly sessionHours: number;
  readonly sessionsRemoved: number;
  /** Expired sessions that no attempt named; looked for once a week. */
  readonly straySessionsRemoved: number;
  /** Every session named by an hour before this one is gone, or is named by a later hour. */
  readonly watermark: string;
  readonly historyRowsRemoved: number;
  /** The first hour of the history that stays. */
  readonly historyFrom: string;
  /** Callers who had not been charged for a long time. */
  readonly quotaRowsRemoved: number;
  /** How many hours of sessions or of history are still there although they are due: the larger of the two. */
  readonly behindHours: number;
  /** Sessions that were left as they are because their rows cannot be read. */
  readonly unreadableSessions: number;
  /** What was left to the next run because storage failed. */
  readonly faults: number;
  /** The first of the faults; without one, the first row that cannot be read, and the cell. */
  readonly reason?: string | undefined;
  readonly ms: number;
  /** The time was up before everything was done. */
  readonly bounded: boolean;
}
