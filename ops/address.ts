import { type Filter, NO_FILTER } from './filter.ts';

/** All that the page shows, as its address has it: a link leads back to it. */
export interface View {
  readonly minutes: number;
  /** The range ends here (milliseconds since the epoch) in place of now, and stands still. */
  readonly untilMs?: number;
  readonly filter: Filter;
  /** Whose attempts the dialog shows. */
  readonly session?: string;
  /** The one of them that it shows. */
  readonly attempt?: string;
}

const USUAL_MINUTES = 60;
const FILTERS = Object.keys(NO_FILTER) as (keyof Filter)[];

/**
 * From the part of the address after `#`, which no server sees. What is not of its form is left out: people change
 * addresses by hand.
 */
export function readView(hash: string): View {
  const search = new URLSearchParams(hash.replace(/^#/, ''));
  const minutes = Number(search.get('minutes') ?? USUAL_MINUTES);
  const untilMs = Date.parse(search.get('until') ?? '');
  const [session, attempt] = [search.get('session'), search.get('attempt')];
  return {
    minutes: Number.isInteger(minutes) && minutes > 0 ? minutes : USUAL_MINUTES,
    ...(!Number.isNaN(untilMs) && { untilMs }),
    filter: Object.fromEntries(FILTERS.map((name) => [name, search.get(name) ?? ''])) as unknown as Filter,
    ...(session !== null && { session }),
    ...(session !== null && attempt !== null && { attempt }),
  };
}

/** The shortest address that leads there: what is usual is not named. */
export function hashOf({ minutes, untilMs, filter, session, attempt }: View): string {
  const search = new URLSearchParams({
    ...(minutes !== USUAL_MINUTES && { minutes: String(minutes) }),
    ...(untilMs !== undefined && { until: new Date(untilMs).toISOString() }),
    ...Object.fromEntries(FILTERS.filter((name) => filter[name] !== '').map((name) => [name, filter[name]])),
    ...(session !== undefined && { session }),
    ...(attempt !== undefined && { attempt }),
  }).toString();
  return search === '' ? '' : `#${search}`;
}
