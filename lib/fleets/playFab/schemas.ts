/**
 * What answers of PlayFab must look like before they are believed. Names from the REST reference (Multiplayer Server:
 * Request Multiplayer Server; Authentication: Get Entity Token; ApiErrorWrapper) and the typings of playfab-sdk
 * 2.187.251205. Members that are not named here are tolerated and go nowhere: VmId, ServerId and BuildId among them.
 */
import { MOST_PORTS, portNameSchema, portNumberSchema, regionSchema } from '../hostSchema.ts';

const $schema = 'https://json-schema.org/draft/2020-12/schema';

/** PlayFab's own status, which its envelope repeats: an error's in an HTTP 200 is an error. */
const code = { const: 200 } as const;

/**
 * Every member of the reference's response is optional; without an address, ports and a region it is no host, and
 * without its session nobody knows whose.
 */
export const playFabServerSchema = {
  $schema,
  $id: 'urn:allocation-broker:schema:playfab-server',
  type: 'object',
  required: ['data'],
  properties: {
    code,
    data: {
      type: 'object',
      required: ['Ports', 'Region', 'SessionId'],
      properties: {
        // Which of the two is needed is a setting: see answer.ts.
        FQDN: {},
        IPV4Address: {},
        Ports: {
          type: 'array',
          minItems: 1,
          maxItems: MOST_PORTS,
          items: {
            type: 'object',
            required: ['Name', 'Num'],
            properties: {
              Name: portNameSchema,
              Num: portNumberSchema,
              Protocol: { type: ['string', 'null'], pattern: '^[A-Za-z0-9]{1,16}$' },
            },
          },
        },
        Region: regionSchema,
        SessionId: { type: 'string', maxLength: 64 },
      },
    },
  },
} as const;

export const playFabTokenSchema = {
  $schema,
  $id: 'urn:allocation-broker:schema:playfab-token',
  type: 'object',
  required: ['data'],
  properties: {
    code,
    data: {
      type: 'object',
      required: ['EntityToken'],
      properties: {
        // It becomes a header of every call (RFC 9110, section 5.5).
        EntityToken: { type: 'string', minLength: 1, maxLength: 8192, pattern: '^[!-~]+$' },
        TokenExpiration: { type: ['string', 'null'], maxLength: 64 },
      },
    },
  },
} as const;
