import type { FleetAnswer } from './fleet.ts';

/** What a failure comes to: whether a host may have been started decides whether a session may go elsewhere. */
export type Failure =
  /** Nothing is free; nothing was started. */
  | 'no-capacity'
  /** Another call has started the session's host a moment ago. */
  | 'starting'
  /** Refused before it was looked at; nothing was started. */
  | 'throttled'
  /** The fleet's own fault, which may have come from behind a start. */
  | 'faulty'
  /** Not to be repeated; nothing was started. */
  | 'rejected';

/** What a status means by HTTP (RFC 9110, section 15), for a fleet that says nothing else of it. */
export function failureOf(status: number): Failure {
  if (status === 409) return 'starting';
  if (status === 429) return 'throttled';
  return status === 408 || status >= 500 ? 'faulty' : 'rejected';
}

/** @param reason what an operator looks at where the fleet refused for good */
export function failureAnswer(
  failure: Failure,
  { status, retryAfterMs }: { readonly status: number; readonly retryAfterMs?: number | undefined },
  reason: string,
): FleetAnswer {
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  switch (failure) {
    case 'no-capacity':
    case 'starting':
      return { kind: failure, status, ...wait };
    case 'throttled':
      return { kind: 'failed', status, maybeStarted: false, ...wait };
    case 'faulty':
      return { kind: 'failed', status, maybeStarted: true, ...wait };
    case 'rejected':
      return { kind: 'rejected', status, reason };
  }
}
