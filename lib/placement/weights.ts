import { toMicroseconds } from './aggregates.ts';
import { distancesBetween } from './distances.ts';
import { measuredMs, type Measurements } from './measurements.ts';
import type { OfferedLocation } from './types.ts';

/** What one location weighs with each player: what the aggregate is taken of. */
export interface Weighed {
  /** In whole microseconds. */
  readonly values: readonly number[];
  /** How many of them are lower than what was measured. */
  readonly clamped: number;
  /** How many of them nobody measured. */
  readonly filled: number;
}

/** One player's values, in whole microseconds. */
interface Range {
  readonly nearest: number;
  /** The most that anything weighs. */
  readonly most: number;
  /** The farthest of what was measured, clamped. */
  readonly farthest: number;
}

/**
 * Whether enough players measured a location for the others' values to be filled in: at least half of those who measured
 * anything. Otherwise one player alone could draw a party to a location that the others know nothing of.
 */
const isKnown = (measured: number, { playersHeard }: Measurements): boolean =>
  measured > 0 && measured * 2 >= playersHeard;

/**
 * What measurements weigh, by location. A measurement weighs at most `clampMs` more than the same player's nearest
 * location, so that no single player outvotes a party; a line that is slow to everywhere is not affected. What a player
 * did not measure, of a location that is known, is estimated from what the same player measured and from how far apart
 * the locations are: nobody's value depends on what another player sends.
 */
export function weigher(
  offered: readonly OfferedLocation[],
  measurements: Measurements,
  clampMs = Infinity,
): (location: number) => Weighed {
  const ranges = rangesOf(measurements, offered.length, clampMs);
  const distance = distancesBetween(offered.map(({ name }) => name));

  function estimate(location: number, player: number, { nearest, most, farthest }: Range): number {
    let [least, longest] = [0, Infinity];
    for (let other = 0; other < offered.length; other += 1) {
      const ms = measuredMs(measurements, other, player);
      const apart = ms === undefined ? undefined : distance(other, location);
      if (ms === undefined || apart === undefined) continue;
      const own = Math.min(toMicroseconds(ms), most);
      least = Math.max(least, Math.abs(own - apart));
      longest = Math.min(longest, own + apart);
    }
    if (longest === Infinity) return farthest;
    return Math.min(Math.max(Math.floor((least + longest) / 2), nearest), most);
  }

  return (location) => {
    const values: number[] = [];
    const missing: [player: number, range: Range][] = [];
    let clamped = 0;
    for (const [player, range] of ranges.entries()) {
      if (range === undefined) continue;
      const ms = measuredMs(measurements, location, player);
      if (ms === undefined) missing.push([player, range]);
      else {
        const us = toMicroseconds(ms);
        if (us > range.most) clamped += 1;
        values.push(Math.min(us, range.most));
      }
    }
    if (!isKnown(values.length, measurements)) return { values, clamped, filled: 0 };
    for (const [player, range] of missing) values.push(estimate(location, player, range));
    return { values, clamped, filled: missing.length };
  };
}

/** By player; undefined for a player who measured nothing on offer. */
function rangesOf(
  measurements: Measurements,
  locations: number,
  clampMs: number,
): readonly (Range | undefined)[] {
  return Array.from({ length: measurements.players }, (_, player) => {
    let [nearest, farthest] = [Infinity, 0];
    for (let location = 0; location < locations; location += 1) {
      const ms = measuredMs(measurements, location, player);
      if (ms === undefined) continue;
      nearest = Math.min(nearest, toMicroseconds(ms));
      farthest = Math.max(farthest, toMicroseconds(ms));
    }
    if (nearest === Infinity) return undefined;
    const most = nearest + toMicroseconds(clampMs);
    return { nearest, most, farthest: Math.min(farthest, most) };
  });
}
