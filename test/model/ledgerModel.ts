import { randomUUID } from 'node:crypto';
import type { EntityTable } from '../../lib/ledger/tables/entityTable.ts';
import type { Claim, Ledger } from '../../lib/ledger/sessions/ledger.ts';
import type { Charge } from '../../lib/ledger/quota/quota.ts';
import type { SessionRecord } from '../../lib/ledger/sessions/session.ts';
import { SESSION_ROW_KEY, toRecord } from '../../lib/ledger/sessions/sessionRow.ts';
import { TableLedger } from '../../lib/ledger/sessions/tableLedger.ts';
import { isForgettable } from '../../lib/ledger/upkeep/pruneSessions.ts';
import { VirtualClock } from '../support/virtualClock.ts';
import { LossyTable } from '../support/lossyTable.ts';

export const LEASE_MS = 11_000;
export const TTL_MS = 3_600_000;

/** How a session stands, in the terms of the protocol. */
export type Abstract =
  | { readonly state: 'absent' }
  | {
      readonly state: 'claimed' | 'released' | 'allocated' | 'ended';
      readonly generation: number;
      /** Fresh with each beginning; of a row that is forgotten, never seen again. */
      readonly incarnation: string;
      readonly attemptId: string;
      readonly cookie: string | undefined;
      readonly maybeStarted: boolean;
      /** The caller whose quota the session was counted in. */
      readonly charged: string | undefined;
      /** When it was last written: what the lease and the expiry are counted from. */
      readonly sinceMs: number;
      /** When it may be forgotten, and claimed anew. */
      readonly expiresMs: number;
      /** Of the row as it stands; what the model foretells has none. */
      readonly etag?: string;
      readonly body?: string;
      /** Of a tombstone: what the fleet has said. */
      readonly endFleet?: string;
      /** Of a tombstone: the attempt whose host it had. */
      readonly hostedBy?: string;
    };

/** What the protocol says must be: the specification that the ledger is held to. */
export interface Model {
  row: Abstract;
  nowMs: number;
  /** Attempts of processes that live, by their slot. */
  holders: (Holder | undefined)[];
  /** Of every beginning so far. */
  readonly incarnations: Set<string>;
}

export interface Holder {
  readonly claim: Claim;
  readonly process: number;
  readonly attemptId: string;
  readonly tookOver: boolean;
  /** What the session was counted as: by an earlier attempt, or by this one. */
  charge: Charge | undefined;
  /** An operation of it was answered by a fault: it may not know the row's etag any more. */
  shaken: boolean;
}

/** Several processes on one session of a real table. */
export class Real {
  readonly sessionId = randomUUID();
  readonly clock = new VirtualClock(new Date().toISOString(), { sleepPasses: true });
  readonly tables: readonly LossyTable[];
  readonly ledgers: readonly Ledger[];
  /** Losses that were asked for, by process: only they excuse a fault. */
  readonly losses: number[];
  /** What each process saw last, and when by its own clock. */
  readonly seen: ({ readonly record: SessionRecord; readonly atMs: number } | undefined)[] = [];
  readonly #table: EntityTable;
  #aheadMs = 0;

  readonly reached: (state: string) => void;

  constructor(table: EntityTable, processes: number, reached: (state: string) => void) {
    this.reached = reached;
    this.#table = withTime(table, () => this.#aheadMs);
    const { clock } = this;
    this.tables = Array.from({ length: processes }, () => new LossyTable(this.#table));
    this.losses = this.tables.map(() => 0);
    this.ledgers = this.tables.map(
      (sessions) => new TableLedger({ sessions, clock, leaseMs: LEASE_MS, sessionTtlMs: TTL_MS }),
    );
  }

  async pass(ms: number): Promise<void> {
    this.#aheadMs += ms;
    await this.clock.advance(ms);
  }

  /** Does with the row what prune does. */
  async prune(): Promise<boolean> {
    const stored = await this.#table.read(this.sessionId, SESSION_ROW_KEY);
    if (stored === undefined || !isForgettable(toRecord(stored))) return false;
    return (await this.#table.remove(this.sessionId, SESSION_ROW_KEY, stored.etag)).ok;
  }

  /**
   * The row as it stands, read past every fault.
   *
   * @param sinceMs when it was written, by the model's time
   */
  async row(sinceMs: number): Promise<Abstract> {
    const stored = await this.#table.read(this.sessionId, SESSION_ROW_KEY);
    if (stored === undefined) return { state: 'absent' };
    const { row, etag } = stored;
    return {
      state: row['state'] as 'claimed',
      generation: Number(row['generation']),
      incarnation: String(row['incarnation']),
      attemptId: String(row['attemptId']),
      cookie: row['cookie'] as string | undefined,
      maybeStarted: row['maybeStarted'] === true,
      charged: row['chargedCaller'] as string | undefined,
      sinceMs,
      expiresMs: sinceMs + Number(row['ttlMs']),
      etag,
      ...(row['body'] !== undefined && { body: String(row['body']) }),
      ...(row['endFleet'] !== undefined && { endFleet: String(row['endFleet']) }),
      ...(row['hostedBy'] !== undefined && { hostedBy: String(row['hostedBy']) }),
    };
  }
}

/** The emulator keeps real time; this lets more of it pass, for rows that are there already. */
function withTime(table: EntityTable, aheadMs: () => number): EntityTable {
  const writtenAheadMs = new Map<string, number>();
  const noting = async (write: ReturnType<EntityTable['insert']>): ReturnType<EntityTable['insert']> => {
    const result = await write;
    if (result.ok) writtenAheadMs.set(result.etag, aheadMs());
    return result;
  };
  return {
    insert: (row) => noting(table.insert(row)),
    replace: (row, etag) => noting(table.replace(row, etag)),
    remove: (partitionKey, rowKey, etag) => table.remove(partitionKey, rowKey, etag),
    async read(partitionKey, rowKey) {
      const stored = await table.read(partitionKey, rowKey);
      if (stored === undefined) return undefined;
      const writtenAtMs = stored.writtenAtMs + (writtenAheadMs.get(stored.etag) ?? 0);
      return { ...stored, writtenAtMs, readAtMs: stored.readAtMs + aheadMs() };
    },
  };
}
