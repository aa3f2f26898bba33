import type { EntityTable, Row, Stored, WriteResult } from '../../lib/ledger/tables/entityTable.ts';
import { StorageFault } from '../../lib/ledger/storageFault.ts';

type Operation = 'insert' | 'read' | 'replace' | 'remove';

/**
 * - `lost`: done, but the answer is lost.
 * - `repeated`: done, the answer is lost, and it is done again: a conditional write is refused because of itself.
 * - `down`: not done.
 */
export type Loss = 'lost' | 'repeated' | 'down';

/** @param work does the operation @param withinMs when its sender gives it up, where it says so */
type Happening = (work: () => Promise<unknown>, withinMs?: number) => Promise<unknown>;

/** A table whose next operations go wrong as a test says, in the ways in which a network can. */
export class LossyTable implements EntityTable {
  readonly #table: EntityTable;
  readonly #losses: { operation: Operation; loss: Loss }[] = [];
  readonly #before = new Map<Operation, Happening>();
  /** Every operation that reached the table, in order. */
  readonly seen: Operation[] = [];

  constructor(table: EntityTable) {
    this.#table = table;
  }

  /** The next `times` operations of this kind go wrong like this. */
  lose(operation: Operation, loss: Loss, times = 1): void {
    for (let count = 0; count < times; count += 1) this.#losses.push({ operation, loss });
  }

  /** Something else happens, once, right before the next operation of this kind; instead of it, if that throws. */
  before(operation: Operation, happens: Happening): void {
    this.#before.set(operation, happens);
  }

  insert(row: Row): Promise<WriteResult> {
    return this.#through('insert', () => this.#table.insert(row));
  }

  read(partitionKey: string, rowKey: string): Promise<Stored | undefined> {
    return this.#through('read', () => this.#table.read(partitionKey, rowKey));
  }

  replace(row: Row, etag: string, withinMs?: number): Promise<WriteResult> {
    return this.#through('replace', () => this.#table.replace(row, etag), withinMs);
  }

  remove(partitionKey: string, rowKey: string, etag: string): Promise<{ readonly ok: boolean }> {
    return this.#through('remove', () => this.#table.remove(partitionKey, rowKey, etag));
  }

  async #through<T>(operation: Operation, work: () => Promise<T>, withinMs?: number): Promise<T> {
    const happens = this.#before.get(operation);
    this.#before.delete(operation);
    await happens?.(work, withinMs);
    const at = this.#losses.findIndex((loss) => loss.operation === operation);
    const loss = at < 0 ? undefined : this.#losses.splice(at, 1)[0]?.loss;
    if (loss !== 'down') this.seen.push(operation);
    if (loss === undefined) return work();
    if (loss !== 'down') await work();
    if (loss === 'repeated') return work();
    throw new StorageFault(operation, 'test', undefined, new Error(loss));
  }
}
