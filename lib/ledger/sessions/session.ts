import type { EndFleet } from '../../contract/outcomes.ts';
import type { HistoryKey } from '../history/history.ts';
import type { Charge } from '../quota/quota.ts';
import type { CookieSeal } from './cookieSeal.ts';

/**
 * Kept clear on both sides of an allocation's end, for whole seconds in `Date` and clocks that tick at slightly
 * different speeds: before it no instance answers from its memory any more, and only after it the session may be
 * allocated anew.
 */
export const EXPIRY_MARGIN_MS = 60_000;

/** How far the gathering of a session's callers is, where its game mode gathers them. */
export interface GatherWindow {
  /**
   * Whether whoever asks the fleet is yet to read what callers of other instances have left. Longer than the time that
   * is left: a holder that died has read nothing.
   */
  readonly isOpen: boolean;
  /** What is left of the window in milliseconds, when it was written or read; 0 once the window is closed. */
  readonly leftMs: number;
}

interface AnySession {
  readonly sessionId: string;
  /** Grows each time a session's allocation ran out and the session was allocated anew. */
  readonly generation: number;
  /**
   * Fresh with each beginning, and kept by whoever goes on: a row that was deleted and inserted anew is another's, however
   * alike. Absent in rows of older versions.
   */
  readonly incarnation?: string | undefined;
  /** The attempt that wrote the session last. */
  readonly attemptId: string;
  readonly claimedAtMs: number;
  /** When the first attempt at this allocation began; absent: with this one. */
  readonly firstClaimedAtMs?: number | undefined;
  readonly gameMode: string;
  readonly cookieSeal: CookieSeal;
  /** The cookie that the game server is to get, the first claim's; kept until the session settles. */
  readonly cookie?: string | undefined;
  /** The fleet that was asked: it may have a host of the session already, whatever the settings say now. */
  readonly fleet: string;
  /** What it was asked for; absent in rows of versions that knew one fleet only. */
  readonly fleetTarget?: string | undefined;
  /** Whether a host of this session may exist. */
  readonly maybeStarted: boolean;
  /** What a claim was charged that may have started a host: whoever goes on is not charged again. */
  readonly charge?: Charge | undefined;
  /** Kept for as long as the session's row: where it stands, there may be rows with measurements. */
  readonly gather?: GatherWindow | undefined;
  /** The latest attempt's history row. */
  readonly history: HistoryKey;
}

/** `claimed`: an attempt is asking the fleet, or died while it did. `released`: nobody is asking. */
export interface OpenSession extends AnySession {
  readonly state: 'claimed' | 'released';
}

/** What an attempt got, to be recorded for good. */
export interface SettledAnswer {
  /** The rendered answer, byte for byte as every client gets it. */
  readonly body: string;
  readonly region: string;
  readonly hostName: string;
}

/** The session has its host; does not change until it expires. */
export interface AllocatedSession extends AnySession, SettledAnswer {
  readonly state: 'allocated';
}

/** Somebody has ended the session: a tombstone, so that its id never gets a second host. */
export interface EndedSession extends AnySession {
  readonly state: 'ended';
  readonly endedAtMs: number;
  /** Who ended it, for operators. */
  readonly endedBy: string;
  /** Absent while the fleet has not confirmed that no host is left; the sweep asks it until it does. */
  readonly endFleet?: EndFleet | undefined;
  /** The host that the session had, where it was allocated. */
  readonly hosted?: HostedBefore | undefined;
}

/** What stays of an allocation that was ended. */
export interface HostedBefore {
  /** The attempt that got the host. */
  readonly attemptId: string;
  readonly region: string;
  readonly hostName: string;
}

/** A session as its row describes it. */
export type Session = OpenSession | AllocatedSession | EndedSession;

/** What else a reading of the row says, by the storage service's clock. */
interface Reading {
  /** Names this state of the row: what a take-over is conditional on. */
  readonly etag: string;
  /** Of a claimed session, in milliseconds; zero or less: the lease has run out. */
  readonly leaseLeftMs: number;
  /** Until the row may be forgotten, in milliseconds; negative when that time has passed. */
  readonly expiresInMs: number;
  /** How long ago the row was written, in milliseconds. */
  readonly ageMs: number;
}

/** A session as it was read. */
export type SessionRecord = Session & Reading;
export type AllocatedRecord = AllocatedSession & Reading;
export type EndedRecord = EndedSession & Reading;

/** What a request for the session must agree with. */
export interface SessionIdentity {
  readonly gameMode: string;
  /** Absent while nothing was started: then no game server has a cookie, and the next call may bring another. */
  readonly cookieSeal?: CookieSeal;
}

