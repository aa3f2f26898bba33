import { hourLater, isHistoryHour } from '../../lib/ledger/history/historyKey.ts';
import type { EntityTable, Row, Stored, WriteResult } from '../../lib/ledger/tables/entityTable.ts';
import type { Page, PageRequest, PartitionScan } from '../../lib/ledger/tables/partitionScan.ts';
import { CLAIMED } from '../../test/support/sessions.ts';
import { ATTEMPT_MS, type Attempts } from './attempts.ts';
import { Marks } from './marks.ts';
import { SERVICE, type ServiceLimits } from './serviceLimits.ts';
import type { SimulatedTime } from './simulatedTime.ts';

const { attemptId } = CLAIMED;

/** The table of the history: an attempt's row is made when it is read; what the timers keep beside them is kept. */
export class SimulatedHistory implements EntityTable, PartitionScan {
  readonly removed: Marks;
  readonly closed: Marks;
  readonly #others = new Map<string, Stored>();
  readonly #attempts: Attempts;
  readonly #time: SimulatedTime;
  readonly #limits: ServiceLimits;
  #firstHour: string;
  #writes = 0;

  /** @param firstHour the oldest that has rows */
  constructor(attempts: Attempts, time: SimulatedTime, limits: ServiceLimits, firstHour: string) {
    this.#attempts = attempts;
    this.#time = time;
    this.#limits = limits;
    this.#firstHour = firstHour;
    this.removed = new Marks(attempts.anHour);
    this.closed = new Marks(attempts.anHour);
  }

  get firstHour(): string {
    return this.#firstHour;
  }

  /** How many rows of attempts that died before this moment nobody has closed. */
  openSince(hour: string, beforeMs: number): number {
    let open = 0;
    for (let number = 0; number < this.#attempts.begun(hour, beforeMs); number += 1) {
      if (this.#isOpen(hour, number)) open += 1;
    }
    return open;
  }

  async read(partitionKey: string, rowKey: string): Promise<Stored | undefined> {
    await this.#limits.partition(partitionKey, 1);
    return this.#others.get(rowKey);
  }

  async insert(row: Row): Promise<WriteResult> {
    await this.#limits.partition(row.partitionKey, 1);
    return this.#put(row);
  }

  async replace(row: Row): Promise<WriteResult> {
    await this.#limits.partition(row.partitionKey, 1);
    if (!isHistoryHour(row.partitionKey)) return this.#put(row);
    this.closed.add(row.partitionKey, this.#numberIn(row.rowKey));
    return { ok: true, etag: 'closed' };
  }

  remove(): Promise<{ readonly ok: boolean }> {
    throw new Error('nobody removes one row of the history');
  }

  async nextPartition(from: string, before: string): Promise<string | undefined> {
    await this.#limits.scan(1);
    let hour = from > this.#firstHour ? from.slice(0, 13) : this.#firstHour;
    // `2026-11-22T08!` sorts after every row of that hour.
    if (from.length > 13 && from.startsWith(hour)) hour = hourLater(hour, 1);
    const nowMs = this.#time.wallMs();
    return hour < before && this.#attempts.startMs(hour) < nowMs ? hour : undefined;
  }

  async removeRows(partitionKey: string, rowKeys: readonly string[]): Promise<{ readonly ok: boolean }> {
    await this.#limits.partition(partitionKey, rowKeys.length);
    for (const rowKey of rowKeys) this.removed.add(partitionKey, this.#numberIn(rowKey));
    const isGone = this.removed.count(partitionKey) === this.#attempts.anHour;
    if (isGone && partitionKey === this.#firstHour) this.#firstHour = hourLater(partitionKey, 1);
    return { ok: true };
  }

  async page(request: PageRequest): Promise<Page> {
    const { partitionKey: hour, limit, continuation } = request;
    const { first, last } = this.#range(request);
    const most = (SERVICE.rowsLookedAtASecond * SERVICE.queryMs) / 1_000;
    const onlyOpen = request.equals?.['outcome'] === 'open';
    const rows: Stored[] = [];
    let number = continuation === undefined ? last : Number(continuation);
    const from = number;
    // Newest first, as the keys sort.
    for (; number >= first && rows.length < limit && from - number < most; number -= 1) {
      const isWanted = onlyOpen ? this.#isOpen(hour, number) : !this.removed.has(hour, number);
      if (isWanted) rows.push(this.#row(hour, number));
    }
    await this.#limits.partition(hour, 1, from - number);
    return { rows, continuation: number >= first ? String(number) : undefined };
  }

  pageOlder(): Promise<Page> {
    throw new Error('nobody looks through the whole history');
  }

  #isOpen(hour: string, number: number): boolean {
    if (this.#attempts.dies(number)) return !this.closed.has(hour, number) && !this.removed.has(hour, number);
    return this.#time.wallMs() < this.#attempts.beganMs(hour, number) + ATTEMPT_MS;
  }

  #row(hour: string, number: number): Stored {
    const attempts = this.#attempts;
    const sessionId = attempts.sessionId(hour, number);
    const rowKey = attempts.rowKey(hour, number);
    const row = {
      partitionKey: hour,
      rowKey,
      sessionId,
      attemptId,
      outcome: 'open',
      locations: '["West US"]',
    };
    return { row, etag: 'first', writtenAtMs: attempts.startMs(hour), readAtMs: this.#time.wallMs() };
  }

  /** The numbers of the attempts whose keys lie between the request's bounds. */
  #range({ partitionKey: hour, afterRow, beforeRow }: PageRequest): { first: number; last: number } {
    const begun = this.#attempts.begun(hour, this.#time.wallMs());
    const keyOf = (number: number): string => this.#attempts.rowKey(hour, number);
    /** The first attempt whose key sorts before this one: keys fall as numbers rise. */
    const firstBefore = (bound: string): number => {
      let [low, high] = [0, begun];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (keyOf(middle) < bound) high = middle;
        else low = middle + 1;
      }
      return low;
    };
    const first = beforeRow === undefined ? 0 : firstBefore(beforeRow);
    if (afterRow === undefined) return { first, last: begun - 1 };
    const after = firstBefore(afterRow) - 1;
    return { first, last: after >= 0 && keyOf(after) === afterRow ? after - 1 : after };
  }

  #numberIn(rowKey: string): number {
    return this.#attempts.find(rowKey.slice(16, 52)).number;
  }

  #put(row: Row): WriteResult {
    const etag = String((this.#writes += 1));
    const nowMs = this.#time.wallMs();
    this.#others.set(row.rowKey, { row, etag, writtenAtMs: nowMs, readAtMs: nowMs });
    return { ok: true, etag };
  }
}
