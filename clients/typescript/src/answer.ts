import type { Pending, Problem } from './types.ts';

/** What came of one request. `retryAfterMs` is what the answer asked for, if it did; above 0. */
export type Answer =
  | { readonly kind: 'ok'; readonly status: number; readonly body: unknown }
  /** The session is over; `fleet` is what its fleet said of the host. */
  | { readonly kind: 'ended'; readonly status: 204; readonly fleet: string }
  | { readonly kind: 'pending'; readonly body: Pending; readonly retryAfterMs?: number }
  | { readonly kind: 'problem'; readonly problem: Problem; readonly retryAfterMs?: number }
  /** Not from the broker's code: the platform's empty answers, a proxy's page. */
  | { readonly kind: 'foreign'; readonly status: number; readonly retryAfterMs?: number }
  /** Leads elsewhere; browsers keep to themselves where. */
  | { readonly kind: 'redirect'; readonly status: number; readonly target?: URL }
  /** No answer, or only a part of one: whether the broker acted on the request is not known. */
  | { readonly kind: 'lost'; readonly cause: unknown };

/**
 * Sends one request and classifies what came of it. Rejects with nothing. No redirect is followed: what answers
 * elsewhere is not the broker, the key is not for it, and after most redirects a POST becomes a GET (Fetch Standard,
 * "HTTP-redirect fetch").
 */
export async function exchange(
  send: typeof fetch,
  url: string,
  init: RequestInit & { readonly signal: AbortSignal },
): Promise<Answer> {
  try {
    const response = await send(url, { ...init, redirect: 'manual' });
    return redirectOf(response, url) ?? classify(response, parse(await response.text()));
  } catch (cause) {
    return { kind: 'lost', cause };
  }
}

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

function redirectOf(response: Response, url: string): Answer | undefined {
  const { status, headers, type, redirected } = response;
  const followed = redirected ? response.url : undefined;
  if (followed === undefined && type !== 'opaqueredirect' && !REDIRECTS.includes(status)) return undefined;
  // What the page elsewhere says is of no interest.
  response.body?.cancel().catch(() => undefined);
  const target = absolute(followed ?? headers.get('location'), url);
  return { kind: 'redirect', status, ...(target === undefined ? {} : { target }) };
}

function absolute(location: string | null, base: string): URL | undefined {
  // URL.canParse is missing in browsers from before 2023.
  try {
    return location === null ? undefined : new URL(location, base);
  } catch {
    return undefined;
  }
}

function classify({ status, headers }: Response, body: unknown): Answer {
  const askedMs = retryAfterMs(headers, body);
  // No time to wait is no hint: whoever came back at once would hammer a gateway that is in trouble.
  const wait = askedMs === undefined || askedMs === 0 ? {} : { retryAfterMs: askedMs };
  if (status === 202 && has(body, 'status', 'pending'))
    return { kind: 'pending', body: body as Pending, ...wait };
  // A captive portal's 204 says nothing of a session.
  const fleet = headers.get('allocation-end');
  if (status === 204 && fleet !== null) return { kind: 'ended', status, fleet };
  if (status === 200 || status === 201) {
    return typeof body === 'object' && body !== null
      ? { kind: 'ok', status, body }
      : { kind: 'foreign', status, ...wait };
  }
  return has(body, 'status', status) &&
    ['code', 'detail'].every((name) => typeof member(body, name) === 'string')
    ? { kind: 'problem', problem: body as Problem, ...wait }
    : { kind: 'foreign', status, ...wait };
}

/** The header (RFC 9110, section 10.2.3), or the body's copy of it, which browsers can read across origins. */
function retryAfterMs(headers: Headers, body: unknown): number | undefined {
  const text = headers.get('retry-after') ?? '';
  const seconds = /^\d+$/.test(text) ? Number(text) : member(body, 'retryAfterSeconds');
  if (typeof seconds === 'number' && seconds >= 0) return seconds * 1_000;
  // A device's clock may be hours off; the answer's own Date comes from the clock that Retry-After comes from.
  const sentMs = Date.parse(headers.get('date') ?? '');
  const untilMs = Date.parse(text) - (Number.isNaN(sentMs) ? Date.now() : sentMs);
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

/** A member of whatever may be an object. */
export const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;

const has = (value: unknown, name: string, expected: unknown): boolean => member(value, name) === expected;
