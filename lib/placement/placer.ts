import { explain, summariseHints } from './explain.ts';
import { findName } from './names.ts';
import { place } from './placement.ts';
import { laterSteps, policyAfter } from './relax.ts';
import type { OfferedLocation, Placement, Placer, PlacementSettings } from './types.ts';

/**
 * The placer of a game mode.
 *
 * @param offered in configured order
 * @param only the names of the mode's own locations; absent: all that are on offer
 */
export function placerOf(
  offered: readonly OfferedLocation[],
  only: readonly string[] | undefined,
  settings: PlacementSettings,
): Placer {
  const eligible =
    only === undefined ? offered : offered.filter(({ name }) => findName(only, name) !== undefined);
  return (players, waitedMs = 0) => {
    const placedAt = (atMs: number): Placement => place(eligible, players, policyAfter(settings, atMs));
    const placement = placedAt(waitedMs);
    const opensAtMs =
      placement.locations.length > 0
        ? undefined
        : laterSteps(settings, waitedMs).find((atMs) => placedAt(atMs).locations.length > 0);
    return {
      locations: placement.locations,
      placement: JSON.stringify(explain(placement)),
      ...(opensAtMs === undefined ? {} : { opensInMs: opensAtMs - waitedMs }),
      ...(placement.ignored.noneOffered ? { ignored: placement.ignored.names } : {}),
      hints: JSON.stringify(summariseHints(players)),
    };
  };
}
