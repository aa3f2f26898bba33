import type { IncomingMessage, ServerResponse } from 'node:http';
import { handleAdmin, type AdminParts } from './admin.ts';
import type { CorsSettings } from './configuration.ts';
import { refusal } from './connections.ts';
import { applyCors } from './cors.ts';
import { authLevelOf, type HostedFunction } from './functions.ts';
import { toRpcRequest, writeEmpty, writeRpcResponse } from './httpMessages.ts';
import type { Input, Invoker } from './invoke.ts';
import type { Log } from './logging.ts';
import type { Router } from './router.ts';

export interface ServerParts extends AdminParts {
  readonly router: Router<HostedFunction>;
  readonly invoker: Invoker;
  readonly cors: CorsSettings | undefined;
  readonly log: Log;
}

/** The real host's limit (maxRequestBodySize of its Kestrel): 100 MB. */
const MAX_BODY_BYTES = 104_857_600;

/**
 * What the Functions host does with one request: CORS, route, key, function. Its own answers have empty bodies. One thing
 * differs that a client can see: the functions run in this process and not in a worker beside it, so a call in which the
 * worker is killed breaks the connection instead of an empty 500.
 */
export function createRequestListener(
  parts: ServerParts,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    handle(parts, request, response).catch((error: unknown) => {
      // A client that left while its body was read: nobody is there to answer.
      if (request.destroyed && !request.complete) return;
      parts.log({ level: 'error', message: `${request.method ?? ''} ${pathOf(request)}: ${String(error)}` });
      if (response.headersSent) response.destroy();
      else writeEmpty(response, 500);
    });
  };
}

async function handle(parts: ServerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const refused = refusal(request);
  if (refused !== undefined) {
    response.setHeader('connection', 'close');
    writeEmpty(response, refused);
    return;
  }
  if (applyCors(parts.cors, request, response)) return;
  const status = await answer(parts, request, response);
  if (status !== undefined) writeEmpty(response, status);
}

/** Lets the function answer, or returns the status with which the host itself does. */
async function answer(
  parts: ServerParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<number | undefined> {
  const url = requestUrl(request);
  if (!url) return 400;
  const method = request.method ?? 'GET';
  const key = presentedKey(request, url);
  if (/^\/admin(\/|$)/i.test(url.pathname)) return handleAdmin(parts, { request, url, key }, response);
  if (parts.startError !== undefined) {
    parts.log({ level: 'error', message: `${method} ${url.pathname}: the app did not start` });
    return 500;
  }
  const match = parts.router(method, url.pathname);
  if (!match) return 404;
  const { target, params } = match;
  if (!parts.keys.allows(authLevelOf(target), target.name, key)) return 401;
  // The host fails when it reads the body for the worker, where other servers would say 413.
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return 500;

  const http = await toRpcRequest(request, url, params);
  const outcome = await parts.invoker.invoke(target, { data: { http }, ...traceContext(request) });
  if (!outcome.ok) return 500;
  writeRpcResponse(response, outcome.response);
  return undefined;
}

/** W3C trace context, as it came. */
function traceContext({ headers }: IncomingMessage): Pick<Input, 'traceContext'> {
  const { traceparent, tracestate } = headers;
  if (typeof traceparent !== 'string') return {};
  return {
    traceContext: {
      traceParent: traceparent,
      ...(typeof tracestate === 'string' && { traceState: tracestate }),
    },
  };
}

/** Of several the first; the parameter's name is read in any case, as ASP.NET reads all of them. */
function presentedKey({ headersDistinct }: IncomingMessage, url: URL): string | undefined {
  const [header] = headersDistinct['x-functions-key'] ?? [];
  return header ?? [...url.searchParams].find(([name]) => name.toLowerCase() === 'code')?.[1];
}

/** The absolute URL, or undefined when the target or the Host header is none (Kestrel answers 400 too). */
function requestUrl(request: IncomingMessage): URL | undefined {
  const { localAddress = '127.0.0.1', localPort = 80 } = request.socket;
  const host = request.headers.host ?? `${localAddress}:${localPort}`;
  const target = request.url ?? '/';
  // Put together by hand: as a relative reference, "//x" would name another host.
  return URL.parse(target.startsWith('/') ? `http://${host}${target}` : target) ?? undefined;
}

/** Without the query, which may carry a key. */
function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').replace(/\?.*/s, '');
}
