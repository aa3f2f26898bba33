import { FLEETS } from '../fleets/fleet.ts';
import { canonicalGuid } from '../guid.ts';
import { type Effort, type UpstreamStatus, EFFORTS } from './attempt.ts';
import { type Expectation, type HistoryPeriod, mistakeOfPeriod, parseTime, periodOf } from './historyTime.ts';
import { LIMITS } from './limits.ts';
import { type Outcome, OUTCOMES } from './outcomes.ts';
import { Problem, type ProblemError } from './problem.ts';

/** Which attempts are looked for; an absent member restricts nothing. */
export interface HistoryFilter {
  readonly outcome?: Outcome | undefined;
  /** Compared as locations are: by letters and digits alone. */
  readonly region?: string | undefined;
  readonly gameMode?: string | undefined;
  readonly fleet?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly upstreamStatus?: UpstreamStatus | undefined;
  readonly effort?: Effort | undefined;
}

export interface HistoryQuery extends HistoryFilter {
  /** Attempts claimed from this instant on. */
  readonly sinceMs: number;
  /** … and before this one. */
  readonly untilMs: number;
  /** The most attempts to return; at least 1. */
  readonly limit: number;
  /** Of the answer before, to the same query. */
  readonly continuation?: string | undefined;
  /** About how many attempts to take from all over the period, in place of the latest. */
  readonly sample?: number | undefined;
}

export const HISTORY_LIMITS = {
  /** Attempts in one answer: some 2 MB at the most. */
  attempts: 1_000,
  /** Attempts in an answer that is a sample. */
  sample: 5_000,
  defaultAttempts: 100,
  continuationCharacters: 2_048,
} as const;

/** What an upstream status is looked for by. */
export const UPSTREAM_STATUS = 'a status from 100 to 599, or none';

/** The status, or `none`; `undefined` where it is not of {@link UPSTREAM_STATUS}. */
export function upstreamStatus(text: string): UpstreamStatus | undefined {
  if (text === 'none') return text;
  return /^[1-5]\d\d$/.test(text) ? Number(text) : undefined;
}

/** What a region or a game mode is looked for by. */
export const FILTER_NAME = `at most ${LIMITS.nameCharacters} characters, without control characters`;
/** The service refuses what is no character, and the SDK half a surrogate pair. */
const NO_CHARACTER = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;

/** The name as it was given; `undefined` where it is not of {@link FILTER_NAME}. */
export function filterName(text: string): string | undefined {
  return text.length <= LIMITS.nameCharacters && !NO_CHARACTER.test(text) ? text : undefined;
}

const PARAMETERS = [
  'since',
  'until',
  'outcome',
  'region',
  'gameMode',
  'fleet',
  'session',
  'upstreamStatus',
  'effort',
  'limit',
  'sample',
  'continuation',
] as const;
type Parameter = (typeof PARAMETERS)[number];
const OF_REQUESTS: readonly Parameter[] = ['since', 'until', 'continuation'];
/** Keys of the Functions host, which leaves them in the query that it hands on. */
const OF_THE_HOST: readonly string[] = ['code', 'clientId'];

/** Reads one parameter; an empty one counts as absent, as forms send it. */
type Read = <T extends string | number>(
  name: Parameter,
  /** What is wrong is expected to be this, unless the parser knows better. */
  expected: string,
  parse: (text: string) => T | Expectation | undefined,
) => T | undefined;

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
    if (typeof value === 'string' || typeof value === 'number') return value;
    mistakes.push({ pointer: `/${name}`, message: `expected ${value?.expected ?? expected}` });
    return undefined;
  };
  const given = { since: readTime(read, 'since', nowMs), until: readTime(read, 'until', nowMs) };
  const filter = readFilter(read);
  const ofSession = filter.sessionId !== undefined;
  mistakes.push(...mistakesOfSample(parameters, filter));
  const mistake = mistakes.length === 0 ? mistakeOfPeriod(given, ofSession, nowMs) : undefined;
  if (mistake !== undefined) {
    mistakes.push({ pointer: `/${mistake.name}`, message: `expected ${mistake.expected}` });
  }
  if (mistakes.length > 0) throw invalid(mistakes);
  return { ...periodOf(given, ofSession, nowMs), ...filter };
}

