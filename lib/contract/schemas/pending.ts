/** The body of 202: the wait ended before the session had its host. */
export const pendingSchema = {
  $id: 'urn:allocation-broker:schema:Pending',
  title: 'Pending',
  description:
    'The session has no host yet. Repeat the POST with the same sessionId after the given time; that never starts a second host.',
  type: 'object',
  additionalProperties: false,
  required: ['sessionId', 'status', 'retryAfterSeconds'],
  properties: {
    sessionId: {
      type: 'string',
      format: 'uuid',
      description: 'The session, in lower case.',
      examples: ['3536d3e6-e85d-4f47-b898-9617d19dabcd'],
    },
    status: { type: 'string', const: 'pending', description: 'The session has no host yet.' },
    retryAfterSeconds: {
      type: 'integer',
      minimum: 1,
      description: 'The value of the `Retry-After` header, which browsers cannot read across origins.',
      examples: [2],
    },
  },
  examples: [{ sessionId: '3536d3e6-e85d-4f47-b898-9617d19dabcd', status: 'pending', retryAfterSeconds: 2 }],
} as const;
