import { HISTORY_LIMITS } from '../historyRequest.ts';

const answer = {
  type: 'object',
  additionalProperties: false,
  required: ['requests', 'ms'],
  properties: {
    requests: { type: 'integer', minimum: 1 },
    ms: {
      type: 'object',
      additionalProperties: { type: 'integer', minimum: 1 },
      description: 'How many took so many milliseconds, or up to a tenth less.',
      examples: [{ '117': 4, '129': 2 }],
    },
  },
} as const;

/** The body of `GET /api/v1/history/requests`. */
export const requestCountsSchema = {
  $id: 'urn:allocation-broker:schema:RequestCounts',
  title: 'RequestCounts',
  description:
    'Requests for an allocation by answer, of all instances together. Each instance writes its counts once a minute: what one that was killed had not written is missing. With a `continuation`, older intervals follow, and the last of them may be the first of these: add the two up.',
  type: 'object',
  additionalProperties: false,
  required: ['intervalSeconds', 'intervals'],
  properties: {
    intervalSeconds: { type: 'integer', minimum: 60 },
    intervals: {
      type: 'array',
      description: 'Oldest first; those without a request are left out.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['at', 'answers'],
        properties: {
          at: { type: 'string', format: 'date-time', description: 'When it begins.' },
          answers: {
            type: 'object',
            additionalProperties: answer,
            description:
              'By `allocated`, `replayed` (the host that the session had already), `pending`, or the code of a problem.',
          },
        },
      },
    },
    continuation: { type: 'string', maxLength: HISTORY_LIMITS.continuationCharacters },
  },
  examples: [
    {
      intervalSeconds: 60,
      intervals: [
        {
          at: '2026-11-22T08:15:00.000Z',
          answers: {
            allocated: { requests: 2, ms: { '802': 1, '882': 1 } },
            'quota-exceeded': { requests: 1, ms: { '2': 1 } },
          },
        },
      ],
    },
  ],
} as const;
