import type { Fleet } from '../fleets/fleet.ts';
import type { BrokerDependencies } from './dependencies.ts';

/** A session, as far as it says which fleet is asked for it, and for what. */
export interface AskedSession {
  readonly gameMode: string;
  readonly fleet: string;
  /** Absent in rows of versions that knew one fleet only: then what the settings say now. */
  readonly fleetTarget?: string | undefined;
}

/** The fleet that the session's row names, and what it is asked for there; undefined: settings of it are gone. */
export function askedFleet(
  { fleets, gameModes }: Pick<BrokerDependencies, 'fleets' | 'gameModes'>,
  { gameMode, fleet: name, fleetTarget }: AskedSession,
): { readonly fleet: Fleet; readonly target: string } | undefined {
  const fleet = fleets.get(name);
  const target = fleetTarget ?? gameModes.get(gameMode)?.targets.get(name);
  return fleet === undefined || target === undefined ? undefined : { fleet, target };
}
