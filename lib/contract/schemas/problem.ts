import { LIMITS } from '../limits.ts';
import { PROBLEMS, type ProblemCode } from '../problem.ts';

/** The body of every answer that is an error (RFC 9457, `application/problem+json`). */
export const problemSchema = {
  $id: 'urn:allocation-broker:schema:Problem',
  title: 'Problem',
  description:
    'Why a request was not answered (RFC 9457). Decide on `code` and `retryable`; show `instance` to support.',
  type: 'object',
  additionalProperties: false,
  required: ['type', 'title', 'status', 'detail', 'code', 'retryable', 'instance'],
  properties: {
    type: {
      type: 'string',
      description: '`urn:allocation-broker:problem:` and the code.',
      examples: ['urn:allocation-broker:problem:no-capacity'],
    },
    title: {
      type: 'string',
      description: 'The same for every problem of this code.',
      examples: ['No server is free'],
    },
    status: {
      type: 'integer',
      minimum: 400,
      maximum: 599,
      description: 'The HTTP status of the answer.',
      examples: [503],
    },
    detail: {
      type: 'string',
      description: 'What is wrong this time, for people. Not for programs: the wording may change.',
      examples: ['No server is free in any of the locations asked for.'],
    },
    code: {
      type: 'string',
      enum: Object.keys(PROBLEMS) as ProblemCode[],
      description: 'What is wrong, for programs.',
    },
    retryable: {
      type: 'boolean',
      description: 'Whether the same request, with the same sessionId, can succeed later.',
    },
    retryAfterSeconds: {
      type: 'integer',
      minimum: 1,
      description: 'The value of the `Retry-After` header, which browsers cannot read across origins.',
      examples: [5],
    },
    instance: {
      type: 'string',
      description: 'Names this one answer in the logs of the broker.',
      examples: ['9f0c2a5e-6d6c-4f5e-8d0e-2f1b7c3a4d5e'],
    },
    errors: {
      type: 'array',
      maxItems: LIMITS.errors,
      description: 'Each mistake in the request, for `invalid-request`.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['pointer', 'message'],
        properties: {
          pointer: {
            type: 'string',
            description:
              'Where in the request body, as a JSON Pointer (RFC 6901); for a query, `/` and the name of the parameter.',
            examples: ['/latencies/0/ms'],
          },
          message: {
            type: 'string',
            description: 'What was expected.',
            examples: ['expected a number or null'],
          },
        },
      },
    },
  },
  examples: [
    {
      type: 'urn:allocation-broker:problem:no-capacity',
      title: 'No server is free',
      status: 503,
      detail: 'No server is free in any of the locations asked for.',
      code: 'no-capacity',
      retryable: true,
      retryAfterSeconds: 5,
      instance: '9f0c2a5e-6d6c-4f5e-8d0e-2f1b7c3a4d5e',
    },
  ],
} as const;
