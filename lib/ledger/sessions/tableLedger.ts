import { randomUUID } from 'node:crypto';
import type { EndFleet } from '../../contract/outcomes.ts';
import { historyKey } from '../history/historyKey.ts';
import { StorageFault } from '../storageFault.ts';
import type { Stored } from '../tables/entityTable.ts';
import { ownWrite } from '../tables/ownWrite.ts';
import { type LedgerOptions, TableClaim, type WrittenClaim } from './claim.ts';
import { sealCookie } from './cookieSeal.ts';
import type { ClaimResult, EndResult, Ledger, Proposal, Tombstone } from './ledger.ts';
import {
  type Claimable,
  type EndedRecord,
  type EndedSession,
  type GatherWindow,
  type HostedBefore,
  meaningOf,
  type OpenSession,
  type SessionRecord,
} from './session.ts';
import { SESSION_ROW_KEY, toRecord, toRow } from './sessionRow.ts';

/** Of two clocks that are set by the network, and of `Date`, which has whole seconds. */
const USUAL_SKEW_MS = 60_000;

/** Each failure means that another caller claimed the session and let it go, within a round trip. */
const INSERT_TRIES = 16;

/**
 * What this claim has tried to insert, by `writeId`. The network may deliver an insert once more after it was refused: if the
 * row is gone by then it lands, and the next try finds it there.
 */
type OwnInserts = Map<string, Pick<WrittenClaim, 'session' | 'sentAtMs'>>;

/** {@link Ledger} on a table with conditional writes: the protocol is drawn in docs/guarantees.md. */
export class TableLedger implements Ledger {
  readonly #options: LedgerOptions;
  /** How far the storage service's clock is ahead of this instance's, as far as that is known. */
  #aheadMs = 0;

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  async read(sessionId: string): Promise<SessionRecord | undefined> {
    const stored = await this.#options.sessions.read(sessionId, SESSION_ROW_KEY);
    this.#learn(stored?.readAtMs);
    return stored && toRecord(stored);
  }

  async claim(proposal: Proposal, found: Claimable): Promise<ClaimResult> {
    const { session: seen } = found;
    if (seen === undefined) return this.#insert(proposal);
    const session =
      found.kind === 'take-over'
        ? this.#goingOn(proposal, found.session)
        : this.#beginning(proposal, found.generation, firstClaimedAtMs(seen, found.generation));
    return this.#replace(proposal, { ...session, gather: gatherOf(proposal, found) }, seen);
  }

