import type { EntityTable, Row, Stored, WriteResult } from '../../lib/ledger/tables/entityTable.ts';

/** Rows in memory with the conditional writes of Table Storage, and a storage clock that a test can move. */
export class MemoryTable implements EntityTable {
  readonly rows = new Map<string, Stored>();
  nowMs: () => number;
  #writes = 0;

  constructor(nowMs: () => number) {
    this.nowMs = nowMs;
  }

  async insert(row: Row): Promise<WriteResult> {
    await Promise.resolve();
    return this.rows.has(keyOf(row)) ? { ok: false } : this.#put(row);
  }

  async read(partitionKey: string, rowKey: string): Promise<Stored | undefined> {
    await Promise.resolve();
    const stored = this.rows.get(keyOf({ partitionKey, rowKey }));
    // The service's Date header has whole seconds.
    return stored && { ...stored, readAtMs: Math.floor(this.nowMs() / 1000) * 1000 };
  }

  async replace(row: Row, etag: string): Promise<WriteResult> {
    await Promise.resolve();
    return this.rows.get(keyOf(row))?.etag === etag ? this.#put(row) : { ok: false };
  }

  async remove(partitionKey: string, rowKey: string, etag: string): Promise<{ ok: boolean }> {
    await Promise.resolve();
    const key = keyOf({ partitionKey, rowKey });
    if (this.rows.get(key)?.etag !== etag) return { ok: false };
    return { ok: this.rows.delete(key) };
  }

  #put(row: Row): WriteResult {
    this.#writes += 1;
    const etag = `W/"${this.#writes}"`;
    const present = Object.entries(row).filter(([, value]) => value !== undefined);
    const kept = Object.fromEntries(present) as Row;
    this.rows.set(keyOf(row), { row: kept, etag, writtenAtMs: this.nowMs(), readAtMs: 0 });
    return { ok: true, etag, atMs: Math.floor(this.nowMs() / 1000) * 1000 };
  }
}

function keyOf({ partitionKey, rowKey }: Pick<Row, 'partitionKey' | 'rowKey'>): string {
  return `${partitionKey}\n${rowKey}`;
}
