import { type RestError, isRestError } from '@azure/core-rest-pipeline';
import type { TableClient } from '@azure/data-tables';
import { TokenUnavailableError } from '../../identity/tokenSource.ts';
import type { Row, Stored } from './entityTable.ts';
import { StorageFault } from '../storageFault.ts';

export type Operation<T> = (abortSignal: AbortSignal) => Promise<T>;

/**
 * One call of the table service, bounded in time: the SDK itself would wait for a hung service without end. A missing
 * table is created when a call meets it; nothing looks for it beforehand.
 *
 * @param timeoutMs the SDK's short repeats included
 * @throws StorageFault when the service gave no definite answer
 */
export async function storageCall<T>(
  client: TableClient,
  name: string,
  timeoutMs: number,
  operation: Operation<T>,
): Promise<T> {
  const attempt = (): Promise<T> => operation(AbortSignal.timeout(timeoutMs));
  try {
    return await attempt().catch(async (error: unknown) => {
      if (errorCode(error) !== 'TableNotFound') throw error;
      await client.createTable({ abortSignal: AbortSignal.timeout(timeoutMs) });
      return attempt();
    });
  } catch (error) {
    // A request without a token was never sent: the table service is not to blame.
    const what = error instanceof TokenUnavailableError ? error.message : statusOf(error);
    throw new StorageFault(name, client.tableName, what, error);
  }
}

/** An entity as the SDK gives it, with the answer's `Date` header. */
export function toStored(
  entity: Row & { readonly etag: string; readonly timestamp?: string },
  date: string | undefined,
): Stored {
  const { etag, timestamp, ...row } = entity;
  // Of the answer, not of the row: written back it would become a column.
  Reflect.deleteProperty(row, 'odata.metadata');
  const writtenAtMs = Date.parse(timestamp ?? '');
  const readAtMs = Date.parse(date ?? '');
  // Leases are counted from these two: a row without them says nothing.
  if (Number.isNaN(writtenAtMs - readAtMs)) throw new Error('answer without Timestamp or Date');
  return { row, etag, writtenAtMs, readAtMs };
}

export function statusOf(error: unknown): number | undefined {
  return isRestError(error) ? error.statusCode : undefined;
}

/**
 * The service's own code. Measured: a single operation's RestError has it in `details`, and its `code` is undefined; a
 * transaction's has `code`, and no details.
 */
export function errorCode(error: unknown): string | undefined {
  if (!isRestError(error)) return undefined;
  const details = (error as RestError & { details?: { odataError?: { code?: string } } }).details;
  return details?.odataError?.code ?? error.code;
}
