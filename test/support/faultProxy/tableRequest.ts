import type { IncomingMessage } from 'node:http';

export type TableOperation = 'insert' | 'read' | 'query' | 'replace' | 'merge' | 'delete' | 'other';

/** One request to the table service, as far as tests tell requests apart. */
export interface TableRequest {
  /** Counts from 1 in the order of arrival. */
  readonly id: number;
  /** The endpoint that it came through: whoever was given that endpoint sent it. */
  readonly client: string;
  readonly method: string;
  readonly operation: TableOperation;
  /** `Tables` for a table's own creation. */
  readonly table: string;
  readonly partitionKey?: string | undefined;
  readonly rowKey?: string | undefined;
  /** The row to be written; its columns as on the wire (a date is a string). */
  readonly row?: Readonly<Record<string, unknown>> | undefined;
  /** The etag that the write is conditional on; `*` overwrites whatever is there. */
  readonly ifMatch?: string | undefined;
  /** Path and query as they arrived. */
  readonly url: string;
  /** Milliseconds since the epoch, when the whole request was there. */
  readonly receivedAt: number;
}

/** Which requests a fault or a hold is about: all members given must fit. */
export interface RequestMatch {
  readonly client?: string;
  readonly method?: string;
  readonly operation?: TableOperation;
  readonly table?: string;
  readonly partitionKey?: string;
  readonly rowKey?: string;
  /** Columns of the row to be written, each with this very value: `{ state: 'allocated' }`. */
  readonly row?: Readonly<Record<string, unknown>>;
  /** Whatever else a test wants to look at. */
  readonly where?: (request: TableRequest) => boolean;
}

export function matches(match: RequestMatch, request: TableRequest): boolean {
  const { row = {}, where, ...plain } = match;
  const same = Object.entries(plain).every(([name, value]) => request[name as keyof TableRequest] === value);
  const rowFits = Object.entries(row).every(([column, value]) => request.row?.[column] === value);
  return same && rowFits && (where === undefined || where(request));
}

/** Reads what a request is about from its path and body: `/account/table(PartitionKey='…',RowKey='…')`. */
export function describeRequest(
  id: number,
  client: string,
  { method = 'GET', url = '/', headers }: IncomingMessage,
  body: Buffer,
): TableRequest {
  const path = decodeURIComponent(url.split('?', 1)[0] ?? '');
  const [, table = '', key] = /^\/[^/]+\/([^/(]+)(?:\((.*)\))?$/.exec(path) ?? [];
  const row = parseRow(body);
  const named = /^PartitionKey='(.*)',RowKey='(.*)'$/.exec(key ?? '');
  return {
    id,
    client,
    method,
    operation: operationOf(method, table, named !== null),
    table,
    partitionKey: unquote(named?.[1]) ?? text(row?.['PartitionKey']),
    rowKey: unquote(named?.[2]) ?? text(row?.['RowKey']),
    row,
    ifMatch: headers['if-match'],
    url,
    receivedAt: Date.now(),
  };
}

/** The row in a body, or in an answer's; `undefined` where there is none. */
export function parseRow(body: Buffer): Record<string, unknown> | undefined {
  if (body.length === 0) return undefined;
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function operationOf(method: string, table: string, onePoint: boolean): TableOperation {
  if (table === 'Tables' || table.startsWith('$')) return 'other';
  switch (method) {
    case 'POST':
      return 'insert';
    case 'GET':
      return onePoint ? 'read' : 'query';
    case 'PUT':
      return 'replace';
    case 'PATCH':
    case 'MERGE':
      return 'merge';
    case 'DELETE':
      return 'delete';
    default:
      return 'other';
  }
}

/** In a key, OData writes a quote as two. */
function unquote(key: string | undefined): string | undefined {
  return key?.replaceAll("''", "'");
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
