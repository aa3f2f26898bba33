import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { NullableString, RpcCookie, RpcHttpRequest, RpcHttpResponse } from './rpc.ts';

/**
 * The request as the host sends it to the worker: header names in lower case, repeated values joined with commas, and
 * a body only when the request has its length (the host's condition is `ContentLength > 0`, so a chunked one is lost).
 */
export async function toRpcRequest(
  request: IncomingMessage,
  url: URL,
  params: Readonly<Record<string, string>>,
): Promise<RpcHttpRequest> {
  const length = Number(request.headers['content-length'] ?? 0);
  const rpc: RpcHttpRequest = {
    method: request.method ?? 'GET',
    url: url.href,
    nullableHeaders: nullable(
      Object.entries(request.headersDistinct).map(([name, all]) => [name, (all ?? []).join(',')]),
    ),
    nullableQuery: nullable(joinedQuery(url)),
    nullableParams: nullable(Object.entries(params)),
  };
  if (length > 0) return { ...rpc, body: { bytes: await buffer(request) } };
  // Drained, or the connection could not be used again.
  request.resume();
  return rpc;
}

/** Query names are the same in any case, and repeated ones become one value, as in ASP.NET. */
function joinedQuery(url: URL): [string, string][] {
  const byName = new Map<string, [string, string]>();
  for (const [name, value] of url.searchParams) {
    const known = byName.get(name.toLowerCase());
    if (known) known[1] += `,${value}`;
    else byName.set(name.toLowerCase(), [name, value]);
  }
  return [...byName.values()];
}

function nullable(entries: [string, string][]): Record<string, NullableString> {
  return Object.fromEntries(entries.map(([name, value]) => [name, { value }]));
}

/** Writes the worker's response. A function that returned nothing answers 204. */
export function writeRpcResponse(response: ServerResponse, rpc: RpcHttpResponse | undefined): void {
  response.statusCode = rpc === undefined ? 204 : Number(rpc.statusCode);
  // The body is complete, so the host itself sends its length.
  const headers = Object.entries(rpc?.headers ?? {}).filter(
    ([name]) => name !== 'content-length' && name !== 'transfer-encoding',
  );
  for (const [name, value] of headers) response.setHeader(name, value);
  for (const cookie of rpc?.cookies ?? []) response.appendHeader('set-cookie', formatCookie(cookie));
  response.end(rpc?.body?.bytes ?? rpc?.body?.string);
}

/** Answers with a status and an empty body, as the host does whenever it answers by itself. */
export function writeEmpty(response: ServerResponse, status: number): void {
  response.statusCode = status;
  response.end();
}

/** A Set-Cookie value (RFC 6265 section 4.1), with the value percent-encoded as ASP.NET does. */
function formatCookie(cookie: RpcCookie): string {
  const { domain, path, expires, secure, httpOnly, sameSite, maxAge } = cookie;
  const site = { none: undefined, lax: 'lax', strict: 'strict', explicitNone: 'none' }[sameSite];
  return [
    `${cookie.name}=${encodeURIComponent(cookie.value)}`,
    expires && `expires=${new Date(expires.value.seconds * 1000).toUTCString()}`,
    maxAge && `max-age=${maxAge.value}`,
    domain && `domain=${domain.value}`,
    path && `path=${path.value}`,
    secure?.value === true && 'secure',
    site !== undefined && `samesite=${site}`,
    httpOnly?.value === true && 'httponly',
  ]
    .filter((part) => typeof part === 'string')
    .join('; ');
}
