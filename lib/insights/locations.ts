import type { Attempt } from '../contract/attempt.ts';
import { gotHost, regionOf, weightOf } from './attempt.ts';
import type { Rate } from './figures.ts';

/** How often one location was asked for, and with what success. */
export interface LocationFigures {
  readonly location: string;
  /** Of the allocations that asked for this location first: how many got a host there. */
  readonly firstPreference: Rate;
  /** Hosts obtained here, whichever preference this location was. */
  readonly hosts: number;
  /** How often it was asked for and had no free server. */
  readonly misses: number;
}

/**
 * The locations of all attempts, the most asked for first.
 *
 * A miss is counted by the order of asking, because the fleet does not report misses: all locations of an attempt that ended
 * with `no-capacity`, and those before the location where the host is.
 */
export function byLocation(attempts: readonly Attempt[]): readonly LocationFigures[] {
  const figures = new Map<string, { wanted: number; got: number; hosts: number; misses: number }>();
  const at = (location: string): { wanted: number; got: number; hosts: number; misses: number } => {
    const known = figures.get(location) ?? { wanted: 0, got: 0, hosts: 0, misses: 0 };
    figures.set(location, known);
    return known;
  };
  for (const attempt of attempts) {
    const weight = weightOf(attempt);
    const [first] = attempt.locations;
    const region = regionOf(attempt);
    for (const location of attempt.locations) at(location);
    for (const location of missedBy(attempt)) at(location).misses += weight;
    if (!gotHost(attempt)) continue;
    if (region !== undefined) at(region).hosts += weight;
    if (first === undefined) continue;
    at(first).wanted += weight;
    if (attempt.preferenceRank === 1) at(first).got += weight;
  }
  return [...figures]
    .map(([location, { wanted, got, hosts, misses }]) => ({
      location,
      firstPreference: { count: Math.round(got), of: Math.round(wanted) },
      hosts: Math.round(hosts),
      misses: Math.round(misses),
    }))
    .sort((a, b) => b.firstPreference.of - a.firstPreference.of || (a.location < b.location ? -1 : 1));
}

function missedBy({ outcome, locations, preferenceRank }: Attempt): readonly string[] {
  if (outcome === 'no-capacity') return locations;
  // A host in a location that nobody asked for says nothing about those that were asked for.
  if (outcome !== 'allocated' || preferenceRank === undefined) return [];
  return locations.slice(0, preferenceRank - 1);
}
