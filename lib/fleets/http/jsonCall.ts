import {
  createDefaultHttpClient,
  createHttpHeaders,
  createPipelineRequest,
  type HttpClient,
} from '@azure/core-rest-pipeline';
import { Agent } from 'node:http';
import { type Readable, addAbortSignal } from 'node:stream';
import { checkedTraceparent } from '../../traceparent.ts';
import { readBounded, type Body } from '../../http/body.ts';
import { notSentReason } from './notSent.ts';
import { retryAfterMs } from './retryAfter.ts';

export interface JsonCall {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** Ends the call wherever it is, reading the answer included. */
  readonly signal: AbortSignal;
  readonly traceparent?: string | undefined;
}

/**
 * What came of one call:
 *
 * - `answered`: there is a status; whether there is a body is another matter.
 * - `not-sent`: the server definitely never saw the request; `reason` is for operators.
 * - `lost`: the server may have acted on the request.
 */
export type JsonOutcome =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly body: Body;
      readonly retryAfterMs?: number;
    }
  | { readonly kind: 'not-sent'; readonly reason: string }
  | { readonly kind: 'lost'; readonly reason: 'timeout' | 'connection-lost' };

/** POSTs JSON once: no repeats, no redirects. Never throws for what a server or a network does. */
export type PostJson = (call: JsonCall) => Promise<JsonOutcome>;

/** A refusal's status says most: the call does not spend the rest of its time waiting for the body. */
const REFUSAL_BODY_MS = 1_000;

/**
 * One connection for one call: on a connection that is kept, an answer that came twice would be the next session's. The
 * global agents, which the SDK takes for this, keep connections since Node 19: these do not. The one for https is the
 * SDK's own, made for these settings (or a caller's), and remembers TLS sessions.
 */
const HTTP_AGENT = new Agent({ keepAlive: false });
const NO_TLS_SETTINGS = {};

/**
 * One HTTP call is one HTTP call: this is the SDK's bare client, and none of its policies. The default pipeline's retry
 * policy would repeat 408, 5xx and resets by itself, its redirect policy would carry the token elsewhere, and its
 * bearer-token policy writes `Bearer` only.
 *
 * @param client another transport, for a private certificate authority for example
 * @param endpoint in words, for operators: the settings that the address is of
 */
export function createPostJson(client: HttpClient = createDefaultHttpClient(), endpoint?: string): PostJson {
  return async (call) => {
    if (call.signal.aborted)
      return { kind: 'not-sent', reason: 'The time was up before the call could be made.' };
    try {
      const response = await client.sendRequest(pipelineRequest(call));
      const { status, headers } = response;
      const wait = retryAfterMs(headers.get('retry-after'), headers.get('date'));
      const stream = response.readableStreamBody as Readable | undefined;
      if (status !== 200 && stream !== undefined)
        addAbortSignal(AbortSignal.timeout(REFUSAL_BODY_MS), stream);
      const body = await readBounded(stream, call.signal, headers.get('content-encoding'));
      return { kind: 'answered', status, body, ...(wait === undefined ? {} : { retryAfterMs: wait }) };
    } catch (error) {
      return lostOrNotSent(error, call.signal, endpoint);
    }
  };
}

function pipelineRequest({ url, headers, body, signal, traceparent }: JsonCall) {
  const isPlain = url.startsWith('http://');
  // It comes from a caller: nothing but a trace context goes into a header.
  const traced = checkedTraceparent(traceparent);
  const request = createPipelineRequest({
    url,
    method: 'POST',
    headers: createHttpHeaders({
      ...headers,
      accept: 'application/json',
      // A few hundred bytes: nothing to gain from compression.
      'accept-encoding': 'identity',
      'content-type': 'application/json',
      ...(traced === undefined ? {} : { traceparent: traced }),
    }),
    body: JSON.stringify(body),
    abortSignal: signal,
    // Every status: the SDK otherwise collects a body of any size.
    streamResponseStatusCodes: new Set([Number.POSITIVE_INFINITY]),
    // Which http:// addresses are accepted is settled when a driver is made: see checkedEndpoint.
    allowInsecureConnection: isPlain,
    disableKeepAlive: true,
  });
  // Neither is taken from the options.
  return Object.assign(request, isPlain ? { agent: HTTP_AGENT } : { tlsSettings: NO_TLS_SETTINGS });
}

/** The error itself goes no further: it holds the request, and with it the token. */
function lostOrNotSent(error: unknown, signal: AbortSignal, endpoint: string | undefined): JsonOutcome {
  if (signal.aborted) return { kind: 'lost', reason: 'timeout' };
  const reason = notSentReason(error, endpoint);
  return reason === undefined ? { kind: 'lost', reason: 'connection-lost' } : { kind: 'not-sent', reason };
}
