/** The periods by default: what happened just now, or the days in which people still ask about a session. */
export const DEFAULT_SINCE = { period: '1h', session: '3d' } as const;

const MS_OF = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Why a time is refused: what was expected in its place, in words that follow "expected" and "must be". */
export interface Expectation {
  readonly expected: string;
}

const TIME: Expectation = { expected: 'a time such as 2026-11-22T08:15:00Z, 90m, 2h or 3d' };
const DAY: Expectation = { expected: 'a day that exists' };
const SINCE_1970: Expectation = { expected: 'a time since 1970' };

/**
 * A time as operators write it: ISO 8601 (a date, or a date and a time with its offset), or `90m`, `2h`, `3d` ago.
 *
 * @returns milliseconds since the epoch
 */
export function parseTime(text: string, nowMs: number): number | Expectation {
  const ago = /^(\d{1,5})([mhd])$/.exec(text);
  const atMs = ago === null ? isoTime(text) : nowMs - Number(ago[1]) * MS_OF[ago[2] as keyof typeof MS_OF];
  // The hours before have no name of the form that partitions have.
  return typeof atMs === 'number' && atMs < 0 ? SINCE_1970 : atMs;
}

function isoTime(text: string): number | Expectation {
  // Without its offset a time would mean something else on every machine. A "+" in a query string arrives as a blank.
  const iso = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)?(Z|[+ -]\d\d:\d\d)?$/.exec(text);
  if (iso === null || (iso[2] === undefined) !== (iso[3] === undefined)) return TIME;
  if (!isDay(iso[1] ?? '')) return DAY;
  const atMs = Date.parse(text.replace(' ', '+'));
  return Number.isNaN(atMs) ? TIME : atMs;
}

/** `Date` takes the 31st of November for the 1st of December. */
function isDay(text: string): boolean {
  const atMs = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(atMs) && new Date(atMs).toISOString().startsWith(text);
}

/** Milliseconds since the epoch: from `sinceMs` on, before `untilMs`. */
export interface HistoryPeriod {
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** What was given of a period, in milliseconds since the epoch. */
export interface GivenPeriod {
  readonly since?: number | undefined;
  readonly until?: number | undefined;
}

/**
 * The whole period. It ends a day ahead at the latest: no broker's clock is farther ahead, and each hour would be
 * looked through.
 */
export function periodOf({ since, until }: GivenPeriod, ofSession: boolean, nowMs: number): HistoryPeriod {
  return {
    sinceMs: since ?? Number(parseTime(ofSession ? DEFAULT_SINCE.session : DEFAULT_SINCE.period, nowMs)),
    untilMs: Math.min(until ?? nowMs, nowMs + MS_OF.d),
  };
}

/** Which of the two does not go with the other, and why; `undefined` for a valid period. */
export function mistakeOfPeriod(
  given: GivenPeriod,
  ofSession: boolean,
  nowMs: number,
): (Expectation & { readonly name: 'since' | 'until' }) | undefined {
  const { sinceMs, untilMs } = periodOf(given, ofSession, nowMs);
  if (sinceMs < untilMs) return undefined;
  const { since, until } = given;
  const usual = ofSession ? DEFAULT_SINCE.session : DEFAULT_SINCE.period;
  if (since === undefined)
    return { name: 'until', expected: `a time after since (${usual} ago where it is not given)` };
  return {
    name: 'since',
    expected: `a time before until${until === undefined ? ' (now where it is not given)' : ''}`,
  };
}
