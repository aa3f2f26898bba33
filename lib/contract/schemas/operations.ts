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

/** The body of `GET /api/ready`, whether 200 or 503. */
export const readinessSchema = {
  $id: 'urn:allocation-broker:schema:Readiness',
  title: 'Readiness',
  description: 'Whether the broker can work, part by part. Holds nothing secret.',
  type: 'object',
  additionalProperties: false,
  required: ['status', 'checks'],
  properties: {
    status: { type: 'string', enum: ['ready', 'not-ready'], description: '`ready` when every check is ok.' },
    checks: {
      type: 'array',
      description: 'What was looked at. With settings that cannot be read nothing else is.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'ok'],
        properties: {
          name: {
            type: 'string',
            enum: ['instance', 'settings', 'tables', 'token', 'runtime', 'timers', 'quota'],
            description:
              'The instance itself, once it is stopping; the settings, the tables of the ledger, the source of the token for the fleet; the version of Node.js, whether the timers have run lately; where there is a quota, how many callers it has refused.',
          },
          ok: { type: 'boolean', description: 'Whether it works.' },
          message: { type: 'string', description: 'What is wrong, or worth knowing, for operators.' },
        },
      },
    },
  },
  examples: [
    {
      status: 'ready',
      checks: [
        { name: 'settings', ok: true },
        { name: 'tables', ok: true },
        { name: 'token', ok: true },
        { name: 'runtime', ok: true },
        { name: 'timers', ok: true },
      ],
    },
    {
      status: 'not-ready',
      checks: [
        { name: 'settings', ok: true },
        {
          name: 'tables',
          ok: false,
          message:
            "The table service answered 403. Check BrokerStorage and that the app's identity has the role Storage Table Data Contributor.",
        },
        { name: 'token', ok: true },
        { name: 'runtime', ok: true },
        { name: 'timers', ok: true },
      ],
    },
  ],
} as const;
