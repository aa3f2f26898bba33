import { PROBLEMS, type Problem } from './problem.ts';
import type { QosTarget } from './schemas/locations.ts';

/** On every answer that holds something of a session or a caller. */
export const COMMON_HEADERS = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
} as const;

/**
 * On what is the same for everybody and changes only with the settings. The platform adds the caller's origin where it
 * is allowed (CORS), so a cache must not give one origin's answer to another (RFC 9110, section 12.5.5).
 */
export const CACHEABLE_HEADERS = {
  'Cache-Control': 'public, max-age=300',
  Vary: 'Origin',
  'X-Content-Type-Options': 'nosniff',
} as const;

export interface RenderedProblem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The body of 202. The same seconds go into the Retry-After header. */
export function renderPending(sessionId: string, retryAfterSeconds: number): string {
  return JSON.stringify({ sessionId, status: 'pending', retryAfterSeconds });
}

/** @param instance names this one answer in the logs: the id of the invocation */
export function renderProblem(problem: Problem, instance: string): RenderedProblem {
  const { code, detail, retryAfterSeconds, errors } = problem;
  const { title, status, retryable } = PROBLEMS[code];
  return {
    status,
    headers: {
      ...COMMON_HEADERS,
      'Content-Type': 'application/problem+json',
      // RFC 9110, section 11.6.1: a 401 names the way to authenticate.
      ...(code === 'unauthenticated' ? { 'WWW-Authenticate': 'Bearer' } : {}),
      ...(retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) }),
    },
    body: JSON.stringify({
      type: `urn:allocation-broker:problem:${code}`,
      title,
      status,
      detail,
      code,
      retryable,
      retryAfterSeconds,
      instance,
      errors: errors?.map(({ pointer, message }) => ({ pointer, message })),
    }),
  };
}

/** The body of `GET /api/v1/locations`: penalties are the operator's business and stay here. */
export function renderLocations(
  locations: readonly { readonly name: string; readonly qos?: QosTarget }[],
): string {
  return JSON.stringify({
    locations: locations.map(({ name, qos }) => ({
      name,
      qos: qos === undefined ? undefined : { protocol: qos.protocol, host: qos.host, port: qos.port },
    })),
  });
}
