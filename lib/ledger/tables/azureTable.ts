import type { TableClient } from '@azure/data-tables';
import { type Operation, errorCode, statusOf, storageCall, toStored } from './azureCalls.ts';
import type { EntityTable, Row, Stored, WriteResult } from './entityTable.ts';

/** How long one point operation may take, the SDK's short repeats included; it usually takes a few milliseconds. */
const OPERATION_TIMEOUT_MS = 2_500;

/** {@link EntityTable} on Azure Table Storage. */
export function azureTable(client: TableClient): EntityTable {
  const run = <T>(name: string, operation: Operation<T>, timeoutMs = OPERATION_TIMEOUT_MS): Promise<T> =>
    storageCall(client, name, timeoutMs, operation);
  return {
    insert: (row) =>
      run(
        'insert',
        conditional((abortSignal) => client.createEntity(row, { abortSignal })),
      ),
    read: (partitionKey, rowKey) =>
      run('read', (abortSignal) => readEntity(client, partitionKey, rowKey, abortSignal)),
    replace: (row, etag, withinMs) =>
      run(
        'replace',
        conditional((abortSignal) => client.updateEntity(row, 'Replace', { etag, abortSignal })),
        withinMs,
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
    const entity = await client.getEntity<Row>(partitionKey, rowKey, {
      abortSignal,
      onResponse: (response) => {
        date = response.headers.get('date');
      },
    });
    return toStored(entity, date);
  } catch (error) {
    if (errorCode(error) === 'ResourceNotFound') return undefined;
    throw error;
  }
}

/** Turns the answers by which the service says "your condition does not hold" into a result. */
function conditional(write: Operation<{ etag?: string; date?: Date }>): Operation<WriteResult> {
  return async (abortSignal) => {
    try {
      const { etag = '', date } = await write(abortSignal);
      return { ok: true, etag, atMs: date?.getTime() };
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
