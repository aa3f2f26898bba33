import { recordedOutcome } from '../lib/contract/outcomes.ts';
import type { Attempt } from '../lib/contract/attempt.ts';

/** The key is missing or is not the one of the function `history`. */
export class WrongKeyError extends Error {
  override readonly name = 'WrongKeyError';
}

/** What went wrong, in words for the operator. */
export class HistoryError extends Error {
  override readonly name = 'HistoryError';
}

export interface HistoryAnswer {
  /** Newest first. */
  readonly attempts: readonly Attempt[];
  /** Whether older attempts of the period were left out. */
  readonly cut: boolean;
  /** The broker's clock (milliseconds since the epoch): the ranges are counted from it. */
  readonly nowMs: number;
}

export interface HistoryRequest {
  /** As `GET /api/v1/history` reads them: `since`, `session`. */
  readonly query: Readonly<Record<string, string>>;
  readonly key: string | undefined;
  /** The most attempts to fetch. */
  readonly most: number;
  readonly signal?: AbortSignal;
  /** Called after each page with how many attempts there are so far. */
  readonly onProgress?: (count: number) => void;
}

interface Page {
  readonly attempts: readonly Attempt[];
  readonly continuation?: string;
}

/** The most that one answer of the API may hold. */
const PAGE = 1_000;

/**
 * Reads the history page by page, until the period is through or there are enough.
 *
 * @throws WrongKeyError
 * @throws HistoryError
 */
export async function readHistory({
  query,
  key,
  most,
  signal,
  onProgress,
}: HistoryRequest): Promise<HistoryAnswer> {
  const attempts: Attempt[] = [];
  let continuation: string | undefined;
  let nowMs = Date.now();
  do {
    const limit = String(Math.min(PAGE, most - attempts.length));
    const search = new URLSearchParams({
      ...query,
      limit,
      ...(continuation !== undefined && { continuation }),
    });
    const response = await get(search, key, signal);
    const page = (await response.json()) as Page;
    // Of the first page: the period's end was fixed there.
    if (continuation === undefined) nowMs = Date.parse(response.headers.get('date') ?? '') || nowMs;
    attempts.push(...page.attempts.map(recognised));
    ({ continuation } = page);
    onProgress?.(attempts.length);
  } while (continuation !== undefined && attempts.length < most);
  return { attempts, cut: continuation !== undefined, nowMs };
}

/** A page that is open for long may ask a newer version than its own. */
const recognised = (attempt: Attempt): Attempt => ({ ...attempt, outcome: recordedOutcome(attempt.outcome) });

async function get(
  search: URLSearchParams,
  key: string | undefined,
  signal?: AbortSignal,
): Promise<Response> {
  // Beside this page, whatever the host's route prefix is.
  const url = new URL(location.pathname.replace(/ops\/?$/, 'v1/history'), location.origin);
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
