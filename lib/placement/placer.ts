import { explain, summariseHints } from './explain.ts';
import { findName } from './names.ts';
import { place } from './placement.ts';
import type { OfferedLocation, Placer, PlacementPolicy } from './types.ts';

/**
 * The placer of a game mode.
 *
 * @param offered in configured order
 * @param only the names of the mode's own locations; absent: all that are on offer
 */
export function placerOf(
  offered: readonly OfferedLocation[],
  only: readonly string[] | undefined,
  policy: PlacementPolicy,
): Placer {
  const eligible =
    only === undefined ? offered : offered.filter(({ name }) => findName(only, name) !== undefined);
  return (players) => {
    const placement = place(eligible, players, policy);
    return {
      locations: placement.locations,
      placement: JSON.stringify(explain(placement)),
      ...(placement.ignored.noneOffered ? { ignored: placement.ignored.names } : {}),
      hints: JSON.stringify(summariseHints(players)),
    };
  };
}
