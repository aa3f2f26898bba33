import { historyHour, hourStartMs } from '../history/historyKey.ts';

/** Where reading the history goes on. */
export interface HistoryPosition {
  readonly hour: string;
  /** The last row of the hour that was read. */
  readonly afterRow?: string | undefined;
  /** The table's own continuation of the query that begins after that row. */
  readonly table?: string | undefined;
}

/** A continuation that was not made here, or was changed on the way. */
export class InvalidContinuationError extends Error {
  override readonly name = 'InvalidContinuationError';
}

/** Row keys of today have 89 characters, the table's continuations some 250. */
const MOST_CHARACTERS = 2_048;
const HOUR = /^\d{4}-\d{2}-\d{2}T\d{2}$/;
/** As historyKey makes them, or the bound of a period. */
const ROW_KEY = /^\d{15}(_[0-9a-f-]{1,64}){0,2}$/;
/** Base64, as the SDK packs the table's. */
const TABLE = /^[A-Za-z0-9+/]{1,1024}={0,2}$/;

/** One opaque word, fit for a query string. */
export function encodePosition({ hour, afterRow, table }: HistoryPosition): string {
  return Buffer.from(JSON.stringify([hour, afterRow ?? null, table ?? null])).toString('base64url');
}

/** @throws InvalidContinuationError whatever it is that a client sends instead */
export function decodePosition(token: string): HistoryPosition {
  const parts: unknown = token.length > MOST_CHARACTERS ? undefined : parse(token);
  if (!Array.isArray(parts) || parts.length !== 3) throw new InvalidContinuationError();
  const [hour, afterRow, table] = parts as readonly unknown[];
  return {
    hour: checkedHour(matching(hour, HOUR)),
    afterRow: afterRow === null ? undefined : matching(afterRow, ROW_KEY),
    table: table === null ? undefined : checkedTable(matching(table, TABLE)),
  };
}

function parse(base64url: string): unknown {
  try {
    return JSON.parse(Buffer.from(base64url, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

function matching(value: unknown, pattern: RegExp): string {
  if (typeof value !== 'string' || !pattern.test(value)) throw new InvalidContinuationError();
  return value;
}

/** The 31st of February has the right shape, too. */
function checkedHour(hour: string): string {
  const atMs = hourStartMs(hour);
  if (Number.isNaN(atMs) || historyHour(atMs) !== hour) throw new InvalidContinuationError();
  return hour;
}

/** The SDK decodes it and puts what it finds into the request's query: two keys, and nothing else. */
function checkedTable(table: string): string {
  const keys = parse(table);
  const known = ['nextPartitionKey', 'nextRowKey'];
  const sound =
    typeof keys === 'object' &&
    keys !== null &&
    Object.entries(keys).every(([name, value]) => known.includes(name) && typeof value === 'string');
  if (!sound) throw new InvalidContinuationError();
  return table;
}
