import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { NullableString, RpcHttpRequest, RpcHttpResponse } from './rpc.ts';

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

/**
 * Writes the worker's response. A function that returned nothing answers 204.
 *
 * @throws Error for a response with cookies, which no function of this app sets
 */
export function writeRpcResponse(response: ServerResponse, rpc: RpcHttpResponse | undefined): void {
  if (rpc !== undefined && rpc.cookies.length > 0) throw new Error('this host supports no cookies');
  response.statusCode = rpc === undefined ? 204 : Number(rpc.statusCode);
  const headers = Object.entries(rpc?.headers ?? {}).filter(
    ([name]) => name !== 'content-length' && name !== 'transfer-encoding',
  );
  for (const [name, value] of headers) response.setHeader(name, value);
  const body = rpc?.body?.bytes ?? rpc?.body?.string ?? '';
  // The host writes a body without its length, whatever the function says of it: it goes out in chunks.
  if (body.length > 0) response.write(body);
  response.end();
}

/** Answers with a status and an empty body, as the host does whenever it answers by itself. */
export function writeEmpty(response: ServerResponse, status: number): void {
  response.statusCode = status;
  response.end();
}
