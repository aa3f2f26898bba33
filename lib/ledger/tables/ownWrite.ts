import { StorageFault } from '../storageFault.ts';
import type { EntityTable, Row, Stored, WriteResult } from './entityTable.ts';

/** `current` is the row that is there instead; `undefined`: there is none. */
export type OwnWriteResult =
  { readonly ok: true; readonly etag: string } | { readonly ok: false; readonly current: Stored | undefined };

/**
 * Writes a row that carries a `writeId`, and reads it back where the answer leaves open whether it landed.
 *
 *     this process        network / SDK          table
 *     insert ───────────▶ ────────────────────▶  row written
 *                         answer lost ◀────────
 *                         repeats ────────────▶  409: the row exists
 *     409 ◀────────────── ◀────────────────────
 *     read back: the writeId is our own, so the write landed
 *
 * @param expectedEtag of the row to replace; `undefined` inserts
 * @param withinMs when to give up replacing, where that has less time than any operation gets; reading back has its own
 * @throws StorageFault when it is not known whether the write landed, or that it did not
 */
export async function ownWrite(
  table: EntityTable,
  row: Row & { readonly writeId: string },
  expectedEtag: string | undefined,
  withinMs?: number,
): Promise<OwnWriteResult> {
  const { result, fault } = await write(table, row, expectedEtag, withinMs);
  if (result?.ok === true) return result;
  const current = await table.read(row.partitionKey, row.rowKey);
  if (current?.row['writeId'] === row.writeId) return { ok: true, etag: current.etag };
  // The row is as it was before: the condition would still hold, so the fault is the only result.
  if (fault !== undefined && current?.etag === expectedEtag) throw fault;
  return { ok: false, current };
}

async function write(
  table: EntityTable,
  row: Row,
  expectedEtag: string | undefined,
  withinMs: number | undefined,
): Promise<{ result?: WriteResult; fault?: Error }> {
  try {
    const written =
      expectedEtag === undefined ? table.insert(row) : table.replace(row, expectedEtag, withinMs);
    return { result: await written };
  } catch (error) {
    if (error instanceof StorageFault) return { fault: error };
    throw error;
  }
}
