import { toMicroseconds } from './aggregates.ts';
import { distancesBetween } from './distances.ts';
import { type Measurements, NOT_MEASURED } from './measurements.ts';
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

/** What one player measured, in whole microseconds. */
interface Own {
  /** By location; NOT_MEASURED where it is missing. */
  readonly us: Float64Array;
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
  const players = Array.from({ length: measurements.players }, (_, player) =>
    ownOf(player, measurements, offered.length, clampMs),
  ).filter(({ nearest }) => nearest !== Infinity);
  // Most requests lack nothing.
  let apart: Float64Array | undefined;
  return (location) => {
    const values: number[] = [];
    const missing: Own[] = [];
    let clamped = 0;
    for (const own of players) {
      const us = own.us[location] ?? NOT_MEASURED;
      if (us === NOT_MEASURED) missing.push(own);
      else values.push(Math.min(us, own.most));
      if (us > own.most) clamped += 1;
    }
    if (missing.length === 0 || !isKnown(values.length, measurements)) return { values, clamped, filled: 0 };
    apart ??= distancesBetween(offered.map(({ name }) => name));
    for (const own of missing) values.push(estimate(location, own, apart));
    return { values, clamped, filled: missing.length };
  };
}

function ownOf(player: number, { cells, players }: Measurements, locations: number, clampMs: number): Own {
  const us = new Float64Array(locations).fill(NOT_MEASURED);
  let [nearest, farthest] = [Infinity, 0];
  for (let location = 0; location < locations; location += 1) {
    const ms = cells[location * players + player] ?? NOT_MEASURED;
    if (ms === NOT_MEASURED) continue;
    const own = toMicroseconds(ms);
    us[location] = own;
    nearest = Math.min(nearest, own);
    farthest = Math.max(farthest, own);
  }
  const most = nearest + toMicroseconds(clampMs);
  return { us, nearest, most, farthest: Math.min(farthest, most) };
}

/**
 * The middle of what is possible: to a location, it is at least the difference of the round trip to another one and the
 * distance between the two, and at most their sum. So it is never less than the player's nearest.
 */
function estimate(location: number, { us, most, farthest }: Own, apart: Float64Array): number {
  let [least, longest] = [0, Infinity];
  for (let other = 0; other < us.length; other += 1) {
    const measured = us[other] ?? NOT_MEASURED;
    if (measured === NOT_MEASURED) continue;
    const distance = apart[other * us.length + location] ?? Infinity;
    if (distance === Infinity) continue;
    const own = Math.min(measured, most);
    least = Math.max(least, Math.abs(own - distance));
    longest = Math.min(longest, own + distance);
  }
  if (longest === Infinity) return farthest;
  return Math.min(Math.floor((least + longest) / 2), most);
}
