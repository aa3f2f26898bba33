import type { Attempt } from '../contract/attempt.ts';
import type { RecordedOutcome } from '../contract/outcomes.ts';
import { weightOf } from './attempt.ts';
import { byLocation } from './locations.ts';
import { Tally } from './tally.ts';

/** What probably lies behind attempts that ended alike, and where docs/operating.md says what to do. */
export interface Cause {
  readonly text: string;
  /** A heading of docs/operating.md. */
  readonly page: string;
}

const PAGES = {
  capacity: 'No capacity',
  refused: 'The fleet refuses the broker',
  slow: 'The fleet is slow or broken',
  tables: 'The tables do not answer',
  broker: 'The broker is at fault',
  clients: 'One kind of client fails',
  quota: 'Quota',
} as const;

/** The headings, for a test that they exist. */
export const CAUSE_PAGES: readonly string[] = Object.values(PAGES);

type CauseOf = (attempts: readonly Attempt[]) => Cause;

const SILENT: CauseOf = () => ({
  text: 'The fleet does not answer, or its answers could not be recorded.',
  page: PAGES.slow,
});
const AT_FAULT: CauseOf = () => ({ text: 'The broker itself is at fault.', page: PAGES.broker });

/** Whatever is not here is the clients' doing. */
const CAUSES: Partial<Record<RecordedOutcome, CauseOf>> = {
  'no-capacity': (attempts) => ({ text: `No server is free in ${missed(attempts)}.`, page: PAGES.capacity }),
  'no-eligible-location': () => ({
    text: 'Every location is too far for at least one player.',
    page: PAGES.capacity,
  }),
  'upstream-rejected': (attempts) => ({
    text: `The fleet refuses the broker${status(attempts)}${reason(attempts)}.`,
    page: PAGES.refused,
  }),
  'upstream-failed': (attempts) => ({ text: `The fleet's API fails${status(attempts)}.`, page: PAGES.slow }),
  pending: () => ({ text: 'The fleet takes longer for a server than players wait.', page: PAGES.slow }),
  open: SILENT,
  unknown: SILENT,
  'storage-unavailable': () => ({ text: 'The tables do not answer.', page: PAGES.tables }),
  'quota-exceeded': () => ({
    text: 'Callers started more sessions than their quota allows.',
    page: PAGES.quota,
  }),
  'auth-unavailable': AT_FAULT,
  internal: AT_FAULT,
  misconfigured: AT_FAULT,
  unrecognised: AT_FAULT,
};

/** @param attempts those that ended with this outcome */
export function causeOf(outcome: RecordedOutcome, attempts: readonly Attempt[]): Cause {
  return (
    CAUSES[outcome]?.(attempts) ?? { text: 'The clients send what the broker refuses.', page: PAGES.clients }
  );
}

function missed(attempts: readonly Attempt[]): string {
  const most = byLocation(attempts)
    .filter(({ misses }) => misses > 0)
    .sort((a, b) => b.misses - a.misses)
    .map(({ location }) => location);
  const more = most.length > 3 ? ` and ${most.length - 3} more` : '';
  return most.length === 0 ? 'any location' : `${most.slice(0, 3).join(', ')}${more}`;
}

function status(attempts: readonly Attempt[]): string {
  const tally = new Tally<number>();
  for (const attempt of attempts) {
    if (attempt.upstreamStatus !== undefined) tally.add(attempt.upstreamStatus, weightOf(attempt));
  }
  const [most] = tally.entries();
  return most === undefined ? ' without an answer' : ` with status ${most[0]}`;
}

function reason(attempts: readonly Attempt[]): string {
  const found = attempts.find((attempt) => attempt.reason !== undefined)?.reason;
  return found === undefined ? '' : `: ${found.replace(/\.$/, '')}`;
}
