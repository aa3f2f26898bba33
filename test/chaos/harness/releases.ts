import type { FleetName } from '../../../lib/fleets/fleet.ts';
import { LOCAL_GAME_MODES } from '../../../local/brokerSettings.ts';

const NEXT = 'ffffffff';

/**
 * BROKER_GAME_MODES of one of the game's releases. In the next one every mode is something else to the fleet. Brokers of
 * both run side by side, as they do while a release rolls out, and a simulated PlayFab would start another server for the
 * other build.
 *
 * @param gatherMs for how long each mode gathers its callers; 0: it does not
 * @param fleets which each mode lists in this order, where they are several
 */
export function releaseOf(isNext: boolean, gatherMs: number, fleets: readonly FleetName[]): string {
  const more = {
    ...(fleets.length > 1 && { fleets }),
    ...(gatherMs > 0 && { gather: { windowMs: gatherMs } }),
  };
  const modes = Object.entries(LOCAL_GAME_MODES).map(([name, mode]) => [name, { ...mode, ...more }]);
  const release = JSON.stringify(Object.fromEntries(modes));
  return isNext
    ? release.replaceAll(/"[0-9a-f]{8}((?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"/g, `"${NEXT}$1"`)
    : release;
}

/** Whether what a session is asked for is of the next release. */
export const isOfNextRelease = (target: unknown): boolean =>
  typeof target === 'string' && target.startsWith(NEXT);
