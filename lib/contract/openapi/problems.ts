import { type ProblemCode, type ProblemError, Problem, PROBLEMS } from '../problem.ts';
import { renderProblem } from '../render.ts';
import { type Json, AUTHENTICATE, MAYBE_RETRY_AFTER, NO_STORE, ref, RETRY_AFTER } from './parts.ts';

interface Example {
  readonly detail: string;
  readonly retryAfterSeconds?: number;
  readonly errors?: readonly ProblemError[];
}

/** One answer of each kind, worded as the broker words it. */
const EXAMPLES: Readonly<Record<ProblemCode, Example>> = {
  'invalid-request': {
    detail: 'The request body is not valid: /latencies/0/ms: expected a number or null.',
    errors: [{ pointer: '/latencies/0/ms', message: 'expected a number or null' }],
  },
  unauthenticated: { detail: 'Send a valid token: Authorization: Bearer <token>.' },
  forbidden: { detail: 'The token is not for this session.' },
  'unknown-session': { detail: 'The session has no allocation. It is made by POST /api/v1/allocations.' },
  'session-ended': {
    detail: 'The session has been ended and never gets a host again. Make a new sessionId for a new match.',
  },
  'length-required': {
    detail: 'Send the body with a Content-Length header, not in chunks of unknown length.',
  },
  'payload-too-large': { detail: 'Send a body of at most 65536 bytes.' },
  'unsupported-media-type': {
    detail: 'Send JSON in UTF-8, with the header Content-Type: application/json.',
  },
  'session-mismatch': {
    detail:
      'The session was started with another gameMode. Repeat its first request, or use a new sessionId for a new match.',
    errors: [{ pointer: '/gameMode', message: 'differs from the request that started the session' }],
  },
  'no-eligible-location': { detail: 'Every location is farther away than the game allows.' },
  'quota-exceeded': {
    detail:
      'This caller has started as many sessions as it may for now. Sessions that have their host are still answered.',
    retryAfterSeconds: 60,
  },
  internal: { detail: 'The broker failed. Repeat the request; quote the instance if it happens again.' },
  'upstream-rejected': {
    detail:
      'The fleet does not accept the requests of this broker. Its operators have been told; repeating does not help.',
  },
  'upstream-failed': {
    detail: 'The fleet did not give a usable answer in time. Repeat the request with the same sessionId.',
    retryAfterSeconds: 2,
  },
  'no-capacity': {
    detail:
      'No game server is free in any of the locations. Repeat the request later, with the same sessionId.',
    retryAfterSeconds: 5,
  },
  'storage-unavailable': {
    detail: 'The session could not be recorded, so no game server was asked for. Repeat the request.',
    retryAfterSeconds: 2,
  },
  'auth-unavailable': {
    detail: 'Tokens cannot be checked at the moment. Repeat the request.',
    retryAfterSeconds: 5,
  },
  misconfigured: {
    detail: 'The broker is not configured. Its operators can see what is wrong in its log.',
  },
};

/** Whether a problem always says when to come back: then its example does. */
const saysWhen = (code: ProblemCode): boolean => EXAMPLES[code].retryAfterSeconds !== undefined;

/** What the platform answers by itself before the broker's code runs. */
const BY_THE_PLATFORM: Readonly<Record<number, string>> = {
  401: ' Without a function key where one is asked for, the platform answers in place of the broker: the body is empty then.',
};

/** Where nothing but a key is asked for, the platform judges it. */
export const keyMissing = (): Json => ({
  description: 'The function key is missing or wrong. Answered by the platform, with an empty body.',
});

/** The problems that an operation can answer, by status. */
export function problemAnswers(...codes: readonly ProblemCode[]): Json {
  const byStatus = Map.groupBy(codes, (code) => PROBLEMS[code].status);
  return Object.fromEntries([...byStatus].map(([status, group]) => [status, problemAnswer(status, group)]));
}

function problemAnswer(status: number, codes: readonly ProblemCode[]): Json {
  const titles = codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`);
  return {
    description: `${titles.join('\n\n')}${BY_THE_PLATFORM[status] ?? ''}`,
    headers: { ...NO_STORE, ...retryHeader(codes), ...(status === 401 ? AUTHENTICATE : {}) },
    content: {
      'application/problem+json': {
        schema: { allOf: [ref('Problem'), oneOfThese(codes)] },
        examples: Object.fromEntries(codes.map((code) => [code, { value: example(code) }])) as Json,
      },
    },
  };
}

function oneOfThese(codes: readonly ProblemCode[]): Json {
  const [only, ...others] = codes.map(narrowed);
  return only !== undefined && others.length === 0 ? only : { anyOf: [only, ...others] };
}

/** What the code says of the other members. */
function narrowed(code: ProblemCode): Json {
  const { status, retryable, title } = PROBLEMS[code];
  return {
    title: code,
    type: 'object',
    ...(saysWhen(code) ? { required: ['retryAfterSeconds'] } : {}),
    properties: {
      code: { const: code },
      status: { const: status },
      retryable: { const: retryable },
      title: { const: title },
      type: { const: `urn:allocation-broker:problem:${code}` },
    },
  };
}

function retryHeader(codes: readonly ProblemCode[]): Json {
  if (codes.every(saysWhen)) return RETRY_AFTER;
  return codes.some((code) => PROBLEMS[code].retryable) ? MAYBE_RETRY_AFTER : {};
}

/** As the functions render it. */
function example(code: ProblemCode): Json {
  const { detail, ...options } = EXAMPLES[code];
  const { body } = renderProblem(new Problem(code, detail, options), '9f0c2a5e-6d6c-4f5e-8d0e-2f1b7c3a4d5e');
  return JSON.parse(body) as Json;
}
