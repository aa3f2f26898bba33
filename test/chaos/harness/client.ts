import { randomBytes } from 'node:crypto';
import type { Hint } from '../../../lib/placement/placement.ts';
import type { CallerAnswer } from './evidence.ts';

/** What all callers of one session have in common. */
export interface SessionPlan {
  readonly sessionId: string;
  readonly gameMode: string;
  readonly sessionCookie?: string | undefined;
  /** How many callers there are, where they say so. */
  readonly partySize?: number;
}

export interface CallOptions {
  readonly caller?: string;
  readonly latencies?: readonly Hint[];
  /** `Prefer: wait`, in seconds. */
  readonly waitSeconds?: number;
}

interface Target {
  readonly name: string;
  readonly url: string;
}

/** Longer than any broker may take: its longest wait, a fleet call and its own writes. What is cut off here hangs. */
const HANGS_MS = 60_000;

export function postAllocation(
  target: Target,
  session: SessionPlan,
  { caller = 'caller', latencies, waitSeconds }: CallOptions,
): Promise<CallerAnswer> {
  return send(target, session.sessionId, caller, {
    method: 'POST',
    path: '/api/v1/allocations',
    body: JSON.stringify({ ...session, latencies }),
    headers: {
      'content-type': 'application/json',
      ...(waitSeconds !== undefined && { prefer: `wait=${waitSeconds}` }),
    },
  });
}

export function getAllocation(
  target: Target,
  sessionId: string,
  { caller = 'caller' }: CallOptions,
): Promise<CallerAnswer> {
  return send(target, sessionId, caller, { method: 'GET', path: `/api/v1/allocations/${sessionId}` });
}

/** Says that the session is over. */
export function endAllocation(
  target: Target,
  sessionId: string,
  { caller = 'caller' }: CallOptions,
): Promise<CallerAnswer> {
  return send(target, sessionId, caller, { method: 'DELETE', path: `/api/v1/allocations/${sessionId}` });
}

/** One request as it goes out. */
export interface Sending {
  readonly method: 'POST' | 'GET' | 'DELETE';
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends one request and keeps what comes of it. Never rejects. */
export async function send(
  { name, url }: Target,
  sessionId: string,
  caller: string,
  { method, path, body, headers }: Sending,
): Promise<CallerAnswer> {
  const traceparent = `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
  const about = { sessionId, caller, method, broker: name, traceparent, sentAt: Date.now() };
  try {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...headers, traceparent },
      signal: AbortSignal.timeout(HANGS_MS),
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    return {
      ...about,
      answeredAt: Date.now(),
      status: response.status,
      contentType: response.headers.get('content-type') ?? undefined,
      retryAfter: response.headers.get('retry-after') ?? undefined,
      replayed: response.headers.get('idempotency-replayed') === 'true',
      end: response.headers.get('allocation-end') ?? undefined,
      body: text,
    };
  } catch (error) {
    const nothing = {
      contentType: undefined,
      retryAfter: undefined,
      replayed: false,
      end: undefined,
      body: '',
    };
    return { ...about, ...nothing, answeredAt: Date.now(), failure: nameOf(error) };
  }
}

/** What broke: the code of the socket's error where there is one. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { cause } = error;
  return (cause as NodeJS.ErrnoException | undefined)?.code ?? error.name;
}
