import { FLEETS } from '../fleets/fleet.ts';
import type { HistoryQuery } from '../ledger/reading/historyQuery.ts';
import { defaultSinceMs, parseTime } from './historyTime.ts';
import { canonicalGuid } from './guid.ts';
import { LIMITS } from './limits.ts';
import { OUTCOMES } from './outcomes.ts';
import { Problem, type ProblemError } from './problem.ts';

export const HISTORY_LIMITS = {
  /** Attempts in one answer: some 2 MB at the most. */
  attempts: 1_000,
  defaultAttempts: 100,
  continuationCharacters: 2_048,
} as const;

const PARAMETERS = [
  'since',
  'until',
  'outcome',
  'region',
  'gameMode',
  'fleet',
  'session',
  'limit',
  'continuation',
] as const;
type Parameter = (typeof PARAMETERS)[number];
/** Keys of the Functions host, which leaves them in the query that it hands on. */
const OF_THE_HOST: readonly string[] = ['code', 'clientId'];

/** Reads one parameter; an empty one counts as absent, as forms send it. */
type Read = <T>(name: Parameter, expected: string, parse: (text: string) => T | undefined) => T | undefined;

/**
 * Reads the query of `GET /api/v1/history`.
 *
 * @param nowMs what relative times count back from
 * @throws Problem `invalid-request`, naming each parameter that is wrong and what was expected
 */
export function parseHistoryRequest(parameters: URLSearchParams, nowMs: number): HistoryQuery {
  const mistakes: ProblemError[] = unknownOrRepeated(parameters);
  const read: Read = (name, expected, parse) => {
    const text = parameters.get(name)?.trim() ?? '';
    if (text === '') return undefined;
    const value = parse(text);
    if (value === undefined) mistakes.push({ pointer: `/${name}`, message: `expected ${expected}` });
    return value;
  };
  const query = readQuery(read, nowMs);
  if (mistakes.length === 0 && query.sinceMs >= query.untilMs) {
    mistakes.push({ pointer: '/since', message: 'expected a time before until' });
  }
  if (mistakes.length > 0) throw invalid(mistakes);
  return query;
}

/** Told when the query layer does not know a continuation. */
export function unknownContinuation(): Problem {
  return invalid([{ pointer: '/continuation', message: 'expected the continuation of an earlier answer' }]);
}

function readQuery(read: Read, nowMs: number): HistoryQuery {
  const time = 'a time such as 2026-11-22T08:15:00Z, 90m, 2h or 3d';
  const name = `at most ${LIMITS.nameCharacters} characters`;
  const short = (text: string): string | undefined =>
    text.length <= LIMITS.nameCharacters ? text : undefined;
  const sessionId = read('session', 'a GUID', canonicalGuid);
  return {
    sinceMs: read('since', time, (text) => parseTime(text, nowMs)) ?? defaultSinceMs(sessionId, nowMs),
    untilMs: read('until', time, (text) => parseTime(text, nowMs)) ?? nowMs,
    outcome: read('outcome', `one of ${OUTCOMES.join(', ')}`, oneOf(OUTCOMES)),
    region: read('region', name, short),
    gameMode: read('gameMode', name, short),
    fleet: read('fleet', `one of ${FLEETS.join(', ')}`, oneOf(FLEETS)),
    sessionId,
    limit: read('limit', `a whole number from 1 to ${HISTORY_LIMITS.attempts}`, limit) ?? usualLimit,
    continuation: read('continuation', 'the continuation of an earlier answer', (text) =>
      text.length <= HISTORY_LIMITS.continuationCharacters ? text : undefined,
    ),
  };
}

const usualLimit = HISTORY_LIMITS.defaultAttempts;

const oneOf =
  <T extends string>(values: readonly T[]) =>
  (text: string): T | undefined =>
    values.find((value) => value === text);

function limit(text: string): number | undefined {
  const value = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  return value >= 1 && value <= HISTORY_LIMITS.attempts ? value : undefined;
}

/** A filter that is misspelt would silently filter nothing. */
function unknownOrRepeated(parameters: URLSearchParams): ProblemError[] {
  const names = [...new Set(parameters.keys())];
  const known: readonly string[] = [...PARAMETERS, ...OF_THE_HOST];
  const unknown = names.filter((name) => !known.includes(name));
  const repeated = names.filter((name) => known.includes(name) && parameters.getAll(name).length > 1);
  return [
    // The name is its sender's and may be anything: it is not repeated.
    ...(unknown.length === 0
      ? []
      : [{ pointer: '', message: `an unknown parameter: expected none but ${PARAMETERS.join(', ')}` }]),
    ...repeated.map((name) => ({ pointer: `/${name}`, message: 'expected once' })),
  ];
}

function invalid(mistakes: readonly ProblemError[]): Problem {
  const [first] = mistakes;
  const told = first === undefined ? '' : [first.pointer.slice(1), first.message].filter(Boolean).join(': ');
  const more = mistakes.length > 1 ? ` (and ${mistakes.length - 1} more, see errors)` : '';
  return new Problem('invalid-request', `The query is not valid: ${told}${more}.`, { errors: mistakes });
}
