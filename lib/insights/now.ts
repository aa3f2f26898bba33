import { type Attempt, tookEffort } from '../contract/attempt.ts';
import { type RecordedOutcome, isFailure } from '../contract/outcomes.ts';
import { beganAtMs, gotHost, weightOf } from './attempt.ts';
import { type Cause, causeOf } from './causes.ts';
import { formatCount, formatRate } from './figures.ts';
import { countOutcomes, isOver, overText } from './outcomes.ts';
import { RULES } from './rules.ts';

/** What is looked at. */
const WINDOW_MS = 5 * 60_000;
/** Without a host for so long, and with failures, nothing is allocated any more. */
const QUIET_MS = 15_000;
/** An attempt that has asked the fleet for so long is a sign as an ended one is. */
const STUCK_MS = 10_000;
/** One failure may be one player's. */
const MANY = 3;

/**
 * - `idle`: nobody asks.
 * - `allocating`: players get servers.
 * - `struggling`: they do, and more than usual do not, or only after several calls.
 * - `failing`: nobody does.
 */
export type NowKind = 'idle' | 'allocating' | 'struggling' | 'failing';

/** How it stands at this moment, in words. */
export interface Now {
  readonly kind: NowKind;
  readonly title: string;
  readonly text: string;
  readonly cause?: Cause;
  /** Since when no server was given out (milliseconds since the epoch). */
  readonly sinceMs?: number;
  /** Whether it may be longer: there is no earlier server among the attempts. */
  readonly orEarlier?: true;
}

/**
 * @param attempts of the last five minutes, and as many of those before as there are: they say since when
 * @param refusing what the requests of these minutes say, where they are counted ({@link refusingOf})
 */
export function nowOf(attempts: readonly Attempt[], nowMs: number, refusing?: Now): Now {
  const recent = attempts.filter((attempt) => lastSignMs(attempt) >= nowMs - WINDOW_MS);
  const failing = recent.length === 0 ? undefined : failingOf(attempts, nowMs);
  return failing ?? refusing ?? strugglingOf(recent) ?? allocatingOf(recent);
}

/** When an attempt ended; of one that is open, or whose broker died, when it began. */
function lastSignMs({ claimedAt, closedAt, closedBy }: Attempt): number {
  return Date.parse(closedAt === undefined || closedBy !== undefined ? claimedAt : closedAt);
}

function failingOf(attempts: readonly Attempt[], nowMs: number): Now | undefined {
  const lastHostMs = attempts
    .filter(gotHost)
    .reduce((latest, attempt) => Math.max(latest, lastSignMs(attempt)), -Infinity);
  const without = attempts.filter(
    (attempt) =>
      !gotHost(attempt) &&
      !isOver(attempt.outcome) &&
      lastSignMs(attempt) > lastHostMs &&
      isSign(attempt, nowMs),
  );
  if (without.length === 0 || nowMs - lastHostMs < QUIET_MS) return undefined;
  const isSure = lastHostMs < nowMs - WINDOW_MS && without.some(({ outcome }) => !isWaiting(outcome));
  if (without.length < MANY && !isSure) return undefined;
  const sinceMs = without.reduce((first, attempt) => Math.min(first, lastSignMs(attempt)), Infinity);
  const outcomes = [...countOutcomes(without)].sort((a, b) => b.count - a.count);
  const count = outcomes.reduce((sum, each) => sum + each.count, 0);
  const [main] = outcomes;
  const list = outcomes.map((each) => `${formatCount(each.count)} ${each.outcome}`).join(', ');
  return {
    kind: 'failing',
    title: 'No server given out',
    text: `${count === 1 ? 'The one attempt' : `All ${formatCount(count)} attempts`} since then ended without a server: ${list}.`,
    sinceMs,
    ...(lastHostMs === -Infinity && { orEarlier: true }),
    ...(main && {
      cause: causeOf(
        main.outcome,
        without.filter(({ outcome }) => outcome === main.outcome),
      ),
    }),
  };
}

const isWaiting = (outcome: RecordedOutcome): boolean => outcome === 'pending' || outcome === 'open';

const isSign = (attempt: Attempt, nowMs: number): boolean =>
  attempt.outcome !== 'open' || nowMs - beganAtMs(attempt) >= STUCK_MS;

function strugglingOf(recent: readonly Attempt[]): Now | undefined {
  const ended = recent.filter((attempt) => attempt.outcome !== 'open' && !isOver(attempt.outcome));
  const of = sum(ended);
  if (of < RULES.minimum) return undefined;
  const isMuch = (count: number): boolean => (100 * count) / of > RULES.percent;
  const bad = countOutcomes(ended).filter(({ outcome, count }) => isFailure(outcome) && isMuch(count));
  const several = sum(ended.filter((attempt) => tookEffort(attempt, 'several')));
  // Where most attempts call again, that is how the fleet works: a host is asked for until it is active.
  const isFlaky = isMuch(several) && several / of < 0.5;
  const [main] = [...bad].sort((a, b) => b.count - a.count);
  if (main === undefined && !isFlaky) return undefined;
  const words = [
    ...bad.map(({ outcome, count }) => `${formatRate({ count, of })} ${outcome}`),
    ...(isFlaky ? [`${formatRate({ count: several, of })} with several calls of the fleet`] : []),
  ];
  const like = ended.filter(({ outcome }) => outcome === main?.outcome);
  return {
    kind: 'struggling',
    title: main === undefined ? 'Allocating, with repeated calls' : 'Allocating, with failures',
    text: `Of ${formatCount(of)} attempts of the last 5 minutes: ${words.join(', ')}.`,
    cause: main === undefined ? AGAIN : causeOf(main.outcome, like),
  };
}

const AGAIN: Cause = {
  text: 'Some calls of the fleet fail or take too long; the broker asked again.',
  page: 'The fleet is slow or broken',
};

function allocatingOf(recent: readonly Attempt[]): Now {
  if (recent.length === 0) {
    return { kind: 'idle', title: 'No traffic', text: 'No attempt in the last 5 minutes.' };
  }
  const [hosts, of, over] = [
    sum(recent.filter(gotHost)),
    sum(recent),
    sum(recent.filter(({ outcome }) => isOver(outcome))),
  ];
  return {
    kind: 'allocating',
    title: 'Allocating',
    text: `${formatCount(hosts)} of ${formatCount(of)} attempts of the last 5 minutes got a server${overText(over)}.`,
  };
}

const sum = (attempts: readonly Attempt[]): number =>
  Math.round(attempts.reduce((total, attempt) => total + weightOf(attempt), 0));
