import type { ProblemCode } from '../../problem.ts';
import { allocationRequestSchema } from '../../schemas/allocationRequest.ts';
import {
  type Json,
  ALLOCATION_END,
  jsonAnswer,
  jsonContent,
  NO_STORE,
  REPLAYED,
  RETRY_AFTER,
} from '../parts.ts';
import { problemAnswers } from '../problems.ts';

/** Either the function key, as a header or in the query, or a token: whichever the broker is set up for. */
const CALLER = [{ functionKey: [] }, { functionKeyInQuery: [] }, { token: [] }];

const POST_PROBLEMS: readonly ProblemCode[] = [
  'invalid-request',
  'unauthenticated',
  'forbidden',
  'session-ended',
  'length-required',
  'payload-too-large',
  'unsupported-media-type',
  'session-mismatch',
  'no-eligible-location',
  'quota-exceeded',
  'internal',
  'upstream-rejected',
  'upstream-failed',
  'no-capacity',
  'storage-unavailable',
  'auth-unavailable',
  'misconfigured',
];

export const allocationPaths = (): Json => ({
  '/api/v1/allocations': { post: post() },
  '/api/v1/allocations/{sessionId}': { get: get(), delete: end() },
});

function post(): Json {
  return {
    operationId: 'allocate',
    tags: ['Allocations'],
    summary: 'Get the host of a session, started if need be',
    description:
      'Every player of the session may call, each with its own latencies: all get the same host, and one session never starts two. Repeating is always safe with the same `sessionId`; a new match needs a new one.',
    security: CALLER,
    parameters: [prefer()],
    requestBody: {
      description: 'At most 65536 bytes, with its Content-Length.',
      required: true,
      content: { 'application/json': jsonContent('AllocationRequest') },
    },
    responses: {
      201: jsonAnswer('This call obtained the host: at most one 201 a session.', 'Allocation', NO_STORE),
      200: jsonAnswer('The session has its host already.', 'Allocation', { ...NO_STORE, ...REPLAYED }),
      202: jsonAnswer(
        'The wait ended first. Repeat the request with the same `sessionId` after the given time.',
        'Pending',
        { ...NO_STORE, ...RETRY_AFTER },
      ),
      ...problemAnswers(...POST_PROBLEMS),
    },
  };
}

function prefer(): Json {
  return {
    name: 'Prefer',
    in: 'header',
    description:
      'How long the caller cares to wait (RFC 7240, section 4.3): `wait=` and whole seconds from 1 to 25; 15 without it. A fleet call in flight is finished first, so the answer may come one fleet call later.',
    schema: { type: 'string' },
    example: 'wait=10',
  };
}

function get(): Json {
  return {
    operationId: 'findAllocation',
    tags: ['Allocations'],
    summary: 'Look a session up',
    description: 'For late joiners and backends. Never starts a host.',
    security: CALLER,
    parameters: [sessionId()],
    responses: {
      200: jsonAnswer('The session has its host.', 'Allocation', { ...NO_STORE, ...REPLAYED }),
      202: jsonAnswer('A host may be on its way. Ask again after the given time.', 'Pending', {
        ...NO_STORE,
        ...RETRY_AFTER,
      }),
      ...problemAnswers(
        'invalid-request',
        'unauthenticated',
        'forbidden',
        'unknown-session',
        'session-ended',
        'internal',
        'storage-unavailable',
        'auth-unavailable',
        'misconfigured',
      ),
    },
  };
}

function end(): Json {
  return {
    operationId: 'endSession',
    tags: ['Endings'],
    summary: 'Say that a session is over',
    description:
      'The match is over or cancelled, or its server has died. From then on the session id has no host and never gets another one: every instance of the broker answers `session-ended` within the time after which it confirms what it remembers. As often as it is sent: the first call ends the session, and each answers alike. Asks for the function key of `endings`, or for a token with the claim that `BROKER_AUTH` names as `endClaim`. Not for what players install.',
    security: CALLER,
    parameters: [sessionId()],
    responses: {
      204: {
        description: 'The session is over. `Allocation-End` says what has become of its host.',
        headers: { ...NO_STORE, ...ALLOCATION_END },
      },
      ...problemAnswers(
        'invalid-request',
        'unauthenticated',
        'forbidden',
        'unknown-session',
        'internal',
        'storage-unavailable',
        'auth-unavailable',
        'misconfigured',
      ),
    },
  };
}

function sessionId(): Json {
  const { pattern, format, description, examples } = allocationRequestSchema.properties.sessionId;
  return {
    name: 'sessionId',
    in: 'path',
    required: true,
    description,
    schema: { type: 'string', pattern, format },
    example: examples[0],
  };
}