/**
 * What a session means to whoever asks for its host now.
 *
 * - `replay`: it has one.
 * - `wait`: another attempt is asking the fleet for it, and may do so for `leaseLeftMs` more.
 * - `take-over`: an attempt that ended may have started a host. Whoever goes on asks the same fleet, for the same thing,
 *   with the same cookie.
 * - `claim`: nothing was started; whoever comes next begins anew.
 * - `ended`: it is over, and gets no host any more.
 *
 * `session` is absent only where there is no row; `identity` is absent where a request may bring what it likes.
 * `gatherLeftMs` is what is left of a window that was opened before; absent: a claim opens one, if its mode gathers.
 */
export type Meaning = { readonly identity?: SessionIdentity } & (
  | { readonly kind: 'replay'; readonly session: AllocatedRecord }
  | { readonly kind: 'ended'; readonly session: EndedRecord }
  | { readonly kind: 'wait'; readonly session: SessionRecord; readonly leaseLeftMs: number }
  | { readonly kind: 'take-over'; readonly session: SessionRecord; readonly gatherLeftMs?: number }
  | {
      readonly kind: 'claim';
      readonly session?: SessionRecord;
      readonly generation: number;
      readonly gatherLeftMs?: number;
    }
);

/** What lets a caller claim the session. */
export type Claimable = Extract<Meaning, { readonly kind: 'claim' | 'take-over' }>;

/**
 * The one place that decides what a session's row means. Pure: it looks at no clock.
 *
 *     no row ──────────────────────────────▶ claim
 *     claimed ── lease left ───────────────▶ wait
 *        └────── lease has run out ────────▶ take-over   (its holder died at an unknown point)
 *     released ─ a host may exist ─────────▶ take-over
 *        └────── nothing was started ──────▶ claim
 *     allocated ─ until the end + margin ──▶ replay
 *        └────── after that ───────────────▶ claim, generation + 1
 *     ended ───── until the end + margin ──▶ ended        (and for as long as a host may be left)
 *        └────── after that ───────────────▶ claim, generation + 1
 *
 * @param sinceReadMs how long ago the row was read, on whatever clock its reader goes by; negative looks back
 */
export function meaningOf(session: SessionRecord | undefined, sinceReadMs = 0): Meaning {
  if (session === undefined) return { kind: 'claim', generation: 1 };
  const { gameMode, cookieSeal, generation } = session;
  const identity = { gameMode, cookieSeal };
  switch (session.state) {
    case 'claimed': {
      const leaseLeftMs = session.leaseLeftMs - sinceReadMs;
      if (leaseLeftMs > 0) return { kind: 'wait', session, identity, leaseLeftMs };
      return { kind: 'take-over', session, identity, ...windowOf(session, sinceReadMs) };
    }
    case 'released': {
      const window = windowOf(session, sinceReadMs);
      if (session.maybeStarted) return { kind: 'take-over', session, identity, ...window };
      // A window that nobody has closed is gone on with: its holder left before it ended.
      const before = session.gather?.isOpen === true ? window : {};
      return { kind: 'claim', session, identity: { gameMode }, generation, ...before };
    }
    case 'allocated':
      if (session.expiresInMs - sinceReadMs >= -EXPIRY_MARGIN_MS)
        return { kind: 'replay', session, identity };
      return { kind: 'claim', session, generation: generation + 1 };
    case 'ended':
      // The fleet knows a host by its session's id alone: a new one would be shut down in place of the old one.
      if (session.endFleet === undefined || session.expiresInMs - sinceReadMs >= -EXPIRY_MARGIN_MS)
        return { kind: 'ended', session };
      return { kind: 'claim', session, generation: generation + 1 };
  }
}

function windowOf({ gather }: SessionRecord, sinceReadMs: number): { readonly gatherLeftMs?: number } {
  if (gather === undefined) return {};
  return { gatherLeftMs: gather.isOpen ? Math.max(0, gather.leftMs - sinceReadMs) : 0 };
}

/**
 * A fleet call that was in flight when its session was ended is over by then, whatever became of its process: it had the
 * lease at the longest, and the fleet some time to do what it was asked.
 */
const CALLS_OVER_MS = 60_000;

/**
 * What a fleet has said of an ended session's host for good: it has confirmed it, and no call that would start another
 * host can be in flight any more. Undefined: it has to be told again.
 *
 * @param said what it answered when it was told
 * @param before the session as it was when it was ended; or its tombstone, as it was read before the fleet was told
 */
export function finalWord(said: EndFleet | 'pending', before: SessionRecord): EndFleet | undefined {
  return said === 'pending' || !noCallInFlight(before) ? undefined : said;
}

function noCallInFlight(before: SessionRecord): boolean {
  switch (before.state) {
    case 'claimed':
      return false;
    case 'released':
      return !before.maybeStarted;
    case 'allocated':
    case 'ended':
      return before.ageMs >= CALLS_OVER_MS;
  }
}

/** How long a session has been waiting when its latest attempt begins, in milliseconds. */
export function waitedMs({ claimedAtMs, firstClaimedAtMs = claimedAtMs }: Session): number {
  // Two instances wrote the two, each by its own clock.
  return Math.max(0, claimedAtMs - firstClaimedAtMs);
}
