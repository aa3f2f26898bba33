import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { heldClaim } from './claim.ts';
import { sealCookie } from './cookieSeal.ts';
import type { EntityTable, Stored } from '../tables/entityTable.ts';
import { StorageFault } from '../storageFault.ts';
import { historyKey } from '../history/historyKey.ts';
import type { ClaimResult, HistoryKey, Ledger, Proposal, SessionRecord } from './ledger.ts';
import { ownWrite } from '../tables/ownWrite.ts';
import {
  type ClaimedRow,
  chargeCells,
  hasExpired,
  isClaimable,
  SESSION_ROW_KEY,
  toRecord,
} from './sessionRow.ts';

export interface LedgerOptions {
  readonly sessions: EntityTable;
  readonly clock: Clock;
  /** How long a claim holds without being renewed: one fleet call and a margin. */
  readonly leaseMs: number;
  /** How long a session's host is replayed. */
  readonly sessionTtlMs: number;
}

/** {@link Ledger} on a table with conditional writes: the protocol is drawn in docs/guarantees.md. */
export class TableLedger implements Ledger {
  readonly #options: LedgerOptions;

  constructor(options: LedgerOptions) {
    this.#options = options;
  }

  async read(sessionId: string): Promise<SessionRecord | undefined> {
    const stored = await this.#options.sessions.read(sessionId, SESSION_ROW_KEY);
    return stored && toRecord(stored);
  }

  async claim(proposal: Proposal, seen?: SessionRecord): Promise<ClaimResult> {
    if (seen === undefined) return this.#insert(proposal);
    return isClaimable(seen) ? this.#takeOver(proposal, seen) : { kind: 'seen', record: seen };
  }

  async #insert(proposal: Proposal): Promise<ClaimResult> {
    const { sessions, clock } = this.#options;
    const row = this.#claimedRow(proposal, undefined);
    const sentAtMs = clock.monotonicMs();
    // The racing read may fail, or come before the row. It may also find a rival's claim that is let go before a
    // repetition of the insert lands: only an allocated row is sure to stand for longer than the insert took.
    const racing = sessions.read(row.partitionKey, row.rowKey).catch(() => undefined);
    const inserted = await sessions.insert(row).catch(faultOnly);
    if (!(inserted instanceof StorageFault) && inserted.ok) {
      return this.#claimed(row, inserted.etag, sentAtMs, undefined);
    }
    const raced = await racing;
    const current = isLasting(raced) ? raced : await sessions.read(row.partitionKey, row.rowKey);
    if (current?.row['writeId'] === row.writeId) return this.#claimed(row, current.etag, sentAtMs, undefined);
    if (current !== undefined) return { kind: 'seen', record: toRecord(current) };
    if (inserted instanceof StorageFault) throw inserted;
    throw new StorageFault('insert', 'sessions', undefined, new Error('the row went away while it was read'));
  }

  async #takeOver(proposal: Proposal, seen: SessionRecord): Promise<ClaimResult> {
    const row = this.#claimedRow(proposal, seen);
    const sentAtMs = this.#options.clock.monotonicMs();
    const written = await ownWrite(this.#options.sessions, row, seen.etag);
    if (written.ok) return this.#claimed(row, written.etag, sentAtMs, seen.history);
    if (written.current === undefined) return this.#insert(proposal);
    return { kind: 'seen', record: toRecord(written.current) };
  }

  /** The whole row of a new claim; what an earlier claim fixed and may have told a game server is kept. */
  #claimedRow(proposal: Proposal, before: SessionRecord | undefined): ClaimedRow {
    const { clock, leaseMs, sessionTtlMs } = this.#options;
    const nowMs = clock.wallMs();
    const attemptId = randomUUID();
    const history = historyKey(nowMs, proposal.sessionId, attemptId);
    const maybeStarted = before !== undefined && mayHaveStarted(before);
    const cookie = maybeStarted ? before.cookie : proposal.cookie;
    const seal = maybeStarted ? before.cookieSeal : sealCookie(cookie);
    // Another fleet would start a second host, and so may the same one for another build.
    const { fleet, fleetTarget } = maybeStarted ? before : proposal;
    return {
      partitionKey: proposal.sessionId,
      rowKey: SESSION_ROW_KEY,
      state: 'claimed',
      writeId: randomUUID(),
      attemptId,
      generation: nextGeneration(before),
      gameMode: proposal.gameMode,
      cookie,
      cookieSalt: seal.salt,
      cookieHash: seal.hash,
      fleet,
      fleetTarget,
      maybeStarted,
      ...chargeCells(maybeStarted ? before.charge : undefined),
      leaseMs,
      leaseUntil: new Date(nowMs + leaseMs),
      claimedAt: new Date(nowMs),
      ttlMs: sessionTtlMs,
      expiresAt: new Date(nowMs + sessionTtlMs),
      historyPartition: history.partitionKey,
      historyRow: history.rowKey,
    };
  }

  #claimed(
    row: ClaimedRow,
    etag: string,
    sentAtMs: number,
    previousHistory: HistoryKey | undefined,
  ): ClaimResult {
    return { kind: 'claimed', claim: heldClaim(this.#options, row, etag, sentAtMs, previousHistory) };
  }
}

function isLasting(stored: Stored | undefined): stored is Stored {
  return stored !== undefined && !isClaimable(toRecord(stored)) && stored.row['state'] === 'allocated';
}

function faultOnly(error: unknown): StorageFault {
  if (error instanceof StorageFault) return error;
  throw error;
}

function nextGeneration(before: SessionRecord | undefined): number {
  if (before === undefined) return 1;
  return hasExpired(before) ? before.generation + 1 : before.generation;
}

/** A claim whose lease ran out died at an unknown point: its host may exist. */
function mayHaveStarted(before: SessionRecord): boolean {
  if (before.state === 'released') return before.maybeStarted;
  return before.state === 'claimed';
}
