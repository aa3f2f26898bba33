/**
 * A time as operators write it: ISO 8601 (a date, or a date and a time with its offset), or `90m`, `2h`, `3d` ago.
 * `undefined` when it is none of these.
 */
export function parseTime(text: string, nowMs: number): number | undefined {
  const ago = /^(\d{1,5})([mhd])$/.exec(text);
  if (ago !== null) return nowMs - Number(ago[1]) * MS_OF[ago[2] as keyof typeof MS_OF];
  // Without its offset a time would mean something else on every machine. A "+" in a query string arrives as a blank.
  const iso = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)?(Z|[+ -]\d\d:\d\d)?$/.exec(text);
  if (iso === null || (iso[2] === undefined) !== (iso[3] === undefined)) return undefined;
  const atMs = Date.parse(text.replace(' ', '+'));
  return atMs >= 0 ? atMs : undefined;
}

const MS_OF = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * From when on the history is read where nobody says so: what happened just now, or, of one session, the days in which
 * somebody still asks about it.
 */
export const DEFAULT_SINCE = { attempts: '1h', session: '3d' } as const;

/** {@link DEFAULT_SINCE} as a time, in milliseconds since the epoch. */
export function defaultSinceMs(sessionId: string | undefined, nowMs: number): number {
  const text = sessionId === undefined ? DEFAULT_SINCE.attempts : DEFAULT_SINCE.session;
  return parseTime(text, nowMs) ?? nowMs;
}
