import type { Stored } from '../tables/entityTable.ts';
import type { SessionRecord } from './ledger.ts';
import type { Charge } from '../quota/quota.ts';

/** Every session is a partition of its own (no hot spot), with this one row in it. */
export const SESSION_ROW_KEY = 'session';

/**
 * Kept clear on both sides of an allocation's end, for whole seconds in `Date` and clocks that tick at slightly
 * different speeds: before it no instance answers from its memory any more, and only after it the session may be
 * allocated anew.
 */
export const EXPIRY_MARGIN_MS = 60_000;

/** The one fleet that there was before rows said which one they meant. */
const FIRST_FLEET = 'sessionhosts';

/** A row of `brokersessions`, as operators see it. */
export interface SessionRow {
  readonly [column: string]: string | number | boolean | Date | undefined;
  readonly partitionKey: string;
  readonly rowKey: typeof SESSION_ROW_KEY;
  readonly state: 'claimed' | 'released' | 'allocated';
  /** Fresh with every write, so that a writer knows its own row again. */
  readonly writeId: string;
  readonly attemptId: string;
  readonly generation: number;
  readonly gameMode: string;
  readonly cookie?: string | undefined;
  readonly cookieSalt: string;
  readonly cookieHash?: string | undefined;
  /** Asked for a host; a session stays with it, and with what it was asked for, while a host may exist. */
  readonly fleet?: string | undefined;
  readonly fleetTarget?: string | undefined;
  readonly maybeStarted: boolean;
  /** The lease runs this long from the row's own Timestamp: the storage service's clock on both sides. */
  readonly leaseMs?: number | undefined;
  /** The same instant by the writer's clock, for people who look at the table; nothing is decided by it. */
  readonly leaseUntil?: Date | undefined;
  readonly claimedAt: Date;
  /** The row counts for this long from its own Timestamp; once it is allocated, nothing writes it again. */
  readonly ttlMs: number;
  /** The same instant by the writer's clock, for people; nothing is decided by it. */
  readonly expiresAt: Date;
  /** Of a quota: who was charged for this session, in the window that began then. */
  readonly chargedCaller?: string | undefined;
  readonly chargedWindow?: Date | undefined;
  readonly body?: string | undefined;
  readonly region?: string | undefined;
  readonly hostName?: string | undefined;
  readonly historyPartition: string;
  readonly historyRow: string;
}

/** A row as a claim writes it. */
export type ClaimedRow = SessionRow & { readonly fleet: string };

export function toRecord(stored: Stored): SessionRecord {
  const row = stored.row as SessionRow;
  const base = {
    sessionId: row.partitionKey,
    generation: row.generation,
    attemptId: row.attemptId,
    gameMode: row.gameMode,
    cookieSeal: { salt: row.cookieSalt, hash: row.cookieHash },
    cookie: row.cookie,
    fleet: row.fleet ?? FIRST_FLEET,
    fleetTarget: row.fleetTarget,
    charge: chargeOf(row),
    history: { partitionKey: row.historyPartition, rowKey: row.historyRow },
    etag: stored.etag,
    expiresInMs: stored.writtenAtMs + row.ttlMs - stored.readAtMs,
  };
  switch (row.state) {
    case 'claimed':
      return {
        ...base,
        state: 'claimed',
        leaseLeftMs: stored.writtenAtMs + (row.leaseMs ?? 0) - stored.readAtMs,
      };
    case 'released':
      return { ...base, state: 'released', maybeStarted: row.maybeStarted };
    case 'allocated':
      return {
        ...base,
        state: 'allocated',
        body: row.body ?? '',
        region: row.region ?? '',
        hostName: row.hostName ?? '',
      };
  }
}

/** The cells of a charge; without one they are not written. */
export function chargeCells(charge: Charge | undefined): Pick<SessionRow, 'chargedCaller' | 'chargedWindow'> {
  if (charge === undefined) return { chargedCaller: undefined, chargedWindow: undefined };
  return { chargedCaller: charge.caller, chargedWindow: new Date(charge.windowStartMs) };
}

export function chargeOf({ chargedCaller, chargedWindow }: SessionRow): Charge | undefined {
  if (chargedCaller === undefined || chargedWindow === undefined) return undefined;
  return { caller: chargedCaller, windowStartMs: chargedWindow.getTime() };
}

/** Whether whoever comes next may claim the session. */
export function isClaimable(record: SessionRecord): boolean {
  switch (record.state) {
    case 'claimed':
      return record.leaseLeftMs <= 0;
    case 'released':
      return true;
    case 'allocated':
      return hasExpired(record);
  }
}

/** Whether the session's allocation has run out, so that the next claim begins a new generation. */
export function hasExpired(record: SessionRecord): boolean {
  return record.state === 'allocated' && record.expiresInMs < -EXPIRY_MARGIN_MS;
}
