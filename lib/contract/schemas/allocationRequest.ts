import { ANY_GUID } from '../../guid.ts';
import { LIMITS } from '../limits.ts';

const latencies = {
  type: 'array',
  maxItems: LIMITS.latenciesPerList,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['location', 'ms'],
    properties: {
      location: {
        type: 'string',
        minLength: 1,
        maxLength: LIMITS.nameCharacters,
        description:
          'A name from `GET /api/v1/locations`; only its letters and digits are compared, in any case: `west-us` is West US. A location that is not offered is ignored, so that a client may outlive a change of settings.',
        examples: ['West US'],
      },
      ms: {
        type: ['number', 'null'],
        description: `The measured round trip in milliseconds. \`null\`, and any number that is not above 0 and at most ${LIMITS.latencyMs}, mean that there is no measurement: engines write such values for a location that they could not reach.`,
        examples: [34.5],
      },
    },
  },
} as const;

/** The body of `POST /api/v1/allocations`, after members that mean "absent" (`null`, `""`, `[]`) were dropped. */
export const allocationRequestSchema = {
  $id: 'urn:allocation-broker:schema:AllocationRequest',
  title: 'AllocationRequest',
  description:
    'Asks for the host of a session. Every player of the session may send it, each with its own latencies; all get the same host. `null`, `""` and `[]` mean absent for every optional member, because the JSON writers of game engines cannot leave members out. At most one of `latencies` and `players` may be non-empty, and all lists together hold at most 1024 measurements.',
  type: 'object',
  additionalProperties: false,
  required: ['sessionId', 'gameMode'],
  properties: {
    sessionId: {
      type: 'string',
      format: 'uuid',
      pattern: ANY_GUID,
      description:
        'Names the session, and is the key that makes repeating safe: a GUID of any version and case, with or without hyphens, braces or parentheses, new for each match. Every spelling names the same session; it is answered in lower case, with hyphens.',
      examples: ['3536d3e6-e85d-4f47-b898-9617d19dabcd'],
    },
    gameMode: {
      type: 'string',
      minLength: 1,
      maxLength: LIMITS.nameCharacters,
      description:
        'One of the game modes that the broker is configured with. The same for every call of one session.',
      examples: ['duel'],
    },
    latencies: {
      ...latencies,
      description:
        "One player's own measurements; of a location named twice, the smallest counts. Without any, locations are tried in the configured order.",
    },
    players: {
      type: 'array',
      maxItems: LIMITS.players,
      description: "Instead of `latencies`: a whole party's measurements, sent by a matchmaker.",
      items: {
        type: 'object',
        additionalProperties: false,
        properties: {
          playerId: {
            type: 'string',
            minLength: 1,
            maxLength: LIMITS.nameCharacters,
            description:
              'Where a party names every player, the ids go to PlayFab, as `InitialPlayers`; never a row, a log or an answer. The game server may then admit these players alone, so send the ids that it knows its players by. Neither compared nor kept; other fleets do not get them.',
            examples: ['p1'],
          },
          latencies: { ...latencies, description: "This player's measurements." },
        },
      },
    },
    partySize: {
      type: 'integer',
      minimum: 0,
      maximum: LIMITS.players,
      description:
        'How many players will ask for this session, 1 to 64; 0 means absent, because some JSON writers cannot leave a number out. Used where the game mode gathers its callers: once so many players are there, nobody waits for the rest of the window.',
      examples: [4],
    },
    sessionCookie: {
      type: 'string',
      minLength: 1,
      maxLength: LIMITS.cookieBytes,
      description:
        'Handed to the game server as it is; at most 4096 bytes of UTF-8. The call that starts the session fixes it, its absence included; later calls may leave it out or repeat it.',
      examples: ['opaque'],
    },
  },
  examples: [
    {
      sessionId: '3536d3e6-e85d-4f47-b898-9617d19dabcd',
      gameMode: 'duel',
      latencies: [
        { location: 'West US', ms: 34.5 },
        { location: 'North Europe', ms: 142 },
      ],
    },
    {
      sessionId: '3536d3e6-e85d-4f47-b898-9617d19dabcd',
      gameMode: 'duel',
      players: [
        { playerId: 'p1', latencies: [{ location: 'West US', ms: 34.5 }] },
        { playerId: 'p2', latencies: [{ location: 'West US', ms: 61 }] },
      ],
      sessionCookie: 'opaque',
    },
  ],
} as const;
