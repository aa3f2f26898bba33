import type { RecordedOutcome } from '../contract/outcomes.ts';
import type { Attempt } from '../contract/attempt.ts';
import { beganAtMs, gotHost } from './attempt.ts';
import { percentile } from './figures.ts';
import { countOutcomes } from './outcomes.ts';
import { fleetTimes } from './summary.ts';

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
  const intervals = Array.from({ length: count }, (): Attempt[] => []);
  for (const attempt of attempts) {
    intervals[Math.floor((beganAtMs(attempt) - firstMs) / intervalMs)]?.push(attempt);
  }
  const times = intervals.map((interval) => fleetTimes(interval.filter(gotHost)));
  return {
    intervalMs,
    startsMs: intervals.map((_, index) => firstMs + index * intervalMs),
    perMinute: countOutcomes(intervals.flat().map(({ outcome }) => outcome)).map(({ outcome }) => ({
      outcome,
      values: intervals.map(
        (interval) =>
          interval.filter((attempt) => attempt.outcome === outcome).length / (intervalMs / MINUTE_MS),
      ),
    })),
    p50: times.map((values) => percentile(values, 50) ?? null),
    p95: times.map((values) => percentile(values, 95) ?? null),
  };
}
