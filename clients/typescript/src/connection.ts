import { exchange, type Answer } from './answer.ts';
import { fired, within } from './within.ts';

/** Where a broker is, and what it is shown. */
export interface ConnectionOptions {
  /** The broker's address without `/api`, such as `https://my-broker.azurewebsites.net`. */
  readonly baseUrl: string;
  /** Sent as `x-functions-key`. */
  readonly functionKey?: string;
  /** Sent as `Authorization: Bearer`. */
  readonly bearerToken?: string;
  /** The same, asked for before each request, so that it may renew the token. What it throws reaches the caller. */
  readonly getToken?: () => Promise<string> | string;
  /** Instead of the global `fetch`. */
  readonly fetch?: typeof fetch;
}

export interface CallOptions {
  /** How long to go on in all, in milliseconds. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

export interface Request {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One broker, request by request. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly baseUrl: string;

  /** @throws TypeError when `baseUrl` is no absolute address: no repetition would help */
  constructor(options: ConnectionOptions) {
    this.#options = options;
    if (!/^https?:\/\//.test(options.baseUrl)) {
      throw new TypeError('baseUrl must be an absolute address, such as https://my-broker.azurewebsites.net');
    }
    this.baseUrl = options.baseUrl.replace(/\/+$/, '');
  }

  send(request: Request, signal: AbortSignal | undefined, timeoutMs: number): Promise<Answer> {
    const { fetch: send = fetch, functionKey, bearerToken, getToken } = this.#options;
    const { method, path, body } = request;
    return within(timeoutMs, signal, async (inner) => {
      // A sign-in that hangs is a lost attempt, too.
      const token = getToken === undefined ? bearerToken : await Promise.race([getToken(), fired(inner)]);
      if (inner.aborted) return { kind: 'lost', cause: inner.reason };
      const headers = {
        ...request.headers,
        ...(functionKey === undefined ? {} : { 'x-functions-key': functionKey }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      };
      const init = { method, headers, signal: inner, ...(body === undefined ? {} : { body }) };
      return exchange(send, this.baseUrl + path, init);
    });
  }
}

/** Where a session is. */
export const pathOf = (sessionId: string): string => `/api/v1/allocations/${encodeURIComponent(sessionId)}`;
