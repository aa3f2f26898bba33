import { type Schema, SCHEMAS } from './schemas.ts';

/** A piece of the document: plain JSON. */
export type Json = Readonly<Record<string, unknown>>;

export const ref = (name: Schema): Json => ({ $ref: `#/components/schemas/${name}` });
const header = (name: keyof typeof HEADERS): Json => ({ $ref: `#/components/headers/${name}` });

export const HEADERS = {
  'Allocation-End': {
    description:
      'What the fleet says of the host. `told`: it is being shut down. `no-host`: there is none. `pending`: the fleet has not confirmed it yet; the broker repeats it until it does. `not-told`: the fleet has no such call; the game server ends by itself.',
    required: true,
    schema: { type: 'string', enum: ['told', 'no-host', 'pending', 'not-told'] },
    example: 'told',
  },
  'Cache-Control': {
    description: '`no-store`: the answer belongs to a session or a caller.',
    required: true,
    schema: { type: 'string', const: 'no-store' },
  },
  'Cache-Control-Public': {
    description: 'The answer is the same for everybody.',
    required: true,
    schema: { type: 'string', const: 'public, max-age=300' },
  },
  'Content-Security-Policy': {
    description: "Only the page's own script and style run, and it talks to its own origin alone.",
    required: true,
    schema: { type: 'string' },
  },
  'Idempotency-Replayed': {
    description: 'The session had its host already: this is the answer that its first caller got.',
    required: true,
    schema: { type: 'string', const: 'true' },
  },
  'Retry-After': {
    description: 'Whole seconds to wait before the request is repeated (RFC 9110, section 10.2.3).',
    required: true,
    schema: { type: 'integer', minimum: 1 },
    example: 2,
  },
  'Retry-After-Optional': {
    description: 'Whole seconds to wait before the request is repeated, where a problem may pass.',
    required: false,
    schema: { type: 'integer', minimum: 1 },
    example: 5,
  },
  'WWW-Authenticate': {
    description: 'How to authenticate (RFC 9110, section 11.6.1).',
    required: true,
    schema: { type: 'string', pattern: '^Bearer' },
  },
  Vary: {
    description: 'The answer allows the origin that asked, where it may be asked from a browser.',
    required: true,
    schema: { type: 'string', const: 'Origin' },
  },
  'X-Content-Type-Options': {
    description: 'Browsers must not guess another type.',
    required: true,
    schema: { type: 'string', const: 'nosniff' },
  },
} as const;

export const NO_STORE: Json = {
  'Cache-Control': header('Cache-Control'),
  'X-Content-Type-Options': header('X-Content-Type-Options'),
};
export const CACHEABLE: Json = {
  'Cache-Control': header('Cache-Control-Public'),
  Vary: header('Vary'),
  'X-Content-Type-Options': header('X-Content-Type-Options'),
};
export const PAGE_HEADERS: Json = { 'Content-Security-Policy': header('Content-Security-Policy') };
export const REPLAYED: Json = { 'Idempotency-Replayed': header('Idempotency-Replayed') };
export const ALLOCATION_END: Json = { 'Allocation-End': header('Allocation-End') };
export const AUTHENTICATE: Json = { 'WWW-Authenticate': header('WWW-Authenticate') };
export const RETRY_AFTER: Json = { 'Retry-After': header('Retry-After') };
export const MAYBE_RETRY_AFTER: Json = { 'Retry-After': header('Retry-After-Optional') };

/** An answer in JSON, with the examples that its schema gives. */
export function jsonAnswer(description: string, schema: Schema, headers: Json): Json {
  return { description, headers, content: { 'application/json': jsonContent(schema) } };
}

export function jsonContent(schema: Schema): Json {
  const examples = SCHEMAS[schema].examples.map((value, index) => [`example${index + 1}`, { value }]);
  return { schema: ref(schema), examples: Object.fromEntries(examples) as Json };
}
