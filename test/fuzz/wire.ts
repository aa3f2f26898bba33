import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import type { FuzzRequest } from './requests.ts';

/** What came back; `undefined` status: nothing that is HTTP, or nothing at all. */
export interface FuzzAnswer {
  readonly status?: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

const NOTHING: FuzzAnswer = { headers: {}, text: '' };
/** A server that waits for the rest of a broken request is within its rights; the run goes on. */
const RAW_TIMEOUT_MS = 500;
/** More than the longest wait and a fleet call: an answer that takes longer does not come. */
const TIMEOUT_MS = 60_000;

/** Sends over real sockets, a connection for each of so many requests at once. */
export class Wire {
  readonly #port: number;
  readonly #agent: Agent;

  constructor(port: number, connections: number) {
    this.#port = port;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** @throws Error when a connection breaks under a request that is HTTP, or no answer comes */
  send(fuzz: FuzzRequest): Promise<FuzzAnswer> {
    return fuzz.kind === 'http' ? this.#http(fuzz) : this.#raw(fuzz.bytes);
  }

  close(): void {
    this.#agent.destroy();
  }

  #http({ method, path, headers, body }: Extract<FuzzRequest, { kind: 'http' }>): Promise<FuzzAnswer> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        { host: '127.0.0.1', port: this.#port, agent: this.#agent, method, path, timeout: TIMEOUT_MS },
        (response) => {
          const pieces: Buffer[] = [];
          response.on('data', (piece: Buffer) => pieces.push(piece));
          response.on('error', reject);
          response.on('end', () => {
            const text = Buffer.concat(pieces).toString('utf8');
            resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${TIMEOUT_MS / 1_000} s`)));
      for (const [name, value] of headers) outgoing.appendHeader(name, value);
      outgoing.setHeader('content-length', body.length);
      outgoing.end(body);
    });
  }

  #raw(bytes: Uint8Array): Promise<FuzzAnswer> {
    return new Promise((resolve) => {
      const pieces: Buffer[] = [];
      const socket = connect(this.#port, '127.0.0.1', () => socket.end(bytes));
      socket.setTimeout(RAW_TIMEOUT_MS, () => socket.destroy());
      socket.on('data', (piece) => pieces.push(piece));
      // A server may well reset a connection that brought nonsense.
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(parse(Buffer.concat(pieces).toString('utf8'))));
    });
  }
}

/** The first answer in what a socket brought; the parsers of real clients are not needed for it. */
function parse(text: string): FuzzAnswer {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1];
  if (status === undefined) return NOTHING;
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  return { status: Number(status), headers, text: bodyOf(headers, rest.join('\r\n\r\n')) };
}

/** RFC 9112, section 6.3: by its length, in chunks (one is all that a short body takes), or to the end. */
function bodyOf(headers: FuzzAnswer['headers'], rest: string): string {
  const length = headers['content-length'];
  if (length !== undefined) return Buffer.from(rest).subarray(0, Number(length)).toString('utf8');
  if (headers['transfer-encoding'] !== 'chunked') return rest;
  const [size = '', ...chunk] = rest.split('\r\n');
  return Buffer.from(chunk.join('\r\n')).subarray(0, parseInt(size, 16)).toString('utf8');
}
