import type { RestError } from '@azure/core-rest-pipeline';
import { isRestError } from '@azure/core-rest-pipeline';
import type { TableClient } from '@azure/data-tables';
import type { EntityTable, Row, Stored, WriteResult } from './entityTable.ts';
import { StorageFault } from './entityTable.ts';

/**
 * How long one table operation may take, the SDK's short repeats included. A point operation takes a few
 * milliseconds; the SDK itself would wait for a hung service without end.
 */
const OPERATION_TIMEOUT_MS = 2_500;

type Operation<T> = (abortSignal: AbortSignal) => Promise<T>;

/** {@link EntityTable} on Azure Table Storage. A missing table is created when it is first met, never looked for. */
export function azureTable(client: TableClient): EntityTable {
  const run = async <T>(name: string, operation: Operation<T>): Promise<T> => {
    try {
      return await creatingTable(client, operation);
    } catch (error) {
      throw new StorageFault(name, client.tableName, statusOf(error), error);
    }
  };
  return {
    insert: (row) =>
      run(
        'insert',
        conditional((abortSignal) => client.createEntity(row, { abortSignal })),
      ),
    read: (partitionKey, rowKey) =>
      run('read', (abortSignal) => readEntity(client, partitionKey, rowKey, abortSignal)),
    replace: (row, etag) =>
      run(
        'replace',
        conditional((abortSignal) => client.updateEntity(row, 'Replace', { etag, abortSignal })),
      ),
    remove: (partitionKey, rowKey, etag) =>
      run(
        'delete',
        conditional((abortSignal) =>
          client.deleteEntity(partitionKey, rowKey, { etag, abortSignal }).then(() => ({})),
        ),
      ),
  };
}

async function readEntity(
  client: TableClient,
  partitionKey: string,
  rowKey: string,
  abortSignal: AbortSignal,
): Promise<Stored | undefined> {
  let date: string | undefined;
  try {
    const { etag, timestamp, ...row } = await client.getEntity<Row>(partitionKey, rowKey, {
      abortSignal,
      onResponse: (response) => {
        date = response.headers.get('date');
      },
    });
    const stored = { row, etag, writtenAtMs: Date.parse(timestamp ?? ''), readAtMs: Date.parse(date ?? '') };
    // Leases are told by these two: a row without them says nothing.
    if (Number.isNaN(stored.writtenAtMs - stored.readAtMs))
      throw new Error('answer without Timestamp or Date');
    return stored;
  } catch (error) {
    if (errorCode(error) === 'ResourceNotFound') return undefined;
    throw error;
  }
}

/** Turns the answers by which the service says "your condition does not hold" into a result. */
function conditional(write: Operation<{ etag?: string }>): Operation<WriteResult> {
  return async (abortSignal) => {
    try {
      return { ok: true, etag: (await write(abortSignal)).etag ?? '' };
    } catch (error) {
      const code = errorCode(error);
      // 409 is also TableBeingDeleted, and 404 also TableNotFound: only these say something about the row.
      const refused =
        code === 'EntityAlreadyExists' || code === 'ResourceNotFound' || statusOf(error) === 412;
      if (refused) return { ok: false };
      throw error;
    }
  };
}

async function creatingTable<T>(client: TableClient, operation: Operation<T>): Promise<T> {
  const attempt = (): Promise<T> => operation(AbortSignal.timeout(OPERATION_TIMEOUT_MS));
  try {
    return await attempt();
  } catch (error) {
    if (errorCode(error) !== 'TableNotFound') throw error;
    await client.createTable({ abortSignal: AbortSignal.timeout(OPERATION_TIMEOUT_MS) });
    return attempt();
  }
}

function statusOf(error: unknown): number | undefined {
  return isRestError(error) ? error.statusCode : undefined;
}

/** The service's own code. Measured: a single operation's RestError has it in `details`, and its `code` is undefined. */
function errorCode(error: unknown): string | undefined {
  if (!isRestError(error)) return undefined;
  const details = (error as RestError & { details?: { odataError?: { code?: string } } }).details;
  return details?.odataError?.code ?? error.code;
}
