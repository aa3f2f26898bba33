import type { FromSchema } from 'json-schema-to-ts';
import { reader } from './inputSchema.ts';

const ms = { type: 'number', minimum: 0, maximum: 600_000 } as const;
const status = { type: 'integer', minimum: 200, maximum: 599 } as const;

/**
 * Which calls: all members given must fit. `path` is a prefix, `location` any of the call's locations, normalised.
 * Without a `path` only calls that ask for a host fit, whatever other endpoints the protocol has.
 */
export const matchSchema = {
  type: 'object',
  additionalProperties: false,
  properties: { sessionId: { type: 'string' }, location: { type: 'string' }, path: { type: 'string' } },
} as const;

/**
 * `received`: before anything was looked at. `allocated`: the session has its host, the answer is not yet sent; a call
 * that asks for something else (see `FleetProtocol.asides`) is there when what it does is done.
 */
export const pointSchema = { type: 'string', enum: ['received', 'allocated'] } as const;

const plain = <const T extends string>(type: T) =>
  ({
    type: 'object',
    additionalProperties: false,
    required: ['type'],
    properties: { type: { const: type } },
  }) as const;

const delay = {
  type: 'object',
  additionalProperties: false,
  required: ['type'],
  properties: { type: { const: 'delay' }, ms, minMs: ms, maxMs: ms },
  anyOf: [{ required: ['ms'] }, { required: ['minMs', 'maxMs'] }],
} as const;

const statusAction = {
  type: 'object',
  additionalProperties: false,
  required: ['type', 'status'],
  properties: {
    type: { const: 'status' },
    status,
    retryAfter: { type: 'string', description: 'The Retry-After header: seconds or an HTTP date.' },
    body: { type: 'string' },
    contentType: { type: 'string' },
  },
} as const;

const body = {
  type: 'object',
  additionalProperties: false,
  required: ['type', 'text'],
  properties: { type: { const: 'body' }, text: { type: 'string' }, status, contentType: { type: 'string' } },
} as const;

const override = {
  type: 'object',
  additionalProperties: false,
  required: ['type', 'members'],
  properties: {
    type: { const: 'override' },
    members: { type: 'object' },
    deep: { type: 'boolean', description: 'Members that are objects keep what is not named in them.' },
  },
} as const;

const contentType = {
  type: 'object',
  additionalProperties: false,
  required: ['type', 'contentType'],
  properties: { type: { const: 'content-type' }, contentType: { type: 'string' } },
} as const;

const coding = {
  type: 'object',
  additionalProperties: false,
  required: ['type', 'coding'],
  properties: {
    type: { const: 'coding' },
    coding: {
      type: 'string',
      description:
        'The Content-Encoding header: gzip, deflate and br compress the body, another one only claims to.',
    },
    zeros: {
      type: 'integer',
      minimum: 1,
      description: 'Sends so many zero bytes compressed, in place of the body.',
    },
  },
} as const;

const slowBody = {
  type: 'object',
  additionalProperties: false,
  required: ['type', 'ms'],
  properties: { type: { const: 'slow-body' }, ms, pieces: { type: 'integer', minimum: 2, maximum: 1000 } },
} as const;

const action = {
  type: 'object',
  discriminator: { propertyName: 'type' },
  required: ['type'],
  oneOf: [
    delay,
    plain('hang'),
    plain('reset'),
    plain('no-capacity'),
    plain('end-host'),
    statusAction,
    plain('garbage'),
    plain('half-body'),
    body,
    override,
    contentType,
    coding,
    slowBody,
  ],
} as const;

const ruleSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['action'],
  properties: {
    match: matchSchema,
    point: pointSchema,
    times: { type: 'integer', minimum: 1 },
    rate: { type: 'number', minimum: 0, maximum: 1 },
    action,
  },
} as const;

export type CallMatch = FromSchema<typeof matchSchema>;
export type CallPoint = FromSchema<typeof pointSchema>;

/** What a fault does; callLifecycle.ts and answer.ts carry it out and describe it. */
export type FaultAction = FromSchema<typeof action>;

/**
 * One fault: which calls, when, and what happens to them. Without `times` and `rate` every matching call is hit;
 * `times` counts hits, `rate` is drawn from the seeded generator for each matching call.
 */
export type FaultRule = FromSchema<typeof ruleSchema>;

export const readFaultRules = reader({ type: 'array', items: ruleSchema });
