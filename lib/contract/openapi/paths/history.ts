import { FLEETS } from '../../../fleets/fleet.ts';
import { EFFORTS } from '../../attempt.ts';
import { DEFAULT_SINCE } from '../../historyTime.ts';
import { HISTORY_LIMITS } from '../../historyRequest.ts';
import { OUTCOMES } from '../../outcomes.ts';
import { LIMITS } from '../../limits.ts';
import { allocationRequestSchema } from '../../schemas/allocationRequest.ts';
import { type Json, jsonAnswer, NO_STORE } from '../parts.ts';
import { keyMissing, problemAnswers } from '../problems.ts';
import { OPERATOR } from './operations.ts';

export const historyPaths = (): Json => ({
  '/api/v1/history': { get: get() },
  '/api/v1/history/ready': { get: ready() },
  '/api/v1/history/requests': { get: requests() },
  '/api/v1/history/stock': { get: stock() },
});

function get(): Json {
  return {
    operationId: 'history',
    tags: ['Operations'],
    summary: 'What was asked for, and what came of it',
    description:
      'Attempts to obtain a host, and endings of sessions among them, newest first. Read on with `continuation` for as long as there is one.',
    security: OPERATOR,
    parameters: parameters(),
    responses: {
      200: jsonAnswer('The attempts that fit.', 'History', NO_STORE),
      ...problemAnswers('invalid-request', 'internal', 'storage-unavailable', 'misconfigured'),
      401: keyMissing(),
    },
  };
}

function ready(): Json {
  return {
    operationId: 'historyReady',
    tags: ['Operations'],
    summary: 'Whether the broker can work, for the operators’ page',
    description: 'What `GET /api/ready` says, with the key of this function, and always with 200.',
    security: OPERATOR,
    responses: {
      200: jsonAnswer('The checks, ok or not.', 'Readiness', NO_STORE),
      ...problemAnswers('internal'),
      401: keyMissing(),
    },
  };
}

function requests(): Json {
  return {
    operationId: 'historyRequests',
    tags: ['Operations'],
    summary: 'How requests were answered',
    description:
      'Counts by answer, with the time to it: also of what leaves no attempt, replays and refusals. They are a minute late.',
    security: OPERATOR,
    parameters: [
      ...parameters().filter(({ name }) => ['since', 'until', 'continuation'].includes(name as string)),
    ],
    responses: {
      200: jsonAnswer('The counts.', 'RequestCounts', NO_STORE),
      ...problemAnswers('invalid-request', 'internal', 'storage-unavailable', 'misconfigured'),
      401: keyMissing(),
    },
  };
}

function stock(): Json {
  return {
    operationId: 'historyStock',
    tags: ['Operations'],
    summary: 'Which servers the fleets have',
    description:
      'Servers standing by, active and propping by location, where the fleet says so. An instance asks the fleets at most every 15 seconds, and only for this answer; in between, it repeats the last one.',
    security: OPERATOR,
    responses: {
      200: jsonAnswer('What each fleet says, failures included.', 'Stock', NO_STORE),
      ...problemAnswers('internal', 'misconfigured'),
      401: keyMissing(),
    },
  };
}

function parameters(): Json[] {
  const { pattern, examples } = allocationRequestSchema.properties.sessionId;
  const name = { type: 'string', maxLength: LIMITS.nameCharacters };
  const time = 'ISO 8601 with its offset, a date, or `90m`, `2h`, `3d` ago';
  return [
    parameter(
      'since',
      `${time}. Default: \`${DEFAULT_SINCE.period}\`, or \`${DEFAULT_SINCE.session}\` with \`session\`.`,
      { type: 'string' },
      '2h',
    ),
    parameter('until', `${time}. Default: now.`, { type: 'string' }, '2026-11-22T08:15:00Z'),
    parameter(
      'outcome',
      'How the attempt, or the ending, came out; `ended`: sessions that were ended.',
      { type: 'string', enum: [...OUTCOMES] },
      'no-capacity',
    ),
    parameter(
      'region',
      'Where the host is; only letters and digits are compared, in any case.',
      name,
      'West US',
    ),
    parameter('gameMode', 'What was asked for.', name, 'duel'),
    parameter('fleet', 'Which fleet was asked.', { type: 'string', enum: [...FLEETS] }, 'playfab'),
    parameter('session', 'One session, and how it stands now.', { type: 'string', pattern }, examples[0]),
    ...efforts(),
    ...amounts(),
  ];
}

function efforts(): Json[] {
  return [
    parameter(
      'upstreamStatus',
      "The status of the fleet's last answer; `none`: there was no answer, or its status is not recorded.",
      { type: 'string', pattern: '^([1-5][0-9]{2}|none)$' },
      '503',
    ),
    parameter(
      'effort',
      '`several`: more than one call of the fleet; `takeover`: the session had an attempt before; `overflow`: a fleet had no server free, and another one was asked after it. No ending is any of them.',
      { type: 'string', enum: [...EFFORTS] },
      'several',
    ),
  ];
}

function amounts(): Json[] {
  const { attempts, defaultAttempts, sample, continuationCharacters } = HISTORY_LIMITS;
  return [
    parameter(
      'limit',
      'The most attempts in one answer.',
      { type: 'integer', minimum: 1, maximum: attempts, default: defaultAttempts },
      20,
    ),
    parameter(
      'sample',
      'About how many attempts to take from all over the period in place of the latest, for figures of busy periods: ' +
        'each has a `weight`, how many it stands for. Not with `limit` or `session`.',
      { type: 'integer', minimum: 1, maximum: sample },
      4_800,
    ),
    parameter('continuation', 'From the answer before, with the same parameters.', {
      type: 'string',
      maxLength: continuationCharacters,
    }),
  ];
}

function parameter(name: string, description: string, schema: Json, example?: unknown): Json {
  return { name, in: 'query', description, schema, ...(example === undefined ? {} : { example }) };
}
