import type { EndFleet } from '../../contract/outcomes.ts';
import type { HistoryKey } from '../history/history.ts';
import type { Charge } from '../quota/quota.ts';
import type {
  AllocatedRecord,
  Claimable,
  EndedRecord,
  EndedSession,
  OpenSession,
  SessionRecord,
  SettledAnswer,
} from './session.ts';

/** What a caller brings who wants to be the one that asks the fleet. */
export interface Proposal {
  readonly sessionId: string;
  readonly gameMode: string;
  readonly cookie?: string | undefined;
  /** The fleet that is to be asked, unless the session was asked of another one before. */
  readonly fleet: string;
  /** What it is to be asked for. */
  readonly fleetTarget?: string | undefined;
  /** For how long a session that is begun with this call gathers its callers, in milliseconds; absent: not at all. */
  readonly gatherMs?: number | undefined;
}

/**
 * - `settled`: this attempt's answer is the session's.
 * - `superseded`: another attempt's answer is; answer what it says.
 * - `ended`: the session was ended while its fleet was asked; the host is to be given back.
 * - `unconfirmed`: the row could not be written in time; the next caller learns the same host from the fleet.
 */
export type Settlement =
  | { readonly kind: 'settled'; readonly record: AllocatedRecord }
  | { readonly kind: 'superseded'; readonly record: AllocatedRecord }
  | { readonly kind: 'ended'; readonly record: EndedRecord }
  | { readonly kind: 'unconfirmed' };

/**
 * `never-asked`: the claim came to nothing, not even to a history row; the attempt before it is the session's latest
 * again, and a session that was new leaves no row behind. `gathered`: the same, but callers may have left measurements,
 * so that the row stays, and with it what is left of the window.
 */
export type ReleaseEnding = 'never-asked' | 'gathered' | 'nothing-started' | 'maybe-started';

/**
 * The right to ask the fleet for one session's host, for as long as its lease runs.
 *
 * `charge` is what the session was counted as in a quota, where it was: each write keeps it in the row.
 */
export interface Claim {
  /**
   * The session as it was claimed, with the fleet that is asked now. `maybeStarted`: an earlier attempt may have started a
   * host.
   */
  readonly session: OpenSession;
  /** The history row of the attempt before this one. */
  readonly previousHistory?: HistoryKey | undefined;
  /**
   * What is left of the lease in milliseconds, counted on the holder's monotonic clock from before the write was
   * sent: never more than what a taker sees.
   */
  leaseLeftMs(): number;
  /** What is left of the window in which callers are gathered, in milliseconds, on the same clock; 0: it is over. */
  gatherLeftMs(): number;
  /**
   * Starts the lease anew. False: another attempt has the session now.
   *
   * @param withinMs when to give the write up; it may land all the same, and the next renewal finds that it did
   * @throws StorageFault when the lease could not be confirmed: no call may be made on it
   */
  renew(charge?: Charge, withinMs?: number): Promise<boolean>;
  /**
   * Renews the lease, and says that another fleet is asked from here on, where no host can be at the one before. False:
   * another attempt has the session now.
   *
   * @throws StorageFault when it could not be confirmed: the other fleet may not be asked
   */
  moveTo(next: Pick<OpenSession, 'fleet' | 'fleetTarget'>, charge?: Charge): Promise<boolean>;
  /**
   * Renews the lease, and closes the window: from here on no caller leaves measurements for this claim. False: another
   * attempt has the session now.
   *
   * @throws StorageFault when it could not be confirmed
   */
  closeWindow(): Promise<boolean>;
  /** Records the answer; tried until `giveUpAtMs` on the monotonic clock. Never throws for a storage fault. */
  settle(answer: SettledAnswer, giveUpAtMs: number, charge?: Charge): Promise<Settlement>;
  /**
   * Lets the next caller claim the session at once, instead of when the lease runs out. False: another attempt has
   * the session now. A charge is forgotten where no host can exist; giving it back is the caller's.
   *
   * @throws StorageFault when that could not be confirmed: the lease runs out by itself
   */
  release(ending: ReleaseEnding, charge?: Charge): Promise<boolean>;
}

/** `claimed`: the caller holds the session. `seen`: it does not, and this is how the row stands. */
export type ClaimResult =
  | { readonly kind: 'claimed'; readonly claim: Claim }
  | { readonly kind: 'seen'; readonly record: SessionRecord };

/** Who ends a session, when, and which row of the history says so. */
export type Tombstone = Pick<EndedSession, 'attemptId' | 'endedAtMs' | 'endedBy' | 'history'>;

/** `seen`: the row was another by then, or gone. */
export type EndResult =
  | { readonly kind: 'ended'; readonly record: EndedRecord }
  | { readonly kind: 'seen'; readonly record: SessionRecord | undefined };

/** What came of telling a session's fleet that it is over. `pending`: the fleet has not confirmed it. */
export interface ToldFleet {
  readonly fleet: EndFleet | 'pending';
  readonly fleetCalls: number;
  readonly fleetMs: number;
  readonly upstreamStatus?: number | undefined;
  /** What an operator should look at. */
  readonly reason?: string | undefined;
}

/** The sessions, each with at most one claim at any time. */
export interface Ledger {
  /**
   * Claims a session that nobody holds. Where its row is not known the row is inserted, and read at the same time, so that a
   * session that is there already costs one round trip. A row that was seen is replaced, if it still is as it was seen.
   *
   * @param found what the session means, and the caller has found to fit the request
   * @throws StorageFault when it is not known how the session stands
   */
  claim(proposal: Proposal, found: Claimable): Promise<ClaimResult>;
  /** @throws StorageFault */
  read(sessionId: string): Promise<SessionRecord | undefined>;
  /** What is to end a session, by the storage service's clock: its history row is opened before the session is ended. */
  tombstone(sessionId: string, endedBy: string): Tombstone;
  /**
   * Ends the session, if its row still is as it was seen. Whoever holds it loses it with that.
   *
   * @param endFleet what is known of its host already
   * @throws StorageFault when it is not known how the session stands
   */
  end(tombstone: Tombstone, seen: SessionRecord, endFleet?: EndFleet): Promise<EndResult>;
  /**
   * Records what the fleet has said of the session's host. False: the tombstone is gone, or says it already.
   *
   * @throws StorageFault
   */
  confirmEnd(ended: EndedRecord, endFleet: EndFleet): Promise<boolean>;
}
