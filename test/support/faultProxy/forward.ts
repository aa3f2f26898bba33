import { type IncomingHttpHeaders, type ServerResponse, Agent, request as send } from 'node:http';
import { breakOff } from './faults.ts';

/** An answer of the table service, whole. Its headers stay as they were, but for {@link dated}: `Date` and `ETag` decide things. */
export interface ServiceAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Marks the continuation that `empty-page` makes up; the service never sees it. */
const MADE_UP = 'proxy-empty-page.';

const OF_ONE_CONNECTION = new Set(['connection', 'keep-alive', 'transfer-encoding']);

/** Sends requests on to the service; paths and headers stay as they were, so their signatures stay valid. */
export class Forwarder {
  readonly #target: URL;
  readonly #agent = new Agent({ keepAlive: true });

  /** @param target the service's address; of it only host and port count */
  constructor(target: string) {
    this.#target = new URL(target);
  }

  forward(method: string, url: string, headers: IncomingHttpHeaders, body: Buffer): Promise<ServiceAnswer> {
    const { hostname, port } = this.#target;
    const options = {
      agent: this.#agent,
      method,
      hostname,
      port,
      path: withoutMadeUp(url),
      headers: endToEnd(headers),
    };
    return new Promise((resolve, reject) => {
      const outgoing = send(options, (incoming) => {
        const pieces: Buffer[] = [];
        incoming.on('data', (piece: Buffer) => pieces.push(piece));
        incoming.once('error', reject);
        incoming.once('end', () => {
          const answer = { status: incoming.statusCode ?? 0, headers: incoming.headers };
          resolve({ ...answer, body: Buffer.concat(pieces) });
        });
      });
      outgoing.once('error', reject);
      outgoing.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** The answer as the service would give it if its clock were so far ahead. */
export function dated(answer: ServiceAnswer, aheadMs: number): ServiceAnswer {
  const { date = '' } = answer.headers;
  return {
    ...answer,
    headers: { ...answer.headers, date: new Date(Date.parse(date) + aheadMs).toUTCString() },
  };
}

/** Hands the service's answer on. */
export function deliver({ status, headers, body }: ServiceAnswer, response: ServerResponse): void {
  response.writeHead(status, endToEnd(headers));
  response.end(body);
}

/** Begins to hand it on, and breaks off in the middle of its body; of an answer without one nothing arrives. */
export function deliverHalf({ status, headers, body }: ServiceAnswer, response: ServerResponse): void {
  if (body.length === 0) {
    breakOff(response);
    return;
  }
  response.writeHead(status, { ...endToEnd(headers), 'content-length': body.length });
  response.write(body.subarray(0, body.length / 2), () => breakOff(response));
}

/**
 * A query's answer without rows, as the service gives it at a partition boundary or after 5 s. The continuation that
 * it names leads to the page that was asked for.
 */
export function deliverEmptyPage(url: string, response: ServerResponse): void {
  const { searchParams } = new URL(url, 'http://localhost');
  response.writeHead(200, {
    'content-type': 'application/json;odata=minimalmetadata;charset=utf-8',
    'x-ms-continuation-nextpartitionkey': `${MADE_UP}${searchParams.get('NextPartitionKey') ?? ''}`,
    'x-ms-continuation-nextrowkey': `${MADE_UP}${searchParams.get('NextRowKey') ?? ''}`,
  });
  response.end(JSON.stringify({ value: [] }));
}

/** Whether a query goes on from an empty page that the proxy made up: once is enough. */
export function followsEmptyPage(url: string): boolean {
  return url.includes(MADE_UP);
}

function withoutMadeUp(url: string): string {
  if (!followsEmptyPage(url)) return url;
  const parsed = new URL(url, 'http://localhost');
  for (const name of ['NextPartitionKey', 'NextRowKey']) {
    const real = (parsed.searchParams.get(name) ?? '').slice(MADE_UP.length);
    if (real === '') parsed.searchParams.delete(name);
    else parsed.searchParams.set(name, real);
  }
  return `${parsed.pathname}${parsed.search}`;
}

/** Headers but for those of one connection (RFC 9110, 7.6.1) and of the transfer, which each side makes anew. */
function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_ONE_CONNECTION.has(name)));
}
