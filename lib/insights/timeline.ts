import type { RecordedOutcome } from '../contract/outcomes.ts';
import type { Attempt } from '../contract/attempt.ts';
import { beganAtMs, gotHost, weightOf } from './attempt.ts';
import { OUTCOMES_IN_ORDER } from './outcomes.ts';
import { DurationTally, Tally } from './tally.ts';

/** Attempts over time, in intervals of equal length that lie on whole multiples of it. */
export interface Timeline {
  readonly intervalMs: number;
  /** The beginning of each interval, oldest first (milliseconds since the epoch). */
  readonly startsMs: readonly number[];
  /** Each outcome's attempts per minute, from good to bad; one value an interval. */
  readonly perMinute: readonly { readonly outcome: RecordedOutcome; readonly values: readonly number[] }[];
  /** Fleet time of attempts that ended with a host, in milliseconds; `null` where there was none. */
  readonly p50: readonly (number | null)[];
  readonly p95: readonly (number | null)[];
}

const MINUTE_MS = 60_000;
const INTERVALS_MINUTES = [1, 5, 15, 30, 60, 180, 360, 720, 1440];
/** More bars than this run into one another on a phone. */
const MOST_INTERVALS = 100;

/** The shortest interval that cuts the period into at most 100. */
export function intervalFor(periodMs: number): number {
  const minutes = INTERVALS_MINUTES.find((each) => periodMs / (each * MINUTE_MS) <= MOST_INTERVALS);
  return (minutes ?? 1440) * MINUTE_MS;
}

/** @param untilMs exclusive */
export function timeline(attempts: readonly Attempt[], sinceMs: number, untilMs: number): Timeline {
  const intervalMs = intervalFor(untilMs - sinceMs);
  const firstMs = Math.floor(sinceMs / intervalMs) * intervalMs;
  const count = Math.max(1, Math.ceil((untilMs - firstMs) / intervalMs));
  const intervals = Array.from({ length: count }, () => ({
    outcomes: new Tally<RecordedOutcome>(),
    fleetMs: new DurationTally(),
  }));
  for (const attempt of attempts) {
    const interval = intervals[Math.floor((beganAtMs(attempt) - firstMs) / intervalMs)];
    interval?.outcomes.add(attempt.outcome, weightOf(attempt));
    if (gotHost(attempt) && attempt.fleetMs !== undefined) {
      interval?.fleetMs.add(attempt.fleetMs, weightOf(attempt));
    }
  }
  const minutes = intervalMs / MINUTE_MS;
  return {
    intervalMs,
    startsMs: intervals.map((_, index) => firstMs + index * intervalMs),
    perMinute: OUTCOMES_IN_ORDER.filter((outcome) =>
      intervals.some(({ outcomes }) => outcomes.count(outcome) > 0),
    ).map((outcome) => ({
      outcome,
      values: intervals.map(({ outcomes }) => outcomes.count(outcome) / minutes),
    })),
    p50: intervals.map(({ fleetMs }) => fleetMs.percentile(50) ?? null),
    p95: intervals.map(({ fleetMs }) => fleetMs.percentile(95) ?? null),
  };
}
