import type { Pending, Problem } from './types.ts';

/** What came of one request. `retryAfterMs` is what the answer asked for, if it did. */
export type Answer =
  | { readonly kind: 'ok'; readonly status: number; readonly body: unknown }
  | { readonly kind: 'pending'; readonly body: Pending; readonly retryAfterMs?: number }
  | { readonly kind: 'problem'; readonly problem: Problem; readonly retryAfterMs?: number }
  /** Not from the broker's code: the platform's empty answers, a proxy's page. */
  | { readonly kind: 'foreign'; readonly status: number; readonly retryAfterMs?: number }
  /** No answer, or only a part of one: whether the broker acted on the request is not known. */
  | { readonly kind: 'lost'; readonly cause: unknown };

/** Sends one request and classifies what came of it. Rejects with nothing. */
export async function exchange(
  send: typeof fetch,
  url: string,
  init: RequestInit & { readonly signal: AbortSignal },
): Promise<Answer> {
  try {
    const response = await send(url, init);
    return classify(response, parse(await response.text()));
  } catch (cause) {
    return { kind: 'lost', cause };
  }
}

function classify({ status, headers }: Response, body: unknown): Answer {
  const told = retryAfterMs(headers, body);
  const wait = told === undefined ? {} : { retryAfterMs: told };
  if (status === 202 && has(body, 'status', 'pending'))
    return { kind: 'pending', body: body as Pending, ...wait };
  if (status === 200 || status === 201) {
    return typeof body === 'object' && body !== null
      ? { kind: 'ok', status, body }
      : { kind: 'foreign', status, ...wait };
  }
  return has(body, 'status', status) && typeof member(body, 'code') === 'string'
    ? { kind: 'problem', problem: body as Problem, ...wait }
    : { kind: 'foreign', status, ...wait };
}

/** The header (RFC 9110, section 10.2.3), or the body's copy of it, which browsers can read across origins. */
function retryAfterMs(headers: Headers, body: unknown): number | undefined {
  const text = headers.get('retry-after') ?? '';
  const seconds = /^\d+$/.test(text) ? Number(text) : member(body, 'retryAfterSeconds');
  if (typeof seconds === 'number' && seconds >= 0) return seconds * 1_000;
  const untilMs = Date.parse(text) - Date.now();
  return Number.isNaN(untilMs) ? undefined : Math.max(0, untilMs);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not the broker's: the status decides.
    return undefined;
  }
}

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

const has = (value: unknown, name: string, expected: unknown): boolean => member(value, name) === expected;
