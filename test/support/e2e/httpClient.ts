import { request } from 'node:http';
import { expectDocumented } from '../openapi.ts';

export interface Call {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Sends the body in chunks, without its length. */
  readonly chunked?: boolean;
}

export interface Reply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The body as it came, decoded as UTF-8. */
  readonly text: string;
}

/**
 * One request by `node:http`, which sends exactly what it is told, unlike fetch. Rejects when the connection breaks, and
 * when a broker's answer is not as the OpenAPI document says.
 */
export async function send(url: string, call: Call = {}): Promise<Reply> {
  const reply = await exchange(url, call);
  const { pathname } = new URL(url);
  if (pathname.startsWith('/api/')) {
    const { status, headers, text } = reply;
    expectDocumented({ method: call.method ?? 'GET', path: pathname, status, headers, body: text });
  }
  return reply;
}

function exchange(url: string, { method = 'GET', headers = {}, body, chunked }: Call): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? 0 : Buffer.byteLength(body);
    const sized = method === 'GET' || chunked === true ? {} : { 'content-length': String(length) };
    const outgoing = request(url, { method, agent: false, headers: { ...sized, ...headers } }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(pieces).toString('utf8'),
        }),
      );
    });
    outgoing.on('error', reject);
    if (body !== undefined) outgoing.write(body);
    outgoing.end();
  });
}

/** The body of an answer that must be JSON. */
export function json(reply: Reply): Record<string, unknown> {
  return JSON.parse(reply.text) as Record<string, unknown>;
}

/** POST /api/v1/allocations with any body: an object is sent as JSON, text and bytes as they are. */
export function allocate(
  broker: { readonly url: string },
  body: object | string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  return send(`${broker.url}/api/v1/allocations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  });
}

/** GET /api/v1/allocations/{sessionId} */
export function find(broker: { readonly url: string }, sessionId: string): Promise<Reply> {
  return send(`${broker.url}/api/v1/allocations/${sessionId}`);
}