/**
 * Reads the query of `GET /api/v1/history/requests`: a period, and a continuation.
 *
 * @throws Problem `invalid-request`
 */
export function parseRequestsRequest(parameters: URLSearchParams, nowMs: number): HistoryQuery {
  const others = PARAMETERS.filter((name) => !OF_REQUESTS.includes(name) && parameters.has(name));
  if (others.length === 0) return parseHistoryRequest(parameters, nowMs);
  throw invalid(others.map((name) => ({ pointer: `/${name}`, message: 'expected not here' })));
}

/** A sample has no latest attempts to count, and a session too few. */
function mistakesOfSample(
  parameters: URLSearchParams,
  { sample }: Pick<HistoryQuery, 'sample'>,
): ProblemError[] {
  if (sample === undefined) return [];
  return (['limit', 'session'] as const)
    .filter((name) => parameters.get(name)?.trim())
    .map((name) => ({ pointer: `/${name}`, message: 'expected not beside sample' }));
}

/** The answer to a continuation that the query layer does not know. */
export function unknownContinuation(): Problem {
  return invalid([{ pointer: '/continuation', message: 'expected the continuation of an earlier answer' }]);
}

function readTime(read: Read, name: 'since' | 'until', nowMs: number): number | undefined {
  return read(name, 'a time', (text) => parseTime(text, nowMs));
}

function readFilter(read: Read): Omit<HistoryQuery, keyof HistoryPeriod> {
  return {
    outcome: read('outcome', `one of ${OUTCOMES.join(', ')}`, oneOf(OUTCOMES)),
    region: read('region', FILTER_NAME, filterName),
    gameMode: read('gameMode', FILTER_NAME, filterName),
    fleet: read('fleet', `one of ${FLEETS.join(', ')}`, oneOf(FLEETS)),
    sessionId: read('session', 'a GUID', canonicalGuid),
    upstreamStatus: read('upstreamStatus', UPSTREAM_STATUS, upstreamStatus),
    effort: read('effort', `one of ${EFFORTS.join(', ')}`, oneOf(EFFORTS)),
    limit: read('limit', ...wholeNumberTo(HISTORY_LIMITS.attempts)) ?? HISTORY_LIMITS.defaultAttempts,
    sample: read('sample', ...wholeNumberTo(HISTORY_LIMITS.sample)),
    continuation: read('continuation', 'the continuation of an earlier answer', (text) =>
      text.length <= HISTORY_LIMITS.continuationCharacters ? text : undefined,
    ),
  };
}

const oneOf =
  <T extends string>(values: readonly T[]) =>
  (text: string): T | undefined =>
    values.find((value) => value === text);

function wholeNumberTo(most: number): [expected: string, parse: (text: string) => number | undefined] {
  return [
    `a whole number from 1 to ${most}`,
    (text) => {
      const value = /^\d{1,4}$/.test(text) ? Number(text) : 0;
      return value >= 1 && value <= most ? value : undefined;
    },
  ];
}

/** A filter that is misspelt would silently filter nothing. */
function unknownOrRepeated(parameters: URLSearchParams): ProblemError[] {
  const names = [...new Set(parameters.keys())];
  const known: readonly string[] = [...PARAMETERS, ...OF_THE_HOST];
  const unknown = names.filter((name) => !known.includes(name));
  const repeated = names.filter((name) => known.includes(name) && parameters.getAll(name).length > 1);
  return [
    // The caller chose the name, which may be anything: it is not repeated.
    ...(unknown.length === 0
      ? []
      : [{ pointer: '', message: `an unknown parameter: expected none but ${PARAMETERS.join(', ')}` }]),
    ...repeated.map((name) => ({ pointer: `/${name}`, message: 'expected once' })),
  ];
}

function invalid(mistakes: readonly ProblemError[]): Problem {
  const [first] = mistakes;
  const text = first === undefined ? '' : [first.pointer.slice(1), first.message].filter(Boolean).join(': ');
  const more = mistakes.length > 1 ? ` (and ${mistakes.length - 1} more, see errors)` : '';
  return new Problem('invalid-request', `The query is not valid: ${text}${more}.`, { errors: mistakes });
}
