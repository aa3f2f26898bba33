import { recordOrFault } from '../reading/sessionRecord.ts';
import type { SessionRecord } from '../sessions/session.ts';
import { StorageFault } from '../storageFault.ts';
import type { Stored } from '../tables/entityTable.ts';

/** The sessions of a run whose rows cannot be read: the run leaves them as they are, and goes on. */
export class UnreadableSessions {
  readonly #ids = new Set<string>();
  #reason: string | undefined;

  /** What the row says; `undefined`, and counted once, for one that cannot be read. */
  read(stored: Stored): SessionRecord | undefined {
    const record = recordOrFault(stored);
    if (!(record instanceof StorageFault)) return record;
    this.#ids.add(stored.row.partitionKey);
    this.#reason ??= record.message;
    return undefined;
  }

  get count(): number {
    return this.#ids.size;
  }

  /** Names the first row and its cell. */
  get reason(): string | undefined {
    return this.#reason;
  }
}
