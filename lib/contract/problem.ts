/** The documented problems (RFC 9457). `retryable` says whether the same request can succeed later. */
export const PROBLEMS = {
  'invalid-request': { status: 400, retryable: false, title: 'The request is not valid' },
  unauthenticated: { status: 401, retryable: false, title: 'The caller is not known' },
  forbidden: { status: 403, retryable: false, title: 'The caller may not do this' },
  'unknown-session': { status: 404, retryable: false, title: 'The session has no allocation' },
  'session-ended': { status: 410, retryable: false, title: 'The session has been ended' },
  'length-required': { status: 411, retryable: false, title: 'The request has no Content-Length' },
  'payload-too-large': { status: 413, retryable: false, title: 'The request body is too large' },
  'unsupported-media-type': { status: 415, retryable: false, title: 'The request body is not JSON' },
  'session-mismatch': { status: 422, retryable: false, title: 'The session was started with other values' },
  'no-eligible-location': { status: 422, retryable: false, title: 'No location is close enough' },
  'quota-exceeded': { status: 429, retryable: true, title: 'Too many new allocations' },
  internal: { status: 500, retryable: true, title: 'The broker failed' },
  'upstream-rejected': { status: 502, retryable: false, title: 'The fleet refused the broker' },
  'upstream-failed': { status: 502, retryable: true, title: 'The fleet failed' },
  'no-capacity': { status: 503, retryable: true, title: 'No server is free' },
  'storage-unavailable': { status: 503, retryable: true, title: 'Storage cannot be reached' },
  'auth-unavailable': { status: 503, retryable: true, title: 'The signing keys cannot be fetched' },
  misconfigured: { status: 503, retryable: false, title: 'The broker is not configured' },
} as const satisfies Record<string, { status: number; retryable: boolean; title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

/** One mistake in a request: where (RFC 6901, into the request body) and what. */
export interface ProblemError {
  readonly pointer: string;
  readonly message: string;
}

export interface ProblemOptions {
  /** Whole seconds; sent as Retry-After and repeated in the body, which browsers can read across origins. */
  readonly retryAfterSeconds?: number;
  readonly errors?: readonly ProblemError[];
  readonly cause?: unknown;
}

/** Thrown wherever a request cannot be answered; the functions render it. `detail` is for clients: no upstream text. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly detail: string;
  readonly retryAfterSeconds?: number;
  readonly errors?: readonly ProblemError[];

  constructor(code: ProblemCode, detail: string, options: ProblemOptions = {}) {
    super(`${code}: ${detail}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.detail = detail;
    if (options.retryAfterSeconds !== undefined) this.retryAfterSeconds = options.retryAfterSeconds;
    if (options.errors !== undefined) this.errors = options.errors;
  }
}

/** The answer to a lookup that finds nothing, whatever the reason: always the same words. */
export function unknownSession(): Problem {
  return new Problem(
    'unknown-session',
    'The session has no allocation. It is made by POST /api/v1/allocations.',
  );
}

/** The answer to whoever asks for a session that was ended, for as long as the broker keeps it. */
export function sessionEnded(): Problem {
  return new Problem(
    'session-ended',
    'The session has been ended and never gets a host again. Make a new sessionId for a new match.',
  );
}
