import { toRow } from '../../lib/ledger/sessions/sessionRow.ts';
import type { EntityTable, Row, Stored, WriteResult } from '../../lib/ledger/tables/entityTable.ts';
import type { OlderRequest, Page } from '../../lib/ledger/tables/partitionScan.ts';
import { ANSWER, CLAIMED } from '../../test/support/sessions.ts';
import { ATTEMPT_MS, type Attempts } from './attempts.ts';
import { Marks } from './marks.ts';
import { SERVICE, type ServiceLimits } from './serviceLimits.ts';
import type { SimulatedTime } from './simulatedTime.ts';

interface Stray {
  readonly stored: Stored;
  /** Where in the table its key sorts, from 0 to 1. */
  readonly at: number;
}

/** The table of the sessions: one for each attempt, made when it is read, and the strays, which no attempt names. */
export class SimulatedSessions implements EntityTable {
  readonly removed: Marks;
  /** Rows that were written again. */
  readonly #written = new Map<string, Stored>();
  readonly #strays = new Map<string, Stray>();
  readonly #attempts: Attempts;
  readonly #time: SimulatedTime;
  readonly #limits: ServiceLimits;
  readonly #ttlMs: number;
  readonly #claimed: Row;
  readonly #allocated: Row;

  constructor(attempts: Attempts, time: SimulatedTime, limits: ServiceLimits, ttlMs: number) {
    this.#attempts = attempts;
    this.#time = time;
    this.#limits = limits;
    this.#ttlMs = ttlMs;
    this.removed = new Marks(attempts.anHour);
    const times = { clock: time, leaseMs: ATTEMPT_MS + 500, sessionTtlMs: ttlMs };
    this.#claimed = toRow(CLAIMED, times);
    this.#allocated = toRow({ ...CLAIMED, ...ANSWER, state: 'allocated' }, times);
  }

  /** A session whose broker died right after the claim. */
  addStray(sessionId: string, writtenAtMs: number, at: number): void {
    const row = { ...this.#claimed, partitionKey: sessionId, expiresAt: new Date(writtenAtMs + this.#ttlMs) };
    const stored = { row, etag: 'stray', writtenAtMs, readAtMs: writtenAtMs };
    this.#strays.set(sessionId, { stored, at });
  }

  /** Strays that a look for them would have to find now. */
  straysExpired(beforeMs: number): number {
    const all = [...this.#strays.values()];
    return all.filter(({ stored }) => stored.writtenAtMs + this.#ttlMs < beforeMs).length;
  }

  async read(sessionId: string): Promise<Stored | undefined> {
    await this.#limits.point();
    const readAtMs = Math.floor(this.#time.wallMs() / 1_000) * 1_000;
    const kept = this.#written.get(sessionId) ?? this.#strays.get(sessionId)?.stored;
    if (kept !== undefined) return { ...kept, readAtMs };
    const { hour, number } = this.#attempts.find(sessionId);
    const beganMs = this.#attempts.beganMs(hour, number);
    if (beganMs > this.#time.wallMs() || this.removed.has(hour, number)) return undefined;
    const isOpen = this.#attempts.dies(number) || this.#time.wallMs() < beganMs + ATTEMPT_MS;
    const own = { partitionKey: sessionId, historyPartition: hour };
    if (isOpen) return { row: { ...this.#claimed, ...own }, etag: 'first', writtenAtMs: beganMs, readAtMs };
    // Nobody copies these: a prototype instead of some twenty cells each.
    const row = Object.setPrototypeOf(own, this.#allocated) as Row;
    return { row, etag: 'first', writtenAtMs: beganMs + ATTEMPT_MS, readAtMs };
  }

  async replace(row: Row): Promise<WriteResult> {
    await this.#limits.point();
    const writtenAtMs = this.#time.wallMs();
    this.#written.set(row.partitionKey, { row, etag: 'second', writtenAtMs, readAtMs: writtenAtMs });
    return { ok: true, etag: 'second' };
  }

  async remove(sessionId: string): Promise<{ readonly ok: boolean }> {
    await this.#limits.point();
    this.#written.delete(sessionId);
    if (this.#strays.delete(sessionId)) return { ok: true };
    const { hour, number } = this.#attempts.find(sessionId);
    return { ok: this.removed.add(hour, number) };
  }

  insert(): Promise<WriteResult> {
    throw new Error('nobody inserts a session here');
  }

  /** Of the sessions, no one but strays is older than anything that is asked for. */
  async pageOlder({ olderThan, continuation }: OlderRequest, rows: number): Promise<Page> {
    const from = Number(continuation ?? 0);
    const most = (SERVICE.rowsLookedAtASecond * SERVICE.queryMs) / 1_000;
    const until = Math.min(1, from + most / Math.max(1, rows));
    await this.#limits.scan((until - from) * rows);
    const found = [...this.#strays.values()].filter(
      ({ stored, at }) => at >= from && at < until && stored.writtenAtMs + this.#ttlMs < olderThan.getTime(),
    );
    const readAtMs = this.#time.wallMs();
    const page = found.map(({ stored }) => ({ ...stored, readAtMs }));
    return { rows: page, continuation: until < 1 ? String(until) : undefined };
  }
}
