import { isHistoryHour } from '../history/historyKey.ts';
import type { HistoryKey } from '../history/history.ts';

/** Where a search through the hours goes on. */
export interface SearchPosition {
  readonly hour: string;
  /** The last row of the hour that was read. */
  readonly afterRow?: string | undefined;
  /** The table's own continuation of the query that begins after that row. */
  readonly table?: string | undefined;
}

/**
 * Where reading the history goes on: through the hours, along a session's chain from the last row that was read, or with
 * the part of a sample before an instant.
 */
export type HistoryPosition =
  | ({ readonly kind: 'search' } & SearchPosition)
  | { readonly kind: 'chain'; readonly last: HistoryKey }
  | { readonly kind: 'sample'; readonly untilMs: number };

/** A continuation that was not made here, or was changed on the way, or belongs to another query. */
export class InvalidContinuationError extends Error {
  override readonly name = 'InvalidContinuationError';
}

/** Row keys of today have 89 characters, the table's continuations some 250. */
const MOST_CHARACTERS = 2_048;
/** As historyKey makes them, or the bound of a period. */
const ROW_KEY = /^\d{15}(_[0-9a-f-]{1,64}){0,2}$/;
/** Base64, as the SDK packs the table's. */
const TABLE = /^[A-Za-z0-9+/]{1,1024}={0,2}$/;
/** What the service writes into a header, and the SDK then into an address. */
const TABLE_KEY = /^[!-~]+$/;
/** In the place of the hour. */
const CHAIN = 'chain';
const SAMPLE = 'sample';
const TIME_MS = /^\d{1,15}$/;

/** One opaque word, fit for a query string. */
export function encodeSearch({ hour, afterRow, table }: SearchPosition): string {
  return encode([hour, afterRow ?? null, table ?? null]);
}

/** The same for a session's chain. */
export function encodeChain({ partitionKey, rowKey }: HistoryKey): string {
  return encode([CHAIN, partitionKey, rowKey]);
}

/** The same for a sample. */
export function encodeSample(untilMs: number): string {
  return encode([SAMPLE, String(untilMs), null]);
}

/** @throws InvalidContinuationError for anything else that a client may send */
export function decodePosition(token: string): HistoryPosition {
  const parts: unknown = token.length > MOST_CHARACTERS ? undefined : parse(token, 'base64url');
  if (!Array.isArray(parts) || parts.length !== 3) throw new InvalidContinuationError();
  const [first, second, third] = parts as readonly unknown[];
  if (first === CHAIN) {
    return { kind: 'chain', last: { partitionKey: checkedHour(second), rowKey: matching(third, ROW_KEY) } };
  }
  if (first === SAMPLE) return { kind: 'sample', untilMs: Number(matching(second, TIME_MS)) };
  return {
    kind: 'search',
    hour: checkedHour(first),
    afterRow: second === null ? undefined : matching(second, ROW_KEY),
    table: third === null ? undefined : checkedTable(matching(third, TABLE)),
  };
}

function encode(parts: readonly (string | null)[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

function parse(text: string, encoding: 'base64' | 'base64url'): unknown {
  try {
    return JSON.parse(Buffer.from(text, encoding).toString('utf8'));
  } catch {
    return undefined;
  }
}

function matching(value: unknown, pattern: RegExp): string {
  if (typeof value !== 'string' || !pattern.test(value)) throw new InvalidContinuationError();
  return value;
}

function checkedHour(value: unknown): string {
  if (typeof value !== 'string' || !isHistoryHour(value)) throw new InvalidContinuationError();
  return value;
}

/**
 * The SDK decodes it and puts what it finds into the request's address: the first key, perhaps the second, and nothing
 * else. It throws at half a surrogate pair, which would look like a fault of storage.
 */
function checkedTable(table: string): string {
  const keys = parse(table, 'base64');
  if (typeof keys !== 'object' || keys === null) throw new InvalidContinuationError();
  const { nextPartitionKey, nextRowKey = 'none', ...others } = keys as Readonly<Record<string, unknown>>;
  matching(nextPartitionKey, TABLE_KEY);
  matching(nextRowKey, TABLE_KEY);
  if (Object.keys(others).length > 0) throw new InvalidContinuationError();
  return table;
}
