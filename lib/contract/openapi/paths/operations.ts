import { readinessSchema } from '../../schemas/operations.ts';
import { type Json, CACHEABLE, jsonAnswer, NO_STORE, PAGE_HEADERS, ref } from '../parts.ts';
import { keyMissing, problemAnswers } from '../problems.ts';

/** A key of this one function, as a header or in the query. */
export const OPERATOR = [{ functionKey: [] }, { functionKeyInQuery: [] }];

export const operationPaths = (): Json => ({
  '/api/health': { get: health() },
  '/api/ready': { get: ready() },
  '/api/ops': { get: ops() },
  '/api/openapi.json': { get: openapi() },
});

function health(): Json {
  return {
    operationId: 'health',
    tags: ['Operations'],
    summary: 'Whether the process answers',
    description: 'Touches nothing, so that a fault elsewhere does not look like one here.',
    security: [],
    responses: { 200: jsonAnswer('It does.', 'Health', NO_STORE) },
  };
}

function ready(): Json {
  return {
    operationId: 'ready',
    tags: ['Operations'],
    summary: 'Whether the broker can work',
    description:
      'Looks at the settings, the tables and the source of the fleet token, and remembers the result for 10 seconds.',
    security: OPERATOR,
    responses: {
      200: readiness('Every check is ok.', 'ready'),
      401: keyMissing(),
      ...problemAnswers('internal'),
      503: readiness('At least one check is not ok.', 'not-ready'),
    },
  };
}

function readiness(description: string, status: 'ready' | 'not-ready'): Json {
  const examples = readinessSchema.examples.filter((example) => example.status === status);
  return {
    description,
    headers: NO_STORE,
    content: {
      'application/json': {
        schema: { allOf: [ref('Readiness'), { type: 'object', properties: { status: { const: status } } }] },
        examples: Object.fromEntries(examples.map((value) => [status, { value }])) as Json,
      },
    },
  };
}

function ops(): Json {
  return {
    operationId: 'ops',
    tags: ['Operations'],
    summary: "The operators' page",
    description: 'A shell without data: it asks the operator for the key of `history`, and asks there.',
    security: [],
    responses: {
      200: {
        description: 'The page.',
        headers: { ...NO_STORE, ...PAGE_HEADERS },
        content: { 'text/html': { schema: { type: 'string' } } },
      },
      ...problemAnswers('internal'),
    },
  };
}

function openapi(): Json {
  return {
    operationId: 'openapi',
    tags: ['Operations'],
    summary: 'This document',
    description: 'As the running version has it.',
    security: [],
    responses: {
      200: {
        description: 'An OpenAPI 3.1 document.',
        headers: CACHEABLE,
        content: {
          'application/json': { schema: { type: 'object', title: 'OpenAPI document' } },
        },
      },
      ...problemAnswers('internal'),
    },
  };
}
