import { member, type Answer } from './answer.ts';
import type { Problem } from './types.ts';

/** One sentence on an answer that is not what was asked for, with what to do about it, for the developer of a game. */
export function describe(answer: Answer, baseUrl: string): string {
  switch (answer.kind) {
    case 'pending':
      return 'The session has no host yet.';
    case 'problem':
      return problemText(answer.problem);
    case 'lost':
      return lostText(answer.cause, baseUrl);
    case 'redirect':
      return redirectText(answer.target, baseUrl);
    case 'foreign':
    case 'ended':
    case 'ok':
      return foreignText(answer.status, baseUrl);
  }
}

/** The broker's words, and the mistakes that they leave out. */
function problemText({ detail, errors = [] }: Problem): string {
  const others = errors.filter(({ message }) => !detail.includes(message));
  const list = others.map(({ pointer, message }) => `${pointer}: ${message}`).join('; ');
  return list === '' ? detail : `${detail} (${list})`;
}

function redirectText(target: URL | undefined, baseUrl: string): string {
  if (target === undefined) {
    return `${baseUrl} redirects elsewhere, which is not followed. Check the base URL: http or https, and the name.`;
  }
  const { protocol, host, origin, pathname } = target;
  const base = new URL(baseUrl);
  const advice =
    protocol === 'https:' && base.protocol === 'http:' && host === base.host
      ? `Use ${origin} as the base URL.`
      : "Either the base URL is not the broker's own, or the network asks to sign in first (a captive portal).";
  return `${baseUrl} redirects to ${origin}${pathname}, which is not followed. ${advice}`;
}

function foreignText(status: number, baseUrl: string): string {
  switch (status) {
    // The platform refuses a missing or wrong function key by itself, with an empty body.
    case 401:
      return 'The function key or the token is missing or wrong. The key is that of the function "allocations".';
    case 403:
      return `Something before the broker at ${baseUrl} refuses the request (status 403): a firewall, for example.`;
    case 404:
      return `There is no broker at ${baseUrl}. The base URL is its address without /api.`;
    default:
      return status === 200 || status === 201
        ? `What answers at ${baseUrl} is no broker (status ${status}). Either the base URL is wrong, or the network asks ` +
            'to sign in first (a captive portal).'
        : `What answers at ${baseUrl} is no broker, or stands before one (status ${status}).`;
  }
}

/** By the code of the error that `fetch` gives as the cause; Node's names (nodejs.org/api/errors.html). */
const LOST: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there. Is the broker running, and are the name and the port right?',
  ENOTFOUND: 'the name is not known. Is it right, and is there a network?',
  EAI_AGAIN: 'the name cannot be looked up. Is there a network?',
  ENETUNREACH: 'there is no network that leads there.',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS. Should the base URL begin with http?',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS. Should the base URL begin with http?',
};

function lostText(error: unknown, baseUrl: string): string {
  const cause = member(error, 'cause') ?? error;
  const code = member(cause, 'code') ?? member(first(member(cause, 'errors')), 'code');
  const text = LOST[String(code)] ?? (cause instanceof TypeError ? browserText() : undefined);
  return `No answer from ${baseUrl}: ${text ?? `${wordsOf(code, cause)}.`}`;
}

/** Browsers keep from the page why a request failed. Undefined where there is no page. */
function browserText(): string | undefined {
  const { location } = globalThis as { readonly location?: { readonly origin: string } };
  return location === undefined
    ? undefined
    : 'the browser does not say why. There is no network, nobody listens there, or the broker does not allow ' +
        `${location.origin}, this page's origin (CORS; on your machine: npm start -- --cors ${location.origin}).`;
}

const first = (list: unknown): unknown => (Array.isArray(list) ? list[0] : undefined);

function wordsOf(code: unknown, cause: unknown): string {
  if (typeof code === 'string') return code;
  return cause instanceof Error ? cause.message : String(cause);
}
