/** The schemas of the JSON settings, for their parsed values; `default` and `examples` are texts of app settings. */
import { ALGORITHMS } from '../auth/authenticator.ts';
import { HYPHENED_GUID } from '../guid.ts';
import { LIMITS } from '../contract/limits.ts';
import { qosSchema } from '../contract/schemas/locations.ts';
import { FLEETS } from '../fleets/fleet.ts';

/** How a party's latencies become one: the mean serves the whole party, not its farthest player alone. */
export const DEFAULT_AGGREGATE = 'mean';

/** By the placement study: the lowest average over honest parties and parties with liars (docs/placement.md). */
export const DEFAULT_CLAMP_MS = 250;

const MAX_RELAX_STEPS = 8;
/** Whoever waits for longer than this for a match has left. */
const MAX_RELAX_SECONDS = 600;

/** A claim of a token, and the value that it must be or hold. */
const claim = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'value'],
  properties: { name: { type: 'string', minLength: 1 }, value: { type: 'string', minLength: 1 } },
} as const;

const name = { type: 'string', minLength: 1, maxLength: LIMITS.nameCharacters } as const;

export const guid = {
  type: 'string',
  format: 'uuid',
  pattern: HYPHENED_GUID,
} as const;

/** What a game mode is to the fleets. */
const targets = {
  gameModeId: { ...name, description: 'On sessionhosts: the id of the mode.' },
  buildId: { ...guid, description: 'On playfab: the build whose servers play the mode.' },
  buildAliasId: { ...guid, description: 'On playfab, instead of buildId: a build alias.' },
} as const;

export const gameModes = {
  type: 'object',
  minProperties: 1,
  propertyNames: name,
  additionalProperties: {
    type: 'object',
    additionalProperties: false,
    properties: {
      ...targets,
      fleet: { type: 'string', enum: FLEETS, description: 'Absent: BROKER_FLEET.' },
      fleets: {
        type: 'array',
        minItems: 1,
        maxItems: 8,
        items: {
          // A name, which a rule checks, or what is the entry's own.
          type: ['string', 'object'],
          additionalProperties: false,
          required: ['fleet'],
          properties: {
            fleet: { type: 'string', enum: FLEETS },
            share: {
              type: 'number',
              minimum: 0,
              maximum: 1,
              description:
                'The part of the sessions that begins here; absent: those that begin nowhere else.',
            },
            ...targets,
          },
        },
        description:
          'Instead of fleet: they are asked in this order, the next one where no server is free at the one before.',
      },
      locations: {
        type: 'array',
        minItems: 1,
        items: name,
        description: 'The locations of this mode, some of those on offer; absent: all of them.',
      },
      gather: {
        type: 'object',
        additionalProperties: false,
        required: ['windowMs'],
        properties: {
          windowMs: {
            type: 'integer',
            minimum: 100,
            maximum: 5_000,
            description:
              'From the first call of a session until the fleet is asked, unless everybody is there before.',
          },
        },
        description:
          'The players of a session ask each for itself, and the place is to be fair to all of them; absent: the first one decides.',
      },
    },
  },
  description:
    'JSON object: the game modes that clients may ask for, by the names they use. On sessionhosts each has its `gameModeId`, on playfab its `buildId` or `buildAliasId`; both may stand there, and `fleet` (BROKER_FLEET) says which is asked. `fleets`, instead: several, asked in this order, the next one where no server is free at the one before; an entry is a name, or an object with `fleet`, a `share` (0 to 1) of the sessions that begin there, and a `gameModeId`, `buildId` or `buildAliasId` of its own. `locations`: where the mode runs in some only. `gather`: where players ask each for itself, for how long (`windowMs`, 100 to 5000) their measurements are collected before the fleet is asked.',
  examples: [
    '{"duel": {"fleet": "sessionhosts", "gameModeId": "2162d32c-95ab-4ad9-a2a1-3b1f4b6a9f2e"}, "raid": {"fleet": "playfab", "buildId": "9a8a4584-c81a-479c-9ef9-16d3743f7ca7"}}',
  ],
} as const;

export const locations = {
  type: 'array',
  minItems: 1,
  maxItems: LIMITS.latenciesPerList,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: {
      name: { ...name, description: 'As the fleet spells it in requests.' },
      qos: qosSchema,
      penaltyMs: {
        type: 'number',
        minimum: 0,
        maximum: LIMITS.latencyMs,
        description: 'Added to what was measured, to steer away from the location.',
      },
    },
  },
  description:
    'JSON list: the locations on offer, in the order of preference when nothing is measured. `qos` tells clients what to measure against; `penaltyMs` (0) is added to what they measured.',
  examples: [
    '[{"name": "West US", "qos": {"protocol": "udp", "host": "qos.westus.example.com", "port": 3075}}, {"name": "North Europe", "penaltyMs": 20}]',
  ],
} as const;

