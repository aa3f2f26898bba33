import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { isTimer, type HostedFunction } from './functions.ts';
import type { Keys } from './keys.ts';
import type { Timers } from './timers.ts';

export interface AdminParts {
  readonly functions: readonly HostedFunction[];
  readonly keys: Keys;
  readonly timers: Timers;
  readonly startError: unknown;
}

interface AdminRequest {
  readonly request: IncomingMessage;
  readonly url: URL;
  /** The key that was presented. */
  readonly key: string | undefined;
}

/**
 * The calls of the runtime's admin API that development and operation need (HostController and FunctionsController of
 * azure-functions-host):
 * `GET /admin/host/ping`: the host answers. `GET /admin/host/status`: the app's state; open here, since it serves as the
 * readiness check. `GET /admin/functions` and `GET /admin/functions/<name>`: what is registered.
 * `POST /admin/functions/<name>`: runs a timer function now. 202 at once, as in Azure; with `?wait=true`, which is this
 * host's own, 200 when it has ended and 500 when it threw.
 * Returns the status to answer with an empty body, or undefined when it has answered.
 */
export async function handleAdmin(
  parts: AdminParts,
  request: AdminRequest,
  response: ServerResponse,
): Promise<number | undefined> {
  const answer = await answerOf(parts, request, response);
  if (typeof answer === 'number') return answer;
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.end(JSON.stringify(answer));
  return undefined;
}

/** A status, or what is to be written as JSON. */
async function answerOf(
  parts: AdminParts,
  { request, url, key }: AdminRequest,
  response: ServerResponse,
): Promise<number | object> {
  const call = `${request.method ?? ''} ${url.pathname.toLowerCase()}`;
  if (call === 'GET /admin/host/ping') return 200;
  if (call === 'GET /admin/host/status') {
    const state = parts.startError === undefined ? 'Running' : 'Error';
    return { state, processUptime: Math.round(process.uptime() * 1000) };
  }
  const [, method, name] = /^(GET|POST) \/admin\/functions(?:\/([^/]+))?$/.exec(call) ?? [];
  if (method === undefined || (method === 'POST' && name === undefined)) return 404;
  const refusal = parts.keys.adminRefusal(key);
  if (refusal === 401) response.setHeader('www-authenticate', 'Bearer');
  if (refusal !== undefined) return refusal;
  if (name === undefined) return parts.functions.map(described);
  if (method === 'POST') return run(parts, name, { request, url });
  const fn = named(parts, name);
  return fn === undefined ? 404 : described(fn);
}

async function run(
  parts: AdminParts,
  name: string,
  { request, url }: Pick<AdminRequest, 'request' | 'url'>,
): Promise<number> {
  if (!/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) return 415;
  // The host binds the body to an object, whose `input` a timer does not get.
  const body: unknown = await json(request).catch(() => undefined);
  if (typeof body !== 'object' || body === null) return 400;
  const fn = named(parts, name);
  if (!fn) return 404;
  // The host accepts it too, and whatever the function makes of a call without a request is for the log alone.
  if (!isTimer(fn)) return 202;

  const ended = parts.timers.run(fn);
  if (url.searchParams.get('wait') !== 'true') return 202;
  return (await ended).ok ? 200 : 500;
}

function named({ functions }: AdminParts, name: string): HostedFunction | undefined {
  return functions.find((each) => each.name.toLowerCase() === name);
}

/** The members of the host's answer that are no addresses of files in the app's storage. */
function described({ name, disabled, metadata }: HostedFunction): object {
  const bindings = Object.entries(metadata.bindings).map(([of, binding]) => ({ name: of, ...binding }));
  return { name, language: 'node', isDisabled: disabled, config: { name, bindings } };
}
