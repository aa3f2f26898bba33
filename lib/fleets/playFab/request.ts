import type { FleetRequest } from '../fleet.ts';
import { type BuildParams, buildParams } from './build.ts';

/** What RequestMultiplayerServer is sent: names from its REST reference. */
export type RequestMultiplayerServer = BuildParams & {
  readonly SessionId: string;
  /** Tried in this order: the first region with a free server gives it. */
  readonly PreferredRegions: readonly string[];
  /** At most 8 KB by the reference, "smaller than 4 kilobytes" by the guide: the contract's 4096 bytes fit the first. */
  readonly SessionCookie?: string;
  /** Handed to the game server, which may admit these players alone. */
  readonly InitialPlayers?: readonly string[];
};

export function requestMultiplayerServer({
  sessionId,
  locations,
  target,
  sessionCookie,
  playerIds,
}: FleetRequest): RequestMultiplayerServer {
  return {
    SessionId: sessionId,
    PreferredRegions: locations.map(azureRegion),
    ...buildParams(target),
    ...(sessionCookie === undefined ? {} : { SessionCookie: sessionCookie }),
    ...(playerIds === undefined ? {} : { InitialPlayers: playerIds }),
  };
}

/**
 * A location's name as PlayFab's enumeration AzureRegion spells it: "East US 2" is EastUs2, "UAE North" UaeNorth. A name
 * of one word is taken to be spelt so already.
 */
export function azureRegion(location: string): string {
  const words = location.trim().split(/\s+/);
  if (words.length === 1) return words[0] ?? '';
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase()).join('');
}
