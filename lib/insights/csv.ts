import type { Attempt, HistoryItem, SessionEnding } from '../contract/attempt.ts';
import { printable } from '../text.ts';

const COLUMNS = [
  'claimedAt',
  'closedAt',
  'sessionId',
  'attemptId',
  'generation',
  'gameMode',
  'fleet',
  'outcome',
  'region',
  'preferenceRank',
  'hostName',
  'fleetCalls',
  'fleetMs',
  'upstreamStatus',
  'reason',
  'locations',
  'closedBy',
  'invocationId',
  'takeover',
  'weight',
  'kind',
  'endedBy',
  'endFleet',
  'fleetsAsked',
] as const satisfies readonly (keyof Attempt | keyof SessionEnding)[];

/** RFC 4180 ends lines with CR LF. */
const END = '\r\n';

export const csvHead = (): string => `${COLUMNS.join(',')}${END}`;

export function csvRows(items: readonly HistoryItem[]): string {
  return items.map((item) => `${COLUMNS.map((name) => cell(cellsOf(item)[name])).join(',')}${END}`).join('');
}

/** An ending lacks some of the columns, and an attempt others. */
const cellsOf = (item: HistoryItem): Partial<Record<(typeof COLUMNS)[number], Cell>> => item;

type Cell = string | number | boolean | readonly string[];

function cell(value: Cell | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  // CSV has no escapes. A tab and a line feed do no harm, and a cell may hold them.
  const text = (typeof value === 'string' ? value : value.join('; ')).replaceAll(/[^\t\n]+/g, (part) =>
    printable(part),
  );
  // A spreadsheet would compute a cell that begins so (OWASP, "CSV Injection"); an apostrophe makes it text.
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
