import type { HistoryKey } from '../history/history.ts';
import type { Charge } from '../quota/quota.ts';
import { StorageFault } from '../storageFault.ts';
import type { EntityTable } from '../tables/entityTable.ts';
import { ownWrite } from '../tables/ownWrite.ts';
import type { Claim, ReleaseEnding, Settlement } from './ledger.ts';
import type { AllocatedSession, OpenSession, SettledAnswer } from './session.ts';
import { type RowTimes, SESSION_ROW_KEY, type SessionRow, toRecord, toRow } from './sessionRow.ts';

export interface LedgerOptions extends RowTimes {
  readonly sessions: EntityTable;
}

/** A claim as it was just written. */
export interface WrittenClaim {
  readonly session: OpenSession;
  readonly etag: string;
  /** When the write was sent (monotonic). */
  readonly sentAtMs: number;
  readonly previousHistory: HistoryKey | undefined;
}

/** Between two tries to settle: the storage service is in trouble, and the lease is short. */
const SETTLE_PAUSE_MS = 200;

/** {@link Claim} on a session's row. */
export class TableClaim implements Claim {
  readonly previousHistory: HistoryKey | undefined;
  readonly #options: LedgerOptions;
  #session: OpenSession;
  #etag: string;
  #leaseFromMs: number;
  #isGathering: boolean;
  readonly #gatherUntilMs: number;

  constructor(options: LedgerOptions, { session, etag, sentAtMs, previousHistory }: WrittenClaim) {
    this.#options = options;
    this.#session = session;
    this.previousHistory = previousHistory;
    this.#etag = etag;
    this.#leaseFromMs = sentAtMs;
    this.#isGathering = session.gather?.isOpen === true;
    this.#gatherUntilMs = sentAtMs + (session.gather?.leftMs ?? 0);
  }

  get session(): OpenSession {
    return this.#session;
  }

  leaseLeftMs(): number {
    return this.#leaseFromMs + this.#options.leaseMs - this.#options.clock.monotonicMs();
  }

  gatherLeftMs(): number {
    return this.#isGathering ? Math.max(0, this.#gatherUntilMs - this.#options.clock.monotonicMs()) : 0;
  }

  async closeWindow(): Promise<boolean> {
    this.#isGathering = false;
    try {
      return await this.renew(this.session.charge);
    } catch (error) {
      // Not closed, as far as this holder knows: whoever goes on reads what callers have left.
      this.#isGathering = true;
      throw error;
    }
  }

  async renew(charge?: Charge, withinMs?: number): Promise<boolean> {
    const sentAtMs = this.#options.clock.monotonicMs();
    const renewed = await this.#write({ ...this.session, charge }, withinMs);
    if (renewed) this.#leaseFromMs = sentAtMs;
    return renewed;
  }

  async moveTo(
    { fleet, fleetTarget }: Pick<OpenSession, 'fleet' | 'fleetTarget'>,
    charge?: Charge,
  ): Promise<boolean> {
    const sentAtMs = this.#options.clock.monotonicMs();
    const moved = { ...this.session, fleet, fleetTarget };
    if (!(await this.#write({ ...moved, charge }))) return false;
    this.#leaseFromMs = sentAtMs;
    this.#session = moved;
    return true;
  }

  async release(ending: ReleaseEnding, charge?: Charge): Promise<boolean> {
    if (ending === 'never-asked' && this.previousHistory === undefined) {
      const { sessionId } = this.session;
      return (await this.#options.sessions.remove(sessionId, SESSION_ROW_KEY, this.#etag)).ok;
    }
    const maybeStarted = this.session.maybeStarted || ending === 'maybe-started';
    // Without a history row of its own: the chain goes on from the one before it.
    const latest = ending === 'never-asked' || ending === 'gathered' ? this.previousHistory : undefined;
    return this.#write({
      ...this.session,
      state: 'released',
      maybeStarted,
      charge: maybeStarted ? charge : undefined,
      history: latest ?? this.session.history,
    });
  }

  async settle(answer: SettledAnswer, giveUpAtMs: number, charge?: Charge): Promise<Settlement> {
    const { clock } = this.#options;
    const { body, region, hostName } = answer;
    // The game server has the cookie: only its seal is needed from here on.
    const cookie = undefined;
    const state = 'allocated';
    const session = {
      ...this.#asOfNow(this.session),
      state,
      maybeStarted: true,
      cookie,
      charge,
      body,
      region,
      hostName,
    } as const;
    const row = toRow(session, this.#options);
    do {
      try {
        const settlement = await this.#trySettle(session, row);
        if (settlement !== 'again') return settlement;
      } catch (error) {
        if (!(error instanceof StorageFault)) throw error;
        await clock.sleep(SETTLE_PAUSE_MS);
      }
    } while (clock.monotonicMs() < giveUpAtMs);
    return { kind: 'unconfirmed' };
  }

  /**
   * First settle wins: an `allocated` row is never written over, and no more is one that was ended. Any other row of this
   * beginning is, whoever claimed it meanwhile: the fleet gives every attempt of a session the same host.
   */
  async #trySettle(session: AllocatedSession, row: SessionRow): Promise<Settlement | 'again'> {
    const written = await ownWrite(this.#options.sessions, row, this.#etag);
    if (written.ok) {
      const reading = {
        etag: written.etag,
        leaseLeftMs: 0,
        ageMs: 0,
        expiresInMs: this.#options.sessionTtlMs,
      };
      return { kind: 'settled', record: { ...session, ...reading } };
    }
    if (written.current === undefined) return { kind: 'unconfirmed' };
    const record = toRecord(written.current);
    // Another beginning, after an expiry or a deletion: what this attempt heard is of the host before.
    const isSame = record.generation === session.generation && record.incarnation === session.incarnation;
    if (!isSame) return { kind: 'unconfirmed' };
    if (record.state === 'allocated') return { kind: 'superseded', record };
    if (record.state === 'ended') return { kind: 'ended', record };
    this.#etag = written.current.etag;
    return 'again';
  }

  #asOfNow(session: OpenSession): OpenSession {
    if (session.gather === undefined) return session;
    return { ...session, gather: { isOpen: this.#isGathering, leftMs: this.gatherLeftMs() } };
  }

  /** Writes the row for as long as it is this attempt's claim; false: it is not any more. */
  async #write(session: OpenSession, withinMs?: number): Promise<boolean> {
    for (;;) {
      // Afresh for each try: what is left of the window counts from when the row is written.
      const row = toRow(this.#asOfNow(session), this.#options);
      const written = await ownWrite(this.#options.sessions, row, this.#etag, withinMs);
      if (written.ok) {
        this.#etag = written.etag;
        return true;
      }
      const { current } = written;
      // A write of ours that was given up on may have landed late: the row is still this attempt's, under a new etag.
      if (current?.row['attemptId'] !== this.session.attemptId || current.row['state'] !== 'claimed')
        return false;
      this.#etag = current.etag;
    }
  }
}
