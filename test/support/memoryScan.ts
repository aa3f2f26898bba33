import type { Stored } from '../../lib/ledger/tables/entityTable.ts';
import type {
  OlderRequest,
  Page,
  PageRequest,
  PartitionScan,
} from '../../lib/ledger/tables/partitionScan.ts';
import type { MemoryTable } from './memoryTable.ts';

/** {@link PartitionScan} over a table in memory: rows in the order of their keys, continuations by key. */
export class MemoryScan implements PartitionScan {
  readonly #table: MemoryTable;
  /** Every page that was asked for, in order. */
  readonly requests: PageRequest[] = [];

  constructor(table: MemoryTable) {
    this.#table = table;
  }

  async page(request: PageRequest): Promise<Page> {
    await Promise.resolve();
    this.requests.push(request);
    const from = request.continuation === undefined ? '' : unpack(request.continuation).nextRowKey;
    const rows = this.#sorted().filter(({ row }) => isIn(row, request) && row.rowKey >= from);
    const next = rows[request.limit]?.row.rowKey;
    return {
      rows: rows.slice(0, request.limit).map((stored) => only(stored, request.columns)),
      continuation:
        next === undefined ? undefined : pack({ nextPartitionKey: request.partitionKey, nextRowKey: next }),
    };
  }

  async pageOlder({ column, olderThan, limit, continuation }: OlderRequest): Promise<Page> {
    await Promise.resolve();
    const from = continuation === undefined ? undefined : unpack(continuation);
    const rows = this.#sorted().filter(({ row }) => {
      const time = row[column];
      return time instanceof Date && time < olderThan && !isBefore(row, from);
    });
    const next = rows[limit]?.row;
    return {
      rows: rows.slice(0, limit),
      continuation: next && pack({ nextPartitionKey: next.partitionKey, nextRowKey: next.rowKey }),
    };
  }

  async nextPartition(from: string, before: string): Promise<string | undefined> {
    await Promise.resolve();
    const keys = this.#sorted().map(({ row }) => row.partitionKey);
    return keys.find((key) => key >= from && key < before);
  }

  async removeRows(partitionKey: string, rowKeys: readonly string[]): Promise<{ ok: boolean }> {
    await Promise.resolve();
    const keys = rowKeys.map((rowKey) => `${partitionKey}\n${rowKey}`);
    if (keys.length > 100) throw new Error('more rows than a transaction takes');
    if (!keys.every((key) => this.#table.rows.has(key))) return { ok: false };
    for (const key of keys) this.#table.rows.delete(key);
    return { ok: true };
  }

  #sorted(): readonly Stored[] {
    const readAtMs = Math.floor(this.#table.nowMs() / 1_000) * 1_000;
    return [...this.#table.rows]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, stored]) => ({ ...stored, readAtMs }));
  }
}

function isIn(row: Stored['row'], { partitionKey, afterRow, beforeRow, equals = {} }: PageRequest): boolean {
  return (
    row.partitionKey === partitionKey &&
    (afterRow === undefined || row.rowKey > afterRow) &&
    (beforeRow === undefined || row.rowKey < beforeRow) &&
    Object.entries(equals).every(([name, value]) => value === undefined || row[name] === value)
  );
}

function only({ row, ...stored }: Stored, columns: readonly string[] | undefined): Stored {
  if (columns === undefined) return { row, ...stored };
  const { partitionKey, rowKey } = row;
  const cells = Object.entries(row).filter(([name]) => columns.includes(name));
  return { ...stored, row: { ...Object.fromEntries(cells), partitionKey, rowKey } };
}

function isBefore({ partitionKey, rowKey }: Stored['row'], from: Continuation | undefined): boolean {
  if (from === undefined || partitionKey > from.nextPartitionKey) return false;
  return partitionKey < from.nextPartitionKey || rowKey < from.nextRowKey;
}

/** Answers every page in two: an empty one with a continuation, as the service may, and then the page itself. */
export class HesitantScan implements PartitionScan {
  readonly #scan: PartitionScan;
  /** Storage requests. */
  requests = 0;
  readonly nextPartition: PartitionScan['nextPartition'];
  readonly removeRows: PartitionScan['removeRows'];

  constructor(scan: PartitionScan) {
    this.#scan = scan;
    this.nextPartition = (from, before) => scan.nextPartition(from, before);
    this.removeRows = (partitionKey, rowKeys) => scan.removeRows(partitionKey, rowKeys);
  }

  page({ continuation, ...request }: PageRequest): Promise<Page> {
    return this.#hesitate(continuation, (inner) => this.#scan.page({ ...request, continuation: inner }));
  }

  pageOlder({ continuation, ...request }: OlderRequest): Promise<Page> {
    return this.#hesitate(continuation, (inner) => this.#scan.pageOlder({ ...request, continuation: inner }));
  }

  async #hesitate(
    continuation: string | undefined,
    answer: (inner: string | undefined) => Promise<Page>,
  ): Promise<Page> {
    await Promise.resolve();
    this.requests += 1;
    const given = continuation === undefined ? undefined : unpack(continuation);
    if (given?.nextPartitionKey !== HESITATED) {
      return {
        rows: [],
        continuation: pack({ nextPartitionKey: HESITATED, nextRowKey: continuation ?? '' }),
      };
    }
    return answer(given.nextRowKey === '' ? undefined : given.nextRowKey);
  }
}

const HESITATED = 'hesitated';

/** Packed as the SDK packs the service's. */
interface Continuation {
  readonly nextPartitionKey: string;
  readonly nextRowKey: string;
}

const pack = (continuation: Continuation): string =>
  Buffer.from(JSON.stringify(continuation)).toString('base64');

const unpack = (continuation: string): Continuation =>
  JSON.parse(Buffer.from(continuation, 'base64').toString()) as Continuation;
