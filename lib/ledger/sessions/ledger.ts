import type { CookieSeal } from './cookieSeal.ts';
import type { Charge } from '../quota/quota.ts';

/** Where an attempt's history row is; both keys are made before the row is. */
export interface HistoryKey {
  readonly partitionKey: string;
  readonly rowKey: string;
}

/** What a caller brings who wants to be the one that asks the fleet. */
export interface Proposal {
  readonly sessionId: string;
  readonly gameMode: string;
  readonly cookie?: string | undefined;
  /** The fleet that is to be asked, unless the session was asked of another one before. */
  readonly fleet: string;
  /** What it is to be asked for. */
  readonly fleetTarget?: string | undefined;
}

interface RecordBase {
  readonly sessionId: string;
  /** Grows each time a session's allocation ran out and the session was allocated anew. */
  readonly generation: number;
  readonly attemptId: string;
  readonly gameMode: string;
  readonly cookieSeal: CookieSeal;
  /** The cookie itself, until the session settles. */
  readonly cookie?: string | undefined;
  /** The fleet that the session was asked of. */
  readonly fleet: string;
  /** What it was asked for; absent in rows of versions that knew one fleet only. */
  readonly fleetTarget?: string | undefined;
  /** What an earlier claim was charged that may have started a host: whoever goes on is not charged again. */
  readonly charge?: Charge | undefined;
  /** The latest attempt's history row. */
  readonly history: HistoryKey;
  /** Names this state of the row: what a take-over is conditional on. */
  readonly etag: string;
  /** Until the row may be forgotten; negative when that time has passed. */
  readonly expiresInMs: number;
}

/** An attempt is asking the fleet, or died while it did. */
export interface ClaimedRecord extends RecordBase {
  readonly state: 'claimed';
  /** By the storage service's clock; zero or less: whoever comes next may take over. */
  readonly leaseLeftMs: number;
}

/** Nobody is asking. */
export interface ReleasedRecord extends RecordBase {
  readonly state: 'released';
  /** Whether a host of this session may exist. */
  readonly maybeStarted: boolean;
}

/** The session has its host; does not change until it expires. */
export interface AllocatedRecord extends RecordBase {
  readonly state: 'allocated';
  /** The rendered answer, byte for byte as every client gets it. */
  readonly body: string;
  readonly region: string;
  readonly hostName: string;
}

/** A session as its row says. */
export type SessionRecord = ClaimedRecord | ReleasedRecord | AllocatedRecord;

/** What an attempt got, to be recorded for good. */
export interface SettledAnswer {
  readonly body: string;
  readonly region: string;
  readonly hostName: string;
}

/**
 * - `settled`: this attempt's answer is the session's.
 * - `superseded`: another attempt's answer is; answer what it says.
 * - `unconfirmed`: the row could not be written in time; the next caller learns the same host from the fleet.
 */
export type Settlement =
  | { readonly kind: 'settled'; readonly record: AllocatedRecord }
  | { readonly kind: 'superseded'; readonly record: AllocatedRecord }
  | { readonly kind: 'unconfirmed' };

/** The right to ask the fleet for one session's host, for as long as its lease runs. */
export interface Claim {
  readonly sessionId: string;
  readonly attemptId: string;
  readonly generation: number;
  readonly claimedAtMs: number;
  /** The cookie that the session's game server is to get: the first claim's, whoever asks now. */
  readonly cookie?: string | undefined;
  readonly cookieSeal: CookieSeal;
  /** The fleet to ask: the one that may have a host of the session already, whatever the settings say now. */
  readonly fleet: string;
  /** What to ask it for, likewise; absent: an earlier version, which did not write it down, may have asked. */
  readonly fleetTarget?: string | undefined;
  /** Whether an earlier attempt may have started a host. */
  readonly maybeStarted: boolean;
  readonly history: HistoryKey;
  /** The history row of the attempt before this one. */
  readonly previousHistory?: HistoryKey | undefined;
  /** What the session was counted as in a quota; once set, written with the claim's next write. */
  charge: Charge | undefined;
  /**
   * What is left of the lease in milliseconds, counted on the holder's monotonic clock from before the write was
   * sent: never more than what a taker sees.
   */
  leaseLeftMs(): number;
  /**
   * Starts the lease anew. False: another attempt has the session now.
   *
   * @throws StorageFault when the lease could not be confirmed: no call may be made on it
   */
  renew(): Promise<boolean>;
  /** Records the answer; tried until `giveUpAtMs` on the monotonic clock. Never throws for a storage fault. */
  settle(answer: SettledAnswer, giveUpAtMs: number): Promise<Settlement>;
  /**
   * Lets the next caller claim the session at once, instead of when the lease runs out. False: another attempt has
   * the session now. A charge is forgotten where no host can exist; giving it back is the caller's.
   *
   * @throws StorageFault when that could not be confirmed: the lease runs out by itself
   */
  release(ending: ReleaseEnding): Promise<boolean>;
}

/**
 * `never-asked`: the claim came to nothing, not even to a history row; the attempt before it is the session's latest
 * again, and a session that was new leaves no row behind.
 */
export type ReleaseEnding = 'never-asked' | 'nothing-started' | 'maybe-started';

/** `claimed`: the caller holds the session. `seen`: it does not, and this is how the row stands. */
export type ClaimResult =
  | { readonly kind: 'claimed'; readonly claim: Claim }
  | { readonly kind: 'seen'; readonly record: SessionRecord };

/** The sessions, each with at most one claim at any time. */
export interface Ledger {
  /**
   * Claims a session that nobody holds. Without `seen` the row is inserted, and read at the same time, so that a
   * session that is there already costs one round trip. With the record that the caller has seen, and found to fit
   * the request, it is taken over if it may be.
   *
   * @throws StorageFault when it is not known how the session stands
   */
  claim(proposal: Proposal, seen?: SessionRecord): Promise<ClaimResult>;
  /** @throws StorageFault */
  read(sessionId: string): Promise<SessionRecord | undefined>;
}
