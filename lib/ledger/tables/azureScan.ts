import { type TableClient, odata } from '@azure/data-tables';
import { errorCode, storageCall, toStored } from './azureCalls.ts';
import type { Row } from './entityTable.ts';
import { type Page, type PageRequest, type PartitionScan, pagesOf } from './partitionScan.ts';

/** The service itself stops a query after 5 s and answers with what it has; this is that and the SDK's repeats. */
const QUERY_TIMEOUT_MS = 12_000;

/**
 * {@link PartitionScan} on Azure Table Storage.
 *
 * @param timeoutMs for each storage request
 */
export function azureScan(client: TableClient, timeoutMs = QUERY_TIMEOUT_MS): PartitionScan {
  const query = (asked: Query): Promise<Page> =>
    storageCall(client, 'query', timeoutMs, (abortSignal) => readPage(client, asked, abortSignal));
  return {
    page: (request) => query({ ...request, filter: filterOf(request) }),
    pageOlder: ({ column, olderThan, ...request }) =>
      storageCall(client, 'query', timeoutMs, (abortSignal) =>
        readPage(client, { ...request, filter: column + odata` lt ${olderThan}` }, abortSignal).catch(
          noneWithoutTable,
        ),
      ),
    async nextPartition(from, before) {
      const filter = odata`PartitionKey ge ${from} and PartitionKey lt ${before}`;
      for await (const { rows } of pagesOf((continuation) =>
        query({ filter, limit: 1, columns: [], continuation }),
      )) {
        const [first] = rows;
        if (first !== undefined) return first.row.partitionKey;
      }
      return undefined;
    },
    removeRows: (partitionKey, rowKeys) =>
      storageCall(client, 'delete', timeoutMs, (abortSignal) =>
        removeTogether(client, partitionKey, rowKeys, abortSignal),
      ),
  };
}

function filterOf({ partitionKey, afterRow, beforeRow, equals = {} }: PageRequest): string {
  const columns = Object.entries(equals).filter(
    (entry): entry is [string, string | number] => entry[1] !== undefined,
  );
  return [
    odata`PartitionKey eq ${partitionKey}`,
    ...(afterRow === undefined ? [] : [odata`RowKey gt ${afterRow}`]),
    ...(beforeRow === undefined ? [] : [odata`RowKey lt ${beforeRow}`]),
    // Columns' names are ours; values come from outside. `odata` quotes a value only after some text of the template.
    ...columns.map(([name, value]) => name + odata` eq ${value}`),
  ].join(' and ');
}

interface Query extends Pick<PageRequest, 'limit' | 'continuation' | 'columns'> {
  readonly filter: string;
}

/** Besides the columns that are asked for: what names a row, and what says when it was written. */
const ALWAYS = ['PartitionKey', 'RowKey', 'Timestamp'];

async function readPage(
  client: TableClient,
  { filter, limit, continuation, columns }: Query,
  abortSignal: AbortSignal,
): Promise<Page> {
  let date: string | undefined;
  const pages = client
    .listEntities<Row>({
      queryOptions: { filter, ...(columns === undefined ? {} : { select: [...ALWAYS, ...columns] }) },
      abortSignal,
      onResponse: (response) => {
        date = response.headers.get('date');
      },
    })
    .byPage({
      maxPageSize: limit,
      ...(continuation === undefined ? {} : { continuationToken: continuation }),
    });
  // One step is one request: the iterator asks for the next page only when it is stepped again.
  const { value: entities } = (await pages.next()) as { value: EntityPage | undefined };
  if (entities === undefined) return { rows: [] };
  return { rows: entities.map((entity) => toStored(entity, date)), continuation: entities.continuationToken };
}

/** Before `storageCall` sees it, which would create the table. */
function noneWithoutTable(error: unknown): Page {
  if (errorCode(error) === 'TableNotFound') return { rows: [] };
  throw error;
}

type EntityPage = readonly (Row & { readonly etag: string; readonly timestamp?: string })[] & {
  readonly continuationToken?: string;
};

/** An entity group transaction. The SDK deletes in it with `If-Match: *`, which is what the port promises. */
async function removeTogether(
  client: TableClient,
  partitionKey: string,
  rowKeys: readonly string[],
  abortSignal: AbortSignal,
): Promise<{ ok: boolean }> {
  if (rowKeys.length === 0) return { ok: true };
  try {
    await client.submitTransaction(
      rowKeys.map((rowKey) => ['delete', { partitionKey, rowKey }]),
      { abortSignal },
    );
    return { ok: true };
  } catch (error) {
    if (errorCode(error) === 'ResourceNotFound') return { ok: false };
    throw error;
  }
}
