/**
 * What answers of PlayFab must look like before they are believed. Names from the REST reference (Multiplayer Server:
 * Request Multiplayer Server, Shutdown Multiplayer Server, Get Build, Get Build Alias; Authentication: Get Entity Token;
 * ApiErrorWrapper) and the typings of playfab-sdk 2.187.251205. Members that are not named here are tolerated and go
 * nowhere: VmId, ServerId and BuildId among them.
 */
import { MOST_PORTS, portNameSchema, portNumberSchema, regionSchema } from '../hostSchema.ts';

/**
 * What PlayFab wraps every success in: its own status, which the envelope repeats (an error's in an HTTP 200 is an
 * error), and what was asked for.
 */
const envelope = <const Data extends object>(name: string, data: Data) =>
  ({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:allocation-broker:schema:playfab-${name}`,
    type: 'object',
    required: ['data'],
    properties: { code: { const: 200 }, data },
  }) as const;

/**
 * Every member of the reference's response is optional; without an address, ports and a region it is no host, and
 * without its session nobody knows whose.
 */
export const playFabServerSchema = envelope('server', {
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
});

export const playFabTokenSchema = envelope('token', {
  type: 'object',
  required: ['EntityToken'],
  properties: {
    // It becomes a header of every call (RFC 9110, section 5.5).
    EntityToken: { type: 'string', minLength: 1, maxLength: 8192, pattern: '^[!-~]+$' },
    TokenExpiration: { type: ['string', 'null'], maxLength: 64 },
  },
});

const serverCount = { type: 'integer', minimum: 0 } as const;

/** What GetBuild answers, as far as servers are counted. A region that is not deployed yet may have no figures. */
export const playFabBuildSchema = envelope('build', {
  type: 'object',
  required: ['RegionConfigurations'],
  properties: {
    RegionConfigurations: {
      type: 'array',
      maxItems: 200,
      items: {
        type: 'object',
        required: ['Region'],
        properties: {
          Region: regionSchema,
          CurrentServerStats: {
            type: ['object', 'null'],
            required: ['Active', 'Propping', 'StandingBy'],
            properties: { Active: serverCount, Propping: serverCount, StandingBy: serverCount },
          },
        },
      },
    },
  },
});

/** What GetBuildAlias answers: the builds that an alias stands for, by the share of sessions that each gets. */
export const playFabAliasSchema = envelope('alias', {
  type: 'object',
  required: ['BuildSelectionCriteria'],
  properties: {
    BuildSelectionCriteria: {
      type: 'array',
      maxItems: 8,
      items: {
        type: 'object',
        required: ['BuildWeightDistribution'],
        properties: {
          BuildWeightDistribution: {
            type: 'object',
            maxProperties: 8,
            propertyNames: { maxLength: 64 },
            additionalProperties: serverCount,
          },
        },
      },
    },
  },
});

/** What ShutdownMultiplayerServer answers: nothing but that it was accepted (EmptyResponse). */
export const playFabShutdownSchema = envelope('shutdown', { type: 'object' });
