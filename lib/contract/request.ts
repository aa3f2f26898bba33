import type { PlayerHints } from '../placement/types.ts';

/** A checked `POST /api/v1/allocations`: absent members are absent, the session id is in its canonical spelling. */
export interface AllocationRequest {
  readonly sessionId: string;
  /** One of the settings' game modes. */
  readonly gameMode: string;
  /** One entry for one player's `latencies`, one a player for `players`, none without hints. */
  readonly players: readonly PlayerHints[];
  /** How many players will ask for this session, each for itself. */
  readonly partySize?: number;
  readonly sessionCookie?: string;
}