  tombstone(sessionId: string, endedBy: string): Tombstone {
    const [attemptId, endedAtMs] = [randomUUID(), this.#nowMs()];
    return { attemptId, endedAtMs, endedBy, history: historyKey(endedAtMs, sessionId, attemptId) };
  }

  async end(tombstone: Tombstone, seen: SessionRecord, endFleet?: EndFleet): Promise<EndResult> {
    const ended = endedAs(tombstone, seen, endFleet);
    // It stands until the allocation would have expired; without a host, for as long as one.
    const ttlMs = seen.state === 'allocated' ? seen.expiresInMs : this.#options.sessionTtlMs;
    const written = await ownWrite(this.#options.sessions, toRow(ended, this.#options, ttlMs), seen.etag);
    if (!written.ok) return { kind: 'seen', record: written.current && toRecord(written.current) };
    const reading = { etag: written.etag, leaseLeftMs: 0, ageMs: 0, expiresInMs: ttlMs };
    return { kind: 'ended', record: { ...ended, ...reading } };
  }

  async confirmEnd(
    { etag, ageMs, expiresInMs, leaseLeftMs, ...ended }: EndedRecord,
    endFleet: EndFleet,
  ): Promise<boolean> {
    const row = toRow({ ...ended, endFleet }, this.#options, expiresInMs);
    return (await ownWrite(this.#options.sessions, row, etag)).ok;
  }

  /** Another's claim that is let go between the refused insert and its read leaves nothing to see: then once more. */
  async #insert(proposal: Proposal): Promise<ClaimResult> {
    const own: OwnInserts = new Map();
    for (let tries = 0; tries < INSERT_TRIES; tries += 1) {
      const result = await this.#tryInsert(proposal, own);
      if (result !== 'again') return result;
    }
    throw new StorageFault('insert', 'sessions', 'others keep inserting and deleting the row');
  }

  /** @param own the inserts before this one, and then this one as well */
  async #tryInsert(proposal: Proposal, own: OwnInserts): Promise<ClaimResult | 'again'> {
    const { sessions, clock } = this.#options;
    const gather = gatherOf(proposal, { kind: 'claim', generation: 1 });
    const session = { ...this.#beginning(proposal, 1), gather };
    const row = toRow(session, this.#options);
    const sentAtMs = clock.monotonicMs();
    own.set(row.writeId, { session, sentAtMs });
    // The racing read may fail, or come before the row. It may also find a rival's claim that is let go before a
    // repetition of the insert lands: only a claim of one's own, and an allocated row, are sure to stand for longer than
    // the insert took.
    const racing = sessions.read(row.partitionKey, row.rowKey).catch(() => undefined);
    const inserted = await sessions.insert(row).catch(faultOnly);
    if (!(inserted instanceof StorageFault) && inserted.ok) {
      const { etag, atMs } = inserted;
      return this.#inItsHour({ session, sentAtMs, etag, previousHistory: undefined }, atMs);
    }
    const raced = await racing;
    const claimed = raced && this.#ownClaim(raced, own);
    if (claimed !== undefined) return claimed;
    const record = raced && toRecord(raced);
    if (record !== undefined && meaningOf(record).kind === 'replay') return { kind: 'seen', record };
    const current = await sessions.read(row.partitionKey, row.rowKey);
    if (current !== undefined)
      return this.#ownClaim(current, own) ?? { kind: 'seen', record: toRecord(current) };
    if (inserted instanceof StorageFault) throw inserted;
    return 'again';
  }

  /** The claim that was found, where it is one of one's own. */
  #ownClaim({ row, etag, readAtMs }: Stored, own: OwnInserts): Promise<ClaimResult | 'again'> | undefined {
    const written = own.get(String(row['writeId']));
    return written && this.#inItsHour({ ...written, etag, previousHistory: undefined }, readAtMs);
  }

  async #replace(proposal: Proposal, session: OpenSession, seen: SessionRecord): Promise<ClaimResult> {
    const { sessions, clock } = this.#options;
    const sentAtMs = clock.monotonicMs();
    const written = await ownWrite(sessions, toRow(session, this.#options), seen.etag);
    if (written.ok) {
      return this.#claimed({ session, etag: written.etag, sentAtMs, previousHistory: seen.history });
    }
    if (written.current === undefined) return this.#insert(proposal);
    return { kind: 'seen', record: toRecord(written.current) };
  }

  /** A session of which no host can exist: everything is as this caller proposes. */
  #beginning(proposal: Proposal, generation: number, firstMs?: number): OpenSession {
    const { sessionId, gameMode, cookie, fleet, fleetTarget } = proposal;
    const attempt = this.#newAttempt(sessionId);
    const cookieSeal = sealCookie(cookie);
    const common = { state: 'claimed', sessionId, generation, gameMode, maybeStarted: false } as const;
    const incarnation = randomUUID();
    const target = { cookie, cookieSeal, fleet, fleetTarget };
    return { ...common, ...attempt, firstClaimedAtMs: firstMs, incarnation, ...target };
  }

  /**
   * A session of which a host may exist: what an earlier claim fixed, and may have given to a game server, is kept.
   * Another fleet would start a second host, and so may the same one for another build.
   */
  #goingOn({ sessionId, gameMode }: Proposal, before: SessionRecord): OpenSession {
    const { generation, incarnation, cookie, cookieSeal, fleet, fleetTarget, charge } = before;
    const attempt = {
      ...this.#newAttempt(sessionId),
      firstClaimedAtMs: firstClaimedAtMs(before, generation),
    };
    const common = { state: 'claimed', sessionId, generation, gameMode, maybeStarted: true } as const;
    return { ...common, ...attempt, incarnation, cookie, cookieSeal, fleet, fleetTarget, charge };
  }

  #newAttempt(sessionId: string): Pick<OpenSession, 'attemptId' | 'claimedAtMs' | 'history'> {
    const attemptId = randomUUID();
    const claimedAtMs = this.#nowMs();
    return { attemptId, claimedAtMs, history: historyKey(claimedAtMs, sessionId, attemptId) };
  }

  /**
   * A new instance learns from its first claim whether its wall clock is right. Where it is not, the claim is written
   * again: its attempt would have its history row in an hour that no sweep looks through.
   */
  async #inItsHour(written: WrittenClaim, atMs: number | undefined): Promise<ClaimResult | 'again'> {
    if (!this.#learn(atMs)) return this.#claimed(written);
    const { sessionId, attemptId } = written.session;
    const claimedAtMs = this.#nowMs();
    const history = historyKey(claimedAtMs, sessionId, attemptId);
    const claim = new TableClaim(this.#options, {
      ...written,
      session: { ...written.session, claimedAtMs, history },
    });
    return (await claim.renew()) ? { kind: 'claimed', claim } : 'again';
  }

  /** Whether this instance's idea of the time was wrong by more than clocks usually are. */
  #learn(serviceMs: number | undefined): boolean {
    if (serviceMs === undefined || Math.abs(serviceMs - this.#nowMs()) <= USUAL_SKEW_MS) return false;
    this.#aheadMs = serviceMs - this.#options.clock.wallMs();
    return true;
  }

  /** By the storage service's clock: the hours of the history are looked through by it. */
  #nowMs(): number {
    return this.#options.clock.wallMs() + this.#aheadMs;
  }

  #claimed(written: WrittenClaim): ClaimResult {
    return { kind: 'claimed', claim: new TableClaim(this.#options, written) };
  }
}

function endedAs(tombstone: Tombstone, seen: SessionRecord, endFleet: EndFleet | undefined): EndedSession {
  const { sessionId, generation, incarnation, gameMode, cookieSeal, fleet, fleetTarget } = seen;
  const { claimedAtMs, firstClaimedAtMs, maybeStarted } = seen;
  const kept = { sessionId, generation, incarnation, gameMode, cookieSeal, fleet, fleetTarget };
  const began = { claimedAtMs, firstClaimedAtMs, maybeStarted };
  const gather = seen.gather && { isOpen: false, leftMs: 0 };
  return { state: 'ended', ...kept, ...began, gather, ...tombstone, endFleet, hosted: hostOf(seen) };
}

function hostOf(seen: SessionRecord): HostedBefore | undefined {
  if (seen.state !== 'allocated') return undefined;
  const { attemptId, region, hostName } = seen;
  return { attemptId, region, hostName };
}

/** A session that gathers, or did, says so for as long as it has a row. */
function gatherOf({ gatherMs }: Proposal, found: Claimable): GatherWindow | undefined {
  if (gatherMs === undefined) return found.session?.gather && { isOpen: false, leftMs: 0 };
  const leftMs = found.gatherLeftMs ?? (found.kind === 'claim' ? gatherMs : 0);
  return { isOpen: leftMs > 0, leftMs };
}

/** When the allocation's first attempt began; undefined where the next one is the first. */
function firstClaimedAtMs(before: SessionRecord, generation: number): number | undefined {
  if (before.generation !== generation) return undefined;
  return before.firstClaimedAtMs ?? before.claimedAtMs;
}

function faultOnly(error: unknown): StorageFault {
  if (error instanceof StorageFault) return error;
  throw error;
}
