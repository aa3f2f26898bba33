/**
 * What a 200 of the sessionhosts API must look like before it is believed. It is somebody else's text on its way to
 * game clients, so every string is bounded and of a narrow alphabet. Members that are not named here are tolerated
 * (the API may grow) and go nowhere.
 */
export const sessionHostsAnswerSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:allocation-broker:schema:session-hosts-answer',
  type: 'object',
  required: ['hostName', 'portMappings', 'region'],
  properties: {
    hostName: {
      type: 'string',
      // RFC 1035, section 2.3.4: a name has at most 253 characters of text, a label at most 63.
      maxLength: 253,
      anyOf: [
        {
          description: 'A DNS name (underscores occur in practice) or an IPv4 literal.',
          pattern:
            '^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(?:\\.[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*$',
        },
        { description: 'An IPv6 literal, without a zone.', pattern: '^(?=[^:]*:[^:]*:)[0-9A-Fa-f:.]{2,45}$' },
      ],
    },
    portMappings: {
      type: 'array',
      minItems: 1,
      maxItems: 32,
      items: {
        type: 'object',
        required: ['Key', 'Value'],
        properties: {
          Key: { type: 'string', pattern: '^[\\p{L}\\p{N}][\\p{L}\\p{N} ._:()-]{0,63}$' },
          Value: {
            type: 'object',
            required: ['internal', 'external'],
            properties: {
              internal: { type: 'integer', minimum: 1, maximum: 65535 },
              external: { type: 'integer', minimum: 1, maximum: 65535 },
            },
          },
        },
      },
    },
    region: { type: 'string', pattern: '^[\\p{L}\\p{N}][\\p{L}\\p{N} ._()-]{0,63}$' },
    // Serialisers that cannot leave a member out write null.
    secureContext: { type: ['string', 'null'], maxLength: 4096, pattern: '^[A-Za-z0-9+/_-]*={0,2}$' },
  },
} as const;
