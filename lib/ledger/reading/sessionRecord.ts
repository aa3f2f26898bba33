import type { SessionRecord } from '../sessions/session.ts';
import { toRecord } from '../sessions/sessionRow.ts';
import { StorageFault } from '../storageFault.ts';
import type { Stored } from '../tables/entityTable.ts';

/**
 * A session's row, for work on many of them: one that cannot be read costs itself, not the rest.
 *
 * @returns a fault, in place of what the row says, that names the row and the cell
 */
export function recordOrFault(stored: Stored): SessionRecord | StorageFault {
  try {
    return toRecord(stored);
  } catch (error) {
    if (error instanceof StorageFault) return error;
    throw error;
  }
}
