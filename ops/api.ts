import type { HistoryItem } from '../lib/contract/attempt.ts';
import { recordedOutcome } from '../lib/contract/outcomes.ts';
import type { RequestCounts, RequestInterval } from '../lib/contract/requestCounts.ts';
import type { Stock } from '../lib/contract/stock.ts';
import type { RangePage } from '../lib/insights/range.ts';

/** The key is missing or is not the one of the function `history`. */
export class WrongKeyError extends Error {
  override readonly name = 'WrongKeyError';
}

/** What went wrong, in words for the operator. */
export class HistoryError extends Error {
  override readonly name = 'HistoryError';
}

/** One thing that must work. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly message?: string;
}

export interface HistoryPage extends RangePage {
  /** The broker's clock (milliseconds since the epoch): the ranges are counted from it. */
  readonly nowMs: number;
}

/** Of every call. */
export interface Caller {
  readonly key: string | undefined;
  readonly signal?: AbortSignal;
}

/**
 * One answer of `GET /api/v1/history`.
 *
 * @throws WrongKeyError
 * @throws HistoryError
 */
export async function readHistory(
  query: Readonly<Record<string, string>>,
  caller: Caller,
): Promise<HistoryPage> {
  const response = await get('history', new URLSearchParams(query), caller);
  const page = (await response.json()) as RangePage;
  const nowMs = Date.parse(response.headers.get('date') ?? '') || Date.now();
  return { ...page, attempts: page.attempts.map(recognised), nowMs };
}

/** @throws WrongKeyError, HistoryError */
export async function readChecks(caller: Caller): Promise<readonly Check[]> {
  const response = await get('history/ready', new URLSearchParams(), caller);
  const { checks } = (await response.json()) as { readonly checks: readonly Check[] };
  return checks;
}

/** Which servers the fleets have. @throws WrongKeyError, HistoryError */
export async function readStock(caller: Caller): Promise<Stock> {
  const response = await get('history/stock', new URLSearchParams(), caller);
  return (await response.json()) as Stock;
}

/** All counts of a period. @throws WrongKeyError, HistoryError */
export async function readRequests(
  query: Readonly<Record<string, string>>,
  caller: Caller,
): Promise<readonly RequestInterval[]> {
  const intervals: RequestInterval[] = [];
  let continuation: string | undefined;
  do {
    const search = new URLSearchParams({ ...query, ...(continuation !== undefined && { continuation }) });
    const response = await get('history/requests', search, caller);
    const counts = (await response.json()) as RequestCounts;
    intervals.push(...counts.intervals);
    ({ continuation } = counts);
  } while (continuation !== undefined);
  return intervals;
}

/** A page that is open for long may ask a newer version than its own. */
const recognised = (item: HistoryItem): HistoryItem => ({ ...item, outcome: recordedOutcome(item.outcome) });

async function get(
  path: 'history' | `history/${string}`,
  search: URLSearchParams,
  { key, signal }: Caller,
): Promise<Response> {
  // Beside this page, whatever the host's route prefix is.
  const url = new URL(location.pathname.replace(/ops\/?$/, `v1/${path}`), location.origin);
  url.search = search.toString();
  const response = await fetch(url, {
    headers: key === undefined ? {} : { 'x-functions-key': key },
    cache: 'no-store',
    credentials: 'omit',
    ...(signal && { signal }),
  }).catch((error: unknown) => {
    if (signal?.aborted === true) throw error;
    throw new HistoryError(
      'The broker cannot be reached. Is this machine online, and is the function app running?',
    );
  });
  if (response.status === 401 || response.status === 403) throw new WrongKeyError();
  if (!response.ok) throw new HistoryError(await reasonOf(response));
  return response;
}

/** A problem (RFC 9457) says what is wrong; the platform itself answers with nothing. */
async function reasonOf(response: Response): Promise<string> {
  const problem = (await response.json().catch(() => ({}))) as { detail?: unknown; instance?: unknown };
  if (typeof problem.detail !== 'string') return `The function app answered ${response.status}. See its log.`;
  const instance = typeof problem.instance === 'string' ? ` (invocation ${problem.instance})` : '';
  return `${problem.detail}${instance}`;
}
