import type { Attempt } from '../contract/attempt.ts';
import { gotHost, regionOf } from './attempt.ts';
import { type Durations, type Rate, durations, groupBy } from './figures.ts';
import { type OutcomeCount, countOutcomes } from './outcomes.ts';

/** A period in figures. Replays are not among them: they are answered from a session's row and leave no attempt. */
export interface Summary {
  readonly attempts: number;
  /** Distinct sessions: one that had to ask again has several attempts. */
  readonly sessions: number;
  /** Attempts that ended with a host. */
  readonly allocations: number;
  readonly outcomes: readonly OutcomeCount[];
  /** Allocations in the location that was asked for first. */
  readonly firstPreference: Rate;
  /** Allocations anywhere else. */
  readonly fallback: Rate;
  /** Time spent in fleet calls, by attempts that ended with a host. */
  readonly fleetMs: Durations;
  /** The most used first. */
  readonly regions: readonly RegionSummary[];
  /** Each fleet that was asked, the most asked first: two while a title moves from one to the other. */
  readonly fleets: readonly FleetSummary[];
}

export interface RegionSummary {
  readonly region: string;
  readonly allocations: number;
  readonly firstPreference: Rate;
  readonly fleetMs: Durations;
}

export interface FleetSummary {
  readonly fleet: string;
  readonly attempts: number;
  readonly allocations: number;
  readonly fleetMs: Durations;
}

/** Rows of older versions do not name their fleet, and some hosts' region is not known. */
const NOT_RECORDED = 'not recorded';

export function summarise(attempts: readonly Attempt[]): Summary {
  const allocated = attempts.filter(gotHost);
  const firstPreference = firstPreferenceOf(allocated);
  return {
    attempts: attempts.length,
    sessions: new Set(attempts.map(({ sessionId }) => sessionId)).size,
    allocations: allocated.length,
    outcomes: countOutcomes(attempts.map(({ outcome }) => outcome)),
    firstPreference,
    fallback: { count: firstPreference.of - firstPreference.count, of: firstPreference.of },
    fleetMs: durations(fleetTimes(allocated)),
    regions: [...groupBy(allocated, (attempt) => regionOf(attempt) ?? NOT_RECORDED)]
      .map(([region, there]) => ({
        region,
        ...hostsOf(there),
        firstPreference: firstPreferenceOf(there),
      }))
      .sort((a, b) => b.allocations - a.allocations || (a.region < b.region ? -1 : 1)),
    fleets: [...groupBy(attempts, ({ fleet }) => fleet ?? NOT_RECORDED)]
      .map(([fleet, asked]) => ({ fleet, attempts: asked.length, ...hostsOf(asked.filter(gotHost)) }))
      .sort((a, b) => b.attempts - a.attempts || (a.fleet < b.fleet ? -1 : 1)),
  };
}

function hostsOf(allocated: readonly Attempt[]): Pick<FleetSummary, 'allocations' | 'fleetMs'> {
  return { allocations: allocated.length, fleetMs: durations(fleetTimes(allocated)) };
}

/** In milliseconds, of the attempts that recorded it. */
export function fleetTimes(attempts: readonly Attempt[]): readonly number[] {
  return attempts.flatMap(({ fleetMs }) => fleetMs ?? []);
}

function firstPreferenceOf(allocated: readonly Attempt[]): Rate {
  return {
    count: allocated.filter(({ preferenceRank }) => preferenceRank === 1).length,
    of: allocated.length,
  };
}
