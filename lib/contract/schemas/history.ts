import { HISTORY_LIMITS } from '../historyRequest.ts';
import { END_FLEET, RECORDED_OUTCOMES } from '../outcomes.ts';

const outcome = {
  type: 'string',
  enum: [...RECORDED_OUTCOMES],
  description:
    '`open`: not ended yet, or its broker died and the sweep has not run; `pending`: the wait ended first; `unknown`: nobody knows, and a host may have been started; `unrecognised`: written by a newer version; else the code of the problem that the caller got. Of an ending: `open` until it is confirmed, then `ended`; `unknown`: it came to nothing, or another was faster.',
} as const;

const attempt = {
  type: 'object',
  additionalProperties: false,
  required: ['sessionId', 'attemptId', 'generation', 'gameMode', 'outcome', 'claimedAt', 'locations'],
  properties: {
    kind: {
      type: 'string',
      const: 'ending',
      description:
        'This is no attempt: somebody has ended the session. It has `endedBy` and `endFleet`, and nothing of `locations`, `placement` and `hints`.',
    },
    sessionId: { type: 'string', format: 'uuid', description: 'The session, in lower case.' },
    attemptId: {
      type: 'string',
      format: 'uuid',
      description: 'Names the attempt, or the ending, here and in the log.',
    },
    generation: {
      type: 'integer',
      minimum: 1,
      description: 'Grows each time an expired session is allocated anew.',
    },
    gameMode: { type: 'string', examples: ['duel'] },
    fleet: { type: 'string', description: 'The fleet that was asked last.', examples: ['sessionhosts'] },
    fleetsAsked: {
      type: 'array',
      items: { type: 'string' },
      description:
        'Where a fleet had no server free and another one was asked after it: all of them, in this order; absent where one fleet was asked.',
    },
    outcome,
    weight: {
      type: 'number',
      minimum: 1,
      description: 'With `sample`: how many of its kind this one stands for; absent: itself alone.',
    },
    takeover: { type: 'boolean', const: true, description: 'The session had an attempt before this one.' },
    claimedAt: {
      type: 'string',
      format: 'date-time',
      description: 'When the attempt began, or when the ending was asked for.',
    },
    closedAt: { type: 'string', format: 'date-time', description: 'When it ended, or was found dead.' },
    closedBy: {
      type: 'string',
      const: 'sweep',
      description: 'The attempt did not close its row itself: its broker died.',
    },
    region: { type: 'string', description: 'As the fleet spells it.', examples: ['WestUS'] },
    hostName: { type: 'string', examples: ['xdjxqhmmwvbzd.cloudapp.net'] },
    preferenceRank: {
      type: 'integer',
      minimum: 1,
      description: '1: the region that was asked for first.',
    },
    locations: {
      type: 'array',
      items: { type: 'string' },
      description: 'In the order in which the fleet was to try them.',
    },
    placement: {
      type: 'object',
      additionalProperties: true,
      description:
        'Why that order: the policy, the ranking with its rules, where values were clamped or filled in, and what was left out.',
    },
    hints: {
      type: 'object',
      additionalProperties: true,
      description: 'What the players measured, in sum: no player ids.',
    },
    callersHeard: {
      type: 'integer',
      minimum: 1,
      description: "Where the mode gathers its callers: how many callers' measurements gave the order.",
    },
    instancesHeard: {
      type: 'integer',
      minimum: 1,
      description: 'How many instances of the broker these callers reached.',
    },
    fleetCalls: { type: 'integer', minimum: 0 },
    fleetMs: { type: 'integer', minimum: 0, description: 'Time spent in fleet calls, in milliseconds.' },
    upstreamStatus: {
      type: 'integer',
      description: "The status of the fleet's last answer.",
      examples: [200],
    },
    reason: { type: 'string', description: 'What an operator should look at, where there is something.' },
    invocationId: { type: 'string', description: 'What the caller quotes as `instance`.' },
    endedBy: {
      type: 'string',
      description: "Of an ending: the caller's pseudonym, or by what it showed that it may.",
    },
    endFleet: {
      type: 'string',
      enum: [...END_FLEET],
      description:
        'Of a confirmed ending, what the fleet said: `told`: the server is being shut down; `no-host`: there is none; `not-told`: the API of this fleet has no such call.',
    },
  },
} as const;

const session = {
  type: 'object',
  additionalProperties: false,
  required: ['state', 'generation', 'attemptId', 'expiresInSeconds'],
  description: 'How the session that was asked for stands now; absent when it has been forgotten.',
  properties: {
    state: { type: 'string', enum: ['claimed', 'released', 'allocated', 'ended'] },
    generation: { type: 'integer', minimum: 1 },
    attemptId: { type: 'string', format: 'uuid', description: 'The attempt that wrote this state.' },
    leaseLeftMs: {
      type: 'integer',
      description: 'Of a claimed session, in milliseconds; zero or less: the next caller takes over.',
    },
    maybeStarted: { type: 'boolean', description: 'Of a released session: whether a host may exist.' },
    region: { type: 'string' },
    hostName: { type: 'string' },
    endedAt: { type: 'string', format: 'date-time', description: 'Of an ended session: when it was ended.' },
    endedBy: { type: 'string', description: 'Of an ended session: by whom.' },
    endFleet: {
      type: 'string',
      enum: [...END_FLEET],
      description: 'Of an ended session: what the fleet said; absent until it has confirmed it.',
    },
    expiresInSeconds: { type: 'integer', description: 'Until the session may be allocated anew.' },
  },
} as const;

/** The body of `GET /api/v1/history`. */
export const historySchema = {
  $id: 'urn:allocation-broker:schema:History',
  title: 'History',
  description:
    'Attempts to obtain a host, and endings of sessions among them (`kind`), newest first. An answer may hold fewer than `limit`, or none, and still have a `continuation`: the work of one request is bounded, to 10 s. Only without a continuation everything was read.',
  type: 'object',
  additionalProperties: false,
  required: ['attempts'],
  properties: {
    attempts: { type: 'array', maxItems: HISTORY_LIMITS.sample, items: attempt },
    session,
    continuation: {
      type: 'string',
      maxLength: HISTORY_LIMITS.continuationCharacters,
      description: 'Opaque: send it with the same parameters to read on.',
    },
  },
  examples: [
    {
      attempts: [
        {
          sessionId: '3536d3e6-e85d-4f47-b898-9617d19dabcd',
          attemptId: '0a4c2f0e-7a55-4a9b-9a0c-0c5d8a1a7c11',
          generation: 1,
          gameMode: 'duel',
          fleet: 'sessionhosts',
          outcome: 'allocated',
          claimedAt: '2026-11-22T08:15:30.250Z',
          closedAt: '2026-11-22T08:15:31.020Z',
          region: 'WestUS',
          hostName: 'xdjxqhmmwvbzd.cloudapp.net',
          preferenceRank: 1,
          locations: ['West US', 'North Europe'],
          fleetCalls: 1,
          fleetMs: 710,
          upstreamStatus: 200,
          invocationId: '9f0c2a5e-6d6c-4f5e-8d0e-2f1b7c3a4d5e',
        },
      ],
    },
  ],
} as const;
