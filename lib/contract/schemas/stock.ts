import { FLEETS } from '../../fleets/fleet.ts';

const count = { type: 'integer', minimum: 0 } as const;

/** The body of `GET /api/v1/history/stock`. */
export const stockSchema = {
  $id: 'urn:allocation-broker:schema:Stock',
  title: 'Stock',
  description: 'The game servers that the fleets have now, by location.',
  type: 'object',
  additionalProperties: false,
  required: ['at', 'entries'],
  properties: {
    at: { type: 'string', format: 'date-time', description: 'When the fleets were asked.' },
    entries: {
      type: 'array',
      description: 'One for each set of game modes that share their servers.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['fleet', 'gameModes', 'status'],
        properties: {
          fleet: { type: 'string', enum: [...FLEETS] },
          gameModes: { type: 'array', items: { type: 'string' } },
          status: {
            type: 'string',
            enum: ['known', 'not-offered', 'failed'],
            description:
              '`not-offered`: this fleet does not say; `failed`: it could not be asked, or its answer is of no use.',
          },
          reason: { type: 'string', description: 'With `failed`: why, for operators.' },
          locations: {
            type: 'array',
            description: 'With `known`.',
            items: {
              type: 'object',
              additionalProperties: false,
              required: ['region'],
              properties: {
                region: { type: 'string', description: 'As the settings spell it, else as the fleet does.' },
                servers: {
                  type: 'object',
                  description: 'Absent: the fleet has no figures for the location.',
                  additionalProperties: false,
                  required: ['standingBy', 'active', 'propping'],
                  properties: {
                    standingBy: { ...count, description: 'Ready for a session.' },
                    active: { ...count, description: 'With a session.' },
                    propping: { ...count, description: 'Still loading the game.' },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
  examples: [
    {
      at: '2026-11-22T08:15:00.000Z',
      entries: [
        {
          fleet: 'playfab',
          gameModes: ['duel'],
          status: 'known',
          locations: [{ region: 'West US', servers: { standingBy: 4, active: 31, propping: 2 } }],
        },
        { fleet: 'sessionhosts', gameModes: ['raid'], status: 'not-offered' },
      ],
    },
  ],
} as const;
