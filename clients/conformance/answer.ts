import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './case.ts';

/** The problems of the wire: status and whether the same request can succeed later. A test compares them with lib's. */
export const PROBLEMS: Readonly<Record<string, { readonly status: number; readonly retryable: boolean }>> = {
  'invalid-request': { status: 400, retryable: false },
  unauthenticated: { status: 401, retryable: false },
  forbidden: { status: 403, retryable: false },
  'unknown-session': { status: 404, retryable: false },
  'session-ended': { status: 410, retryable: false },
  'length-required': { status: 411, retryable: false },
  'payload-too-large': { status: 413, retryable: false },
  'unsupported-media-type': { status: 415, retryable: false },
  'session-mismatch': { status: 422, retryable: false },
  'no-eligible-location': { status: 422, retryable: false },
  'quota-exceeded': { status: 429, retryable: true },
  internal: { status: 500, retryable: true },
  'upstream-rejected': { status: 502, retryable: false },
  'upstream-failed': { status: 502, retryable: true },
  'no-capacity': { status: 503, retryable: true },
  'storage-unavailable': { status: 503, retryable: true },
  'auth-unavailable': { status: 503, retryable: true },
  misconfigured: { status: 503, retryable: false },
};

/** The host that every case gives. */
export const HOST = {
  hostName: 'host-1.example.net',
  ports: [{ name: 'game', port: 10_103 }],
  region: 'West US',
};

/** A request, and where its answer goes. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly sessionId: string;
  /** How far the broker's clock is ahead of this machine's. */
  readonly clockSkewSeconds: number;
}

interface Message {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | null>>;
  readonly body: string;
}

function messageOf(answer: Answer, sessionId: string): Message {
  const { retryAfterSeconds, bom = false } = answer;
  const hint = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
  const { status, body, type } = contentOf(answer, sessionId, hint);
  const merged = typeof body === 'object' && body !== null ? { ...body, ...answer.members } : body;
  const text = typeof merged === 'string' ? merged : merged === undefined ? '' : JSON.stringify(merged);
  return {
    status,
    headers: {
      ...(type === undefined ? {} : { 'content-type': type }),
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
      ...answer.headers,
    },
    body: (bom ? '\uFEFF' : '') + text,
  };
}

function contentOf(
  { send, problem, status, body }: Answer,
  sessionId: string,
  hint: object,
): { readonly status: number; readonly body: unknown; readonly type?: string } {
  if (problem !== undefined) {
    const known = PROBLEMS[problem];
    if (known === undefined) throw new Error(`There is no problem ${problem}.`);
    const texts = {
      title: `A title: ${problem}`,
      detail: `What is wrong: ${problem}.`,
      instance: 'instance-1',
    };
    const type = `urn:allocation-broker:problem:${problem}`;
    const content = { type, ...texts, code: problem, ...known, ...hint };
    return { status: known.status, body: content, type: 'application/problem+json' };
  }
  const json = 'application/json; charset=utf-8';
  if (send === undefined) return { status: Number(status), body };
  if (send === 'pending') return { status: 202, body: { sessionId, status: send, ...hint }, type: json };
  const allocation = { sessionId, status: 'allocated', ...HOST };
  return { status: send === 'allocated' ? 201 : 200, body: allocation, type: json };
}

/**
 * Answers a request as the case says.
 *
 * @returns when the answer had left; undefined when there was none
 */
export async function give(
  answer: Answer,
  { request, response, sessionId, clockSkewSeconds }: Exchange,
): Promise<number | undefined> {
  if (answer.silent === true) return undefined;
  if (answer.afterMs !== undefined) await sleep(answer.afterMs);
  if (answer.lose === 'before') {
    request.socket.destroy();
    return performance.now();
  }
  const { status, headers, body } = messageOf(answer, sessionId);
  const bytes = Buffer.from(body);
  const date = (seconds: number): string =>
    new Date(Date.now() + (clockSkewSeconds + seconds) * 1_000).toUTCString();
  response.sendDate = false;
  response.statusCode = status;
  for (const [name, value] of Object.entries<string | null>({ date: date(0), ...headers })) {
    if (value === null) continue;
    response.setHeader(
      name,
      value.replaceAll(/\{date\+(\d+)\}/g, (_text, seconds) => date(Number(seconds))),
    );
  }
  if (answer.lose !== 'half-chunked' && status !== 204) response.setHeader('content-length', bytes.length);
  if (answer.lose !== undefined) {
    response.write(bytes.subarray(0, bytes.length / 2), () => request.socket.destroy());
    return performance.now();
  }
  await inPieces(response, bytes, answer.overMs ?? 0);
  return performance.now();
}

async function inPieces(response: ServerResponse, bytes: Buffer, overMs: number): Promise<void> {
  const pieces = overMs === 0 ? 1 : 10;
  const size = Math.ceil(bytes.length / pieces);
  for (let piece = 0; piece < pieces && !response.destroyed; piece += 1) {
    if (overMs > 0) await sleep(overMs / pieces, undefined, { ref: false });
    response.write(bytes.subarray(piece * size, (piece + 1) * size));
  }
  response.end();
}
