import type { PlayerHints } from '../../placement/types.ts';

/** What one caller of a session brings to the choice of its place. */
export interface HeardCaller {
  /** Names the caller among those of its session; whoever repeats a call has the same key. Fit for a row's key. */
  readonly key: string;
  /** The instance that heard it. */
  readonly instance: string;
  /** How many players will ask, where the caller says so. */
  readonly partySize?: number | undefined;
  readonly players: readonly PlayerHints[];
}

/** One generation of a session: an expired session that is begun anew gathers anew. */
export interface GatheredSession {
  readonly sessionId: string;
  readonly generation: number;
}

/** What callers measured that reached another instance than the one that asks the fleet; see docs/guarantees.md. */
export interface Hints {
  /**
   * Leaves a caller's measurements for whoever asks the fleet. A caller that is there already stays as it is.
   *
   * @throws StorageFault when it is not known whether they are there
   */
  add(session: GatheredSession, caller: HeardCaller): Promise<void>;
  /**
   * What callers have left, in the order of their keys. A row that cannot be read is left out.
   *
   * @throws StorageFault
   */
  read(session: GatheredSession): Promise<readonly HeardCaller[]>;
}
