/** How a client measures its latency to a location; the same in the settings and on the wire. */
export const qosSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['protocol', 'host', 'port'],
  description: 'What to measure the latency against.',
  properties: {
    protocol: {
      type: 'string',
      minLength: 1,
      description:
        '`udp`: an echo; `http` or `https`: a round trip. A client leaves out what it does not know.',
      examples: ['udp'],
    },
    host: { type: 'string', minLength: 1, examples: ['qos.westus.example.com'] },
    port: { type: 'integer', minimum: 1, maximum: 65_535, examples: [3075] },
  },
} as const;

/** How a client measures its latency to a location; handed to clients as configured. */
export interface QosTarget {
  readonly protocol: string;
  readonly host: string;
  readonly port: number;
}

/** The body of `GET /api/v1/locations`. */
export const locationsSchema = {
  $id: 'urn:allocation-broker:schema:Locations',
  title: 'Locations',
  description:
    'The locations that the broker offers, in the order in which it tries them when nothing is measured.',
  type: 'object',
  additionalProperties: false,
  required: ['locations'],
  properties: {
    locations: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name'],
        properties: {
          name: { type: 'string', description: 'The name to send in `latencies`.', examples: ['West US'] },
          qos: qosSchema,
        },
      },
    },
  },
  examples: [
    {
      locations: [
        { name: 'West US', qos: { protocol: 'udp', host: 'qos.westus.example.com', port: 3075 } },
        { name: 'North Europe' },
      ],
    },
  ],
} as const;
