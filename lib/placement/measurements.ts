import { normaliseLocation, remembering } from './names.ts';
import type { OfferedLocation, PlayerHints } from './types.ts';

/** Latencies are 0 or more, so that anything below can stand for "not measured". */
const NOT_MEASURED = -1;

/** All hints, sorted into one row a location: the form in which locations are compared. */
export interface Measurements {
  /** Milliseconds of location `l` by player `p` at `l * players + p`. */
  readonly cells: Float64Array;
  readonly players: number;
  /** Players who measured at least one location on offer. */
  readonly playersHeard: number;
  readonly ignoredHints: number;
}

/** One location's measurements, with its farthest player. */
export interface LocationMeasurements {
  readonly values: number[];
  readonly worst?: { readonly index: number; readonly ms: number };
}

/** Reads each hint once. */
export function collectMeasurements(
  offered: readonly OfferedLocation[],
  players: readonly PlayerHints[],
): Measurements {
  const indexOf = locationIndex(offered);
  const cells = new Float64Array(offered.length * players.length).fill(NOT_MEASURED);
  let playersHeard = 0;
  let ignoredHints = 0;
  for (const [p, player] of players.entries()) {
    const ignoredBefore = ignoredHints;
    for (const { location, ms } of player.latencies) {
      const l = indexOf(location);
      if (l === undefined) ignoredHints += 1;
      else cells[l * players.length + p] = ms;
    }
    if (ignoredHints - ignoredBefore < player.latencies.length) playersHeard += 1;
  }
  return { cells, players: players.length, playersHeard, ignoredHints };
}

export function measurementsOf(measurements: Measurements, location: number): LocationMeasurements {
  const { cells, players } = measurements;
  const values: number[] = [];
  let index = -1;
  let worstMs = NOT_MEASURED;
  for (let p = 0; p < players; p += 1) {
    const ms = cells[location * players + p] ?? NOT_MEASURED;
    if (ms === NOT_MEASURED) continue;
    values.push(ms);
    if (ms > worstMs) [index, worstMs] = [p, ms];
  }
  return values.length === 0 ? { values } : { values, worst: { index, ms: worstMs } };
}

/** Looks a client's name up. */
function locationIndex(offered: readonly OfferedLocation[]): (name: string) => number | undefined {
  const indices = new Map(offered.map(({ name }, index) => [normaliseLocation(name), index]));
  return remembering((name) => indices.get(normaliseLocation(name)));
}