export const placement = {
  type: 'object',
  additionalProperties: false,
  properties: {
    aggregate: { type: 'string', enum: ['mean', 'worst', 'median'] },
    maxLatencyMs: { type: 'number', minimum: 1, maximum: LIMITS.latencyMs },
    relax: {
      type: 'array',
      minItems: 1,
      maxItems: MAX_RELAX_STEPS,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['afterSeconds', 'maxLatencyMs'],
        properties: {
          afterSeconds: { type: 'integer', minimum: 1, maximum: MAX_RELAX_SECONDS },
          maxLatencyMs: { type: 'number', minimum: 1, maximum: LIMITS.latencyMs },
        },
      },
    },
    strict: { type: 'boolean' },
    clampMs: { type: 'number', minimum: 1, maximum: LIMITS.latencyMs },
    maxLocations: { type: 'integer', minimum: 1, maximum: LIMITS.latenciesPerList },
  },
  description: `JSON object: how latencies order the locations. \`aggregate\` (${DEFAULT_AGGREGATE}): mean, worst or median of a party; \`maxLatencyMs\`: what no player should exceed; \`relax\`: higher values, which take its place \`afterSeconds\` after the session's first attempt; \`strict\` (false): leave out locations beyond it; \`clampMs\` (${DEFAULT_CLAMP_MS}): the most that a location weighs beyond the same player's nearest; \`maxLocations\`: the most to ask the fleet for.`,
  default: '{}',
  examples: [
    '{"aggregate": "mean", "maxLatencyMs": 80, "relax": [{"afterSeconds": 5, "maxLatencyMs": 120}], "maxLocations": 5}',
  ],
} as const;

export const auth = {
  type: 'object',
  required: ['mode'],
  properties: { mode: { type: 'string', enum: ['key', 'jwt', 'anonymous'] } },
  discriminator: { propertyName: 'mode' },
  oneOf: [
    { additionalProperties: false, properties: { mode: { const: 'key' } } },
    { additionalProperties: false, properties: { mode: { const: 'anonymous' } } },
    {
      additionalProperties: false,
      required: ['issuer', 'audience'],
      properties: {
        mode: { const: 'jwt' },
        issuer: { type: 'string', minLength: 1 },
        audience: { type: 'string', minLength: 1 },
        jwksUri: { type: 'string', minLength: 1 },
        algorithms: { type: 'array', minItems: 1, items: { type: 'string', enum: ALGORITHMS } },
        sessionClaim: { type: 'string', minLength: 1 },
        gameModeClaim: { type: 'string', minLength: 1 },
        endClaim: claim,
      },
    },
  ],
  description:
    'JSON object: who may ask. `key`: whoever holds the function key. `jwt`: whoever sends a token of the `issuer` for the `audience`; `jwksUri` (else discovered from the issuer), `algorithms` (asymmetric only), and the claims that must name the session and the game mode are optional; so is `endClaim`, the claim whose holders may end sessions, without the function key of `endings`. `anonymous`: everybody; needs BROKER_ALLOW_ANONYMOUS as well.',
  default: '{"mode": "key"}',
  examples: ['{"mode": "jwt", "issuer": "https://login.example.com/", "audience": "allocation-broker"}'],
} as const;

export const quota = {
  type: 'object',
  additionalProperties: false,
  required: ['limit', 'windowSeconds'],
  properties: {
    limit: { type: 'integer', minimum: 1, maximum: 1_000_000 },
    windowSeconds: { type: 'integer', minimum: 1, maximum: 86_400 },
    trustedHops: { type: 'integer', minimum: 0, maximum: 10 },
    onStorageFault: { type: 'string', enum: ['refuse', 'allow'] },
    trusted: {
      type: 'object',
      additionalProperties: false,
      properties: {
        limit: { type: 'integer', minimum: 1, maximum: 1_000_000 },
        claim,
      },
    },
  },
  description:
    'JSON object: the new allocations that one caller may start, `limit` in `windowSeconds`. `trustedHops` (1): the proxies in front whose X-Forwarded-For entries are believed; `onStorageFault` (refuse): refuse or allow when they cannot be counted; `trusted`: callers whose token has the `claim`, or who hold BROKER_TRUSTED_KEY, with a `limit` of their own or none. Without the setting there is no quota.',
  examples: ['{"limit": 600, "windowSeconds": 3600}'],
} as const;
