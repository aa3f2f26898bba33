import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { EntityTable } from '../tables/entityTable.ts';
import { StorageFault } from '../storageFault.ts';
import type {
  AllocatedRecord,
  Claim,
  HistoryKey,
  ReleaseEnding,
  SettledAnswer,
  Settlement,
} from './ledger.ts';
import { ownWrite } from '../tables/ownWrite.ts';
import { type ClaimedRow, type SessionRow, chargeCells, chargeOf, toRecord } from './sessionRow.ts';

export interface ClaimOptions {
  readonly sessions: EntityTable;
  readonly clock: Clock;
  readonly leaseMs: number;
  readonly sessionTtlMs: number;
}

/** Cells that are undefined are not written: rows are replaced whole. */
const NO_LEASE = { leaseMs: undefined, leaseUntil: undefined };

/** Between two tries to settle: the storage service is in trouble, and the lease is short. */
const SETTLE_PAUSE_MS = 200;

/** A claim that was just written: `row` stands in the table under `etag`, sent at `sentAtMs` (monotonic). */
export function heldClaim(
  options: ClaimOptions,
  row: ClaimedRow,
  etag: string,
  sentAtMs: number,
  previousHistory: HistoryKey | undefined,
): Claim {
  return new TableClaim(options, row, etag, sentAtMs, previousHistory);
}

class TableClaim implements Claim {
  readonly sessionId: string;
  readonly attemptId: string;
  readonly generation: number;
  readonly claimedAtMs: number;
  readonly cookie: string | undefined;
  readonly cookieSeal: Claim['cookieSeal'];
  readonly fleet: string;
  readonly fleetTarget: string | undefined;
  readonly maybeStarted: boolean;
  readonly history: HistoryKey;
  readonly previousHistory: HistoryKey | undefined;
  charge: Claim['charge'];
  readonly #options: ClaimOptions;
  readonly #row: ClaimedRow;
  #etag: string;
  #leaseFromMs: number;

  constructor(
    options: ClaimOptions,
    row: ClaimedRow,
    etag: string,
    sentAtMs: number,
    previousHistory: HistoryKey | undefined,
  ) {
    this.#options = options;
    this.#row = row;
    this.#etag = etag;
    this.#leaseFromMs = sentAtMs;
    this.sessionId = row.partitionKey;
    this.attemptId = row.attemptId;
    this.generation = row.generation;
    this.claimedAtMs = row.claimedAt.getTime();
    this.cookie = row.cookie;
    this.cookieSeal = { salt: row.cookieSalt, hash: row.cookieHash };
    this.fleet = row.fleet;
    this.fleetTarget = row.fleetTarget;
    this.maybeStarted = row.maybeStarted;
    this.history = { partitionKey: row.historyPartition, rowKey: row.historyRow };
    this.previousHistory = previousHistory;
    this.charge = chargeOf(row);
  }

  leaseLeftMs(): number {
    return this.#leaseFromMs + this.#options.leaseMs - this.#options.clock.monotonicMs();
  }

  async renew(): Promise<boolean> {
    const { clock, leaseMs } = this.#options;
    const sentAtMs = clock.monotonicMs();
    const lease = { leaseUntil: new Date(clock.wallMs() + leaseMs) };
    const renewed = await this.#write({ ...this.#row, ...chargeCells(this.charge), ...lease });
    if (renewed) this.#leaseFromMs = sentAtMs;
    return renewed;
  }

  async release(ending: ReleaseEnding): Promise<boolean> {
    if (ending === 'never-asked' && this.previousHistory === undefined) {
      const { partitionKey, rowKey } = this.#row;
      return (await this.#options.sessions.remove(partitionKey, rowKey, this.#etag)).ok;
    }
    const maybeStarted = this.maybeStarted || ending === 'maybe-started';
    const charge = chargeCells(maybeStarted ? this.charge : undefined);
    // Without a history row of its own: the chain goes on from the one before it.
    const latest = ending === 'never-asked' ? historyCells(this.previousHistory ?? this.history) : {};
    return this.#write({ ...this.#row, ...NO_LEASE, ...charge, ...latest, state: 'released', maybeStarted });
  }

  async settle(answer: SettledAnswer, giveUpAtMs: number): Promise<Settlement> {
    const { clock } = this.#options;
    const row = this.#settledRow(answer);
    do {
      try {
        const settlement = await this.#trySettle(row);
        if (settlement !== 'again') return settlement;
      } catch (error) {
        if (!(error instanceof StorageFault)) throw error;
        await clock.sleep(SETTLE_PAUSE_MS);
      }
    } while (clock.monotonicMs() < giveUpAtMs);
    return { kind: 'unconfirmed' };
  }

  /**
   * First settle wins: an `allocated` row is never written over. Any other row of this generation is, whoever claimed
   * it meanwhile: the fleet gives every attempt of a session the same host.
   */
  async #trySettle(row: SessionRow): Promise<Settlement | 'again'> {
    const written = await ownWrite(this.#options.sessions, row, this.#etag);
    if (written.ok) {
      return { kind: 'settled', record: settledRecord(row, written.etag, this.#options.clock.wallMs()) };
    }
    if (written.current === undefined) return { kind: 'unconfirmed' };
    const record = toRecord(written.current);
    if (record.generation !== this.generation) return { kind: 'unconfirmed' };
    if (record.state === 'allocated') return { kind: 'superseded', record };
    this.#etag = written.current.etag;
    return 'again';
  }

  #settledRow(answer: SettledAnswer): SessionRow {
    const { clock, sessionTtlMs } = this.#options;
    return {
      ...this.#row,
      ...NO_LEASE,
      ...chargeCells(this.charge),
      ...answer,
      // The game server has it: only its seal is needed from here on.
      cookie: undefined,
      state: 'allocated',
      writeId: randomUUID(),
      maybeStarted: true,
      expiresAt: new Date(clock.wallMs() + sessionTtlMs),
    };
  }

  /** Writes the row for as long as it is this attempt's claim; false: it is not any more. */
  async #write(row: SessionRow): Promise<boolean> {
    const fresh = { ...row, writeId: randomUUID() };
    for (;;) {
      const written = await ownWrite(this.#options.sessions, fresh, this.#etag);
      if (written.ok) {
        this.#etag = written.etag;
        return true;
      }
      const { current } = written;
      // A write of ours that was given up on may have landed late: the row is still this attempt's, under a new etag.
      if (current?.row['attemptId'] !== this.attemptId || current.row['state'] !== 'claimed') return false;
      this.#etag = current.etag;
    }
  }
}

function historyCells({
  partitionKey,
  rowKey,
}: HistoryKey): Pick<SessionRow, 'historyPartition' | 'historyRow'> {
  return { historyPartition: partitionKey, historyRow: rowKey };
}

function settledRecord(row: SessionRow, etag: string, nowMs: number): AllocatedRecord {
  const record = toRecord({ row, etag, writtenAtMs: nowMs, readAtMs: nowMs });
  if (record.state !== 'allocated') throw new Error('a settled row is allocated');
  return record;
}
