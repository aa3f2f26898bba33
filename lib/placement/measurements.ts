import { cutText, printable } from '../text.ts';
import { normaliseLocation, remembering } from './names.ts';
import type { IgnoredHints, OfferedLocation, PlayerHints } from './types.ts';

/** Latencies are 0 or more, so that anything below can stand for "not measured". */
export const NOT_MEASURED = -1;

/** All hints, sorted into one row a location: the form in which locations are compared. */
export interface Measurements {
  /** Milliseconds of location `l` by player `p` at `l * players + p`. */
  readonly cells: Float64Array;
  readonly players: number;
  /** Players who measured at least one location on offer. */
  readonly playersHeard: number;
  readonly ignored: IgnoredHints;
}

/** How many measured one location, and its farthest player. */
export interface LocationMeasurements {
  readonly measured: number;
  readonly worst?: { readonly index: number; readonly ms: number };
}

/** Clients choose these names, and how many. */
const MAX_IGNORED_NAMES = 5;
/** In code points. Azure's longest name has 20. */
const MAX_NAME_CHARACTERS = 40;

/** Reads each hint once. */
export function collectMeasurements(
  offered: readonly OfferedLocation[],
  players: readonly PlayerHints[],
): Measurements {
  const indexOf = locationIndex(offered);
  const cells = new Float64Array(offered.length * players.length).fill(NOT_MEASURED);
  let playersHeard = 0;
  let hints = 0;
  const unknown = new Set<string>();
  for (const [p, player] of players.entries()) {
    const ignoredBefore = hints;
    for (const { location, ms } of player.latencies) {
      const l = indexOf(location);
      if (l !== undefined) cells[l * players.length + p] = ms;
      else {
        hints += 1;
        unknown.add(location);
      }
    }
    if (hints - ignoredBefore < player.latencies.length) playersHeard += 1;
  }
  let anyOffered = playersHeard > 0;
  for (const { location } of players.flatMap(({ dropped = [] }) => dropped)) {
    if (indexOf(location) === undefined) unknown.add(location);
    else anyOffered = true;
  }
  const ignored = { hints, names: shownNames(unknown), noneOffered: unknown.size > 0 && !anyOffered };
  return { cells, players: players.length, playersHeard, ignored };
}

/** Names as operators may see them, the same whatever order they came in. */
function shownNames(names: ReadonlySet<string>): readonly string[] {
  const byKey = new Map([...names].sort().map((name) => [normaliseLocation(name), name]));
  return [...byKey.values()]
    .sort()
    .slice(0, MAX_IGNORED_NAMES)
    .map((name) => printable(cutText(name, MAX_NAME_CHARACTERS)));
}

export function measurementsOf({ cells, players }: Measurements, location: number): LocationMeasurements {
  let [measured, index, worstMs] = [0, -1, NOT_MEASURED];
  for (let p = 0; p < players; p += 1) {
    const ms = cells[location * players + p] ?? NOT_MEASURED;
    if (ms === NOT_MEASURED) continue;
    measured += 1;
    if (ms > worstMs) [index, worstMs] = [p, ms];
  }
  return measured === 0 ? { measured } : { measured, worst: { index, ms: worstMs } };
}

/** Looks a client's name up. */
function locationIndex(offered: readonly OfferedLocation[]): (name: string) => number | undefined {
  const indices = new Map(offered.map(({ name }, index) => [normaliseLocation(name), index]));
  return remembering((name) => indices.get(normaliseLocation(name)));
}
