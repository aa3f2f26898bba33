import type { Attempt } from '../contract/attempt.ts';
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
] as const satisfies readonly (keyof Attempt)[];

/** RFC 4180 ends lines with CR LF. */
const END = '\r\n';

export const csvHead = (): string => `${COLUMNS.join(',')}${END}`;

export function csvRows(attempts: readonly Attempt[]): string {
  return attempts.map((attempt) => `${COLUMNS.map((name) => cell(attempt[name])).join(',')}${END}`).join('');
}

function cell(value: string | number | boolean | readonly string[] | undefined): string {
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
