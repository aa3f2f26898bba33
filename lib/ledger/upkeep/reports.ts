/** What a run of `sweep` did. */
export interface SweepReport {
  /** From the retention limit on, whatever earlier runs have done; else from the watermark on. */
  readonly everything: boolean;
  /** The first hour that was looked at. */
  readonly fromHour: string;
  /** Where the next run begins. */
  readonly watermark: string;
  readonly hours: number;
  /** Rows found open, and what became of them. */
  readonly open: number;
  readonly allocated: number;
  readonly unknown: number;
  readonly closedThemselves: number;
  readonly alive: number;
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
  /** Expired sessions that no attempt named; looked for once a day. */
  readonly straySessionsRemoved: number;
  /** Every session named by an hour before this one is gone, or is named by a later hour. */
  readonly watermark: string;
  readonly historyRowsRemoved: number;
  /** The first hour of the history that stays. */
  readonly historyFrom: string;
  /** Callers who had not been charged for a long time. */
  readonly quotaRowsRemoved: number;
  /** Sessions that were left as they are because their rows cannot be read. */
  readonly unreadableSessions: number;
  /** Names the first of them, and the cell. */
  readonly reason?: string | undefined;
  readonly ms: number;
  /** The time was up before everything was done. */
  readonly bounded: boolean;
}
