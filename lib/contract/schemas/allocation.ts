/** The session that an answer is about. */
const sessionId = {
  type: 'string',
  format: 'uuid',
  description: 'The session, in lower case.',
  examples: ['3536d3e6-e85d-4f47-b898-9617d19dabcd'],
} as const;

/** The body of every 200 and 201 of an allocation: all that a client ever learns of its host. */
export const allocationSchema = {
  $id: 'urn:allocation-broker:schema:Allocation',
  title: 'Allocation',
  description:
    'Where the session runs. The same, byte for byte, for every caller of the session. A repeated answer does not say that the host is still alive: a dead server, like a new match, needs a new sessionId.',
  type: 'object',
  additionalProperties: false,
  required: ['sessionId', 'status', 'hostName', 'ports', 'region'],
  properties: {
    sessionId,
    status: { type: 'string', const: 'allocated', description: 'The session has its host.' },
    hostName: {
      type: 'string',
      minLength: 1,
      description: 'The name to connect to. It does not show the region.',
      examples: ['xdjxqhmmwvbzd.cloudapp.net'],
    },
    ports: {
      type: 'array',
      description: 'The ports that the game server listens on, as seen from outside.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'port'],
        properties: {
          name: { type: 'string', description: "The port's name in the game's build.", examples: ['game'] },
          port: {
            type: 'integer',
            minimum: 1,
            maximum: 65_535,
            description: 'The port to connect to.',
            examples: [10_103],
          },
          protocol: { type: 'string', description: 'If the fleet names it.', examples: ['UDP'] },
        },
      },
    },
    region: {
      type: 'string',
      description:
        'Where the host is: the name that `GET /api/v1/locations` gives the location, or else the one that the fleet gives it.',
      examples: ['West US'],
    },
    secureContext: {
      type: 'string',
      description: 'Base64: what the client needs to open the secure association with the host.',
      examples: ['AwAAAIoAAABub3QgYSByZWFsIG9uZQ=='],
    },
  },
  examples: [
    {
      sessionId: '3536d3e6-e85d-4f47-b898-9617d19dabcd',
      status: 'allocated',
      hostName: 'xdjxqhmmwvbzd.cloudapp.net',
      ports: [{ name: 'game', port: 10_103 }],
      region: 'West US',
      secureContext: 'AwAAAIoAAABub3QgYSByZWFsIG9uZQ==',
    },
  ],
} as const;

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
    sessionId,
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
