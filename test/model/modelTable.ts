import type { EntityTable, Row, Stored, WriteResult } from '../../lib/ledger/tables/entityTable.ts';
import { StorageFault } from '../../lib/ledger/storageFault.ts';
import type { PartitionScan } from '../../lib/ledger/tables/partitionScan.ts';
import { MemoryScan } from '../support/memoryScan.ts';
import { MemoryTable } from '../support/memoryTable.ts';
import type { Process, World } from './world.ts';

/** As long as the driver gives one operation. */
const GIVE_UP_MS = 2_500;

/** As long as reading what callers have left may take. */
const SCAN_GIVE_UP_MS = 1_000;

/** An operation that takes longer than this is no good working order, in which a process can be expected to tidy up. */
const SLOW_MS = 500;

/** A write that was done, by the storage service's clock. */
export interface Write {
  readonly atMs: number;
  /** When its sender sent it. */
  readonly sentAtMs: number;
  readonly row: Row;
}

/**
 * What becomes of one operation on its way.
 *
 * - `down`: it is refused before it is done. `lost`: it is done, and the connection breaks.
 * - `silent`: it is done, and no answer comes at all. `late`: it is done when its sender has given up.
 * - `repeated`: it is done, the answer is lost, and the client library repeats it.
 * - `echoed`: it is done, and arrives once more, later.
 * - `hung`: it is not done, and no answer comes at all.
 */
const FATES = [
  ['done', 83],
  ['down', 3],
  ['lost', 4],
  ['silent', 2],
  ['late', 2],
  ['repeated', 5],
  ['echoed', 1],
] as const;

/** While the service is out of reach. */
const OUTAGE_FATES = [
  ['down', 1],
  ['hung', 1],
] as const;

const DONE: ReadonlySet<string> = new Set(['done', 'lost', 'silent', 'repeated', 'echoed']);

/** One table of the storage service, with everything that was written to it. */
export class ModelTable {
  readonly rows: MemoryTable;
  readonly writes: Write[] = [];
  /** Processes for which an operation here came out other than at once and well. */
  readonly #troubled = new Set<Process>();
  readonly #pending = new Set<{ readonly process: Process; readonly sentAtMs: number }>();
  readonly #world: World;
  readonly #name: string;
  readonly #written: (row: Row) => void;

  /** @param written hears of every write at the moment when it is done */
  constructor(world: World, name: string, written: (row: Row) => void = () => undefined) {
    this.#world = world;
    this.#name = name;
    this.#written = written;
    this.rows = new MemoryTable(() => world.nowMs);
  }

  /** The table as one process reaches it: over a network on which everything can go wrong. */
  reachedBy(process: Process): EntityTable {
    const on = <T>(operation: string, work: () => Promise<T>, giveUpMs?: number): Promise<T> =>
      this.#send(process, operation, work, giveUpMs);
    const now = (): number => this.#world.nowMs;
    return {
      insert: (row) => {
        const sentAtMs = now();
        return on('insert', () => this.#write(row, sentAtMs, () => this.rows.insert(row)));
      },
      read: (partitionKey, rowKey) => on('read', () => this.rows.read(partitionKey, rowKey)),
      replace: (row, etag, withinMs) => {
        const sentAtMs = now();
        const replace = () => this.rows.replace(row, this.#etagFor(row, etag));
        return on('replace', () => this.#write(row, sentAtMs, replace), withinMs);
      },
      remove: (partitionKey, rowKey, etag) =>
        on('remove', () => this.rows.remove(partitionKey, rowKey, etag)),
    };
  }

  /** Its pages as one process reaches them. */
  scannedBy(process: Process): PartitionScan {
    const scan = new MemoryScan(this.rows);
    return {
      page: (request) => this.#send(process, 'query', () => scan.page(request), SCAN_GIVE_UP_MS),
      pageOlder: (request) => scan.pageOlder(request),
      nextPartition: (from, before) => scan.nextPartition(from, before),
      removeRows: (partitionKey, rowKeys) => scan.removeRows(partitionKey, rowKeys),
    };
  }

  /** Whether an operation of the process has gone wrong here, or takes long just now. */
  troubles(process: Process): boolean {
    const slow = [...this.#pending].some(
      (pending) => pending.process === process && this.#world.nowMs - pending.sentAtMs > SLOW_MS,
    );
    return slow || this.#troubled.has(process);
  }

  stored(partitionKey: string, rowKey: string): Stored | undefined {
    return this.rows.rows.get(`${partitionKey}\n${rowKey}`);
  }

  /** `*` overwrites whatever stands there, as in the real service. */
  #etagFor(row: Row, etag: string): string {
    return etag === '*' ? (this.stored(row.partitionKey, row.rowKey)?.etag ?? etag) : etag;
  }

  async #write(row: Row, sentAtMs: number, write: () => Promise<WriteResult>): Promise<WriteResult> {
    const result = await write();
    if (!result.ok) return result;
    this.writes.push({ atMs: this.#world.nowMs, sentAtMs, row });
    this.#written(row);
    return result;
  }

  #send<T>(process: Process, operation: string, work: () => Promise<T>, giveUpMs = GIVE_UP_MS): Promise<T> {
    const world = this.#world;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const tell = (what: string): void => world.tell(`${process.name} ${operation} ${this.#name}: ${what}`);
    const pending = { process, sentAtMs: world.nowMs };
    this.#pending.add(pending);
    const over = (): void => {
      if (this.troubles(process)) this.#troubled.add(process);
      this.#pending.delete(pending);
      callOff();
    };
    const answer = (result: T): void => {
      world.soon(process, () => {
        over();
        resolve(result);
      });
    };
    const fault = (reason: string): void => {
      over();
      reject(new StorageFault(operation, this.#name, undefined, new Error(reason)));
    };
    const breakOff = (): void => {
      world.soon(process, () => fault('connection lost'));
    };
    const callOff = world.after(giveUpMs, process, () => fault('no answer'));
    const arrive = async (): Promise<void> => {
      const fate = world.isStorageOut ? world.weigh(OUTAGE_FATES) : world.weigh(FATES);
      if (fate !== 'done') this.#troubled.add(process);
      const result = DONE.has(fate) ? await work() : undefined;
      tell(`${fate} ${operation === 'read' ? '' : JSON.stringify(result ?? {})}`);
      if (fate === 'down' || fate === 'lost') breakOff();
      if (fate === 'done' || fate === 'echoed') answer(result as T);
      if (fate === 'late') world.after(3_000 + 10 * world.pick(1_024), undefined, () => void work());
      if (fate === 'repeated') world.soon(undefined, () => void work().then(answer), process);
      if (fate === 'echoed') world.soon(undefined, () => void work(), process);
    };
    world.soon(undefined, () => void arrive(), process);
    return promise;
  }
}
