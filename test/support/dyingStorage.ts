import { StorageFault } from '../../lib/ledger/storageFault.ts';
import type { EntityTable } from '../../lib/ledger/tables/entityTable.ts';
import type { PartitionScan } from '../../lib/ledger/tables/partitionScan.ts';

/** What every operation after the last one of a killed process meets. */
export const KILLED = 'killed';

/**
 * Storage as one process sees it: a share of the operations fails, before they are done or after, and after so many
 * operations the process is dead.
 */
export class DyingStorage {
  #left: number;
  readonly #random: () => number;
  readonly #faults: number;

  /** @param faults the share that fails @param operations until the process is killed */
  constructor(random: () => number, faults: number, operations: number) {
    this.#random = random;
    this.#faults = faults;
    this.#left = operations;
  }

  table(table: EntityTable): EntityTable {
    return {
      insert: (row) => this.#through('insert', () => table.insert(row)),
      read: (partitionKey, rowKey) => this.#through('read', () => table.read(partitionKey, rowKey)),
      replace: (row, etag) => this.#through('replace', () => table.replace(row, etag)),
      remove: (partitionKey, rowKey, etag) =>
        this.#through('delete', () => table.remove(partitionKey, rowKey, etag)),
    };
  }

  scan(scan: PartitionScan): PartitionScan {
    return {
      page: (request) => this.#through('query', () => scan.page(request)),
      pageOlder: (request) => this.#through('query', () => scan.pageOlder(request)),
      nextPartition: (from, before) => this.#through('query', () => scan.nextPartition(from, before)),
      removeRows: (partitionKey, rowKeys) =>
        this.#through('delete', () => scan.removeRows(partitionKey, rowKeys)),
    };
  }

  async #through<T>(operation: string, work: () => Promise<T>): Promise<T> {
    if (this.#left <= 0) throw new Error(KILLED);
    this.#left -= 1;
    const drawn = this.#random();
    if (drawn < this.#faults / 2) throw new StorageFault(operation, 'test');
    const result = await work();
    if (drawn < this.#faults) throw new StorageFault(operation, 'test');
    return result;
  }
}
