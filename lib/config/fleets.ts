import { type BuildSetting, buildTarget } from '../fleets/playFab/build.ts';
import type { ParsedSettings } from './read.ts';
import type { FleetName } from '../fleets/fleet.ts';
import type { PlayFabSettings } from '../fleets/playFab/settings.ts';
import type { SessionHostsSettings, TokenSettings } from '../fleets/sessionHosts/settings.ts';

/**
 * The settings of each fleet that has all it needs, even if no game mode is on it now: a session stays with the fleet
 * that was first asked for it, even after its mode has moved.
 */
export function toFleets(parsed: ParsedSettings): {
  sessionHosts?: SessionHostsSettings;
  playFab?: PlayFabSettings;
} {
  const sessionHosts = toSessionHosts(parsed);
  const playFab = toPlayFab(parsed);
  return { ...(sessionHosts && { sessionHosts }), ...(playFab && { playFab }) };
}

/** What a game mode is to the fleets, as its setting names it. */
export interface ModeTargets extends BuildSetting {
  readonly gameModeId?: string | undefined;
}

/** The target that each fleet is asked for to play the mode; fleets without one are left out. */
export function targetsOf(mode: ModeTargets): ReadonlyMap<string, string> {
  const targets: readonly (readonly [FleetName, string | undefined])[] = [
    ['sessionhosts', mode.gameModeId],
    ['playfab', buildTarget(mode)],
  ];
  return new Map(targets.filter((entry): entry is [FleetName, string] => entry[1] !== undefined));
}

function toSessionHosts(parsed: ParsedSettings): SessionHostsSettings | undefined {
  const {
    BROKER_TITLE_ID: titleId,
    BROKER_SANDBOX_ID: sandboxId,
    BROKER_CLOUD_GAME_ID: cloudGameId,
  } = parsed;
  const token = toToken(parsed);
  if (titleId === undefined || sandboxId === undefined || cloudGameId === undefined || token === undefined) {
    return undefined;
  }
  return {
    endpoint: withoutSlash(parsed.SESSIONHOSTS_ENDPOINT),
    titleId,
    sandboxId,
    cloudGameId,
    token,
    authScheme: parsed.SESSIONHOSTS_AUTH_SCHEME,
    contractVersion: parsed.SESSIONHOSTS_CONTRACT_VERSION,
  };
}

function toToken(parsed: ParsedSettings): TokenSettings | undefined {
  const { SESSIONHOSTS_TOKEN: token, SESSIONHOSTS_TOKEN_SCOPE: scope } = parsed;
  if (token !== undefined) return { kind: 'static', token };
  if (scope === undefined) return undefined;
  const { SESSIONHOSTS_TOKEN_CLIENT_ID: clientId } = parsed;
  return { kind: 'managed-identity', scope, ...(clientId === undefined ? {} : { clientId }) };
}

function toPlayFab(parsed: ParsedSettings): PlayFabSettings | undefined {
  const { PLAYFAB_TITLE_ID: titleId, PLAYFAB_SECRET_KEY: secretKey } = parsed;
  if (titleId === undefined || secretKey === undefined) return undefined;
  return {
    // As the REST reference writes every address of the API.
    endpoint: withoutSlash(parsed.PLAYFAB_ENDPOINT ?? `https://${titleId}.playfabapi.com`),
    secretKey,
    hostName: parsed.PLAYFAB_HOST_NAME,
  };
}

function withoutSlash(endpoint: string): string {
  return endpoint.replace(/\/+$/, '');
}
