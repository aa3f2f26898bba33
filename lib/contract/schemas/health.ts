/** The body of `GET /api/health`. */
export const healthSchema = {
  $id: 'urn:allocation-broker:schema:Health',
  title: 'Health',
  description: 'The process answers. Says nothing of what it depends on.',
  type: 'object',
  additionalProperties: false,
  required: ['status'],
  properties: { status: { type: 'string', const: 'ok', description: 'Always the same.' } },
  examples: [{ status: 'ok' }],
} as const;
