import { LOCAL_GAME_MODES } from '../../../local/brokerSettings.ts';

const NEXT = 'ffffffff';

/**
 * BROKER_GAME_MODES of the game's next release: every mode is something else to the fleet. Brokers of both run side by
 * side, as they do while a release rolls out, and a simulated PlayFab would start another server for the other build.
 */
export const NEXT_RELEASE = JSON.stringify(LOCAL_GAME_MODES).replaceAll(
  /"[0-9a-f]{8}((?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"/g,
  `"${NEXT}$1"`,
);

/** Whether what a session is asked for is of the next release. */
export const isOfNextRelease = (target: unknown): boolean =>
  typeof target === 'string' && target.startsWith(NEXT);
