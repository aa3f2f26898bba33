import { MOST_PORTS, portNameSchema, portNumberSchema, regionSchema } from '../hostSchema.ts';

/**
 * What a 200 of the sessionhosts API must look like before it is believed. Members that are not named here are
 * tolerated (the API may grow) and go nowhere.
 */
export const sessionHostsAnswerSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:allocation-broker:schema:session-hosts-answer',
  type: 'object',
  required: ['hostName', 'portMappings', 'region'],
  properties: {
    // What an address must look like is in hostName.ts.
    hostName: { type: 'string' },
    portMappings: {
      type: 'array',
      minItems: 1,
      maxItems: MOST_PORTS,
      items: {
        type: 'object',
        required: ['Key', 'Value'],
        properties: {
          Key: portNameSchema,
          Value: {
            type: 'object',
            required: ['internal', 'external'],
            properties: { internal: portNumberSchema, external: portNumberSchema },
          },
        },
      },
    },
    region: regionSchema,
    // Serialisers that cannot leave a member out write null.
    secureContext: { type: ['string', 'null'], maxLength: 4096, pattern: '^[A-Za-z0-9+/_-]*={0,2}$' },
  },
} as const;
