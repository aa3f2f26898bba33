import type { ParsedGameMode, ParsedSettings } from './read.ts';
import type { PlayFabBuild, PlayFabSettings, SessionHostsSettings, TokenSettings } from './settings.ts';

/**
 * The settings of each fleet that has all it needs, whether or not a game mode is on it now: a session stays with the
 * fleet that it was first asked of, also after its mode has moved.
 */
export function toFleets(parsed: ParsedSettings): {
  sessionHosts?: SessionHostsSettings;
  playFab?: PlayFabSettings;
} {
  const sessionHosts = toSessionHosts(parsed);
  const playFab = toPlayFab(parsed);
  return { ...(sessionHosts && { sessionHosts }), ...(playFab && { playFab }) };
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
    gameModeIds: ofModes(parsed, ({ gameModeId }) => gameModeId),
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
    titleId,
    secretKey,
    hostName: parsed.PLAYFAB_HOST_NAME,
    builds: ofModes(parsed, toBuild),
  };
}

function toBuild({ buildId, buildAliasId }: ParsedGameMode): PlayFabBuild | undefined {
  if (buildId !== undefined) return { buildId };
  return buildAliasId === undefined ? undefined : { buildAliasId };
}

/** What the modes have, by alias; those without are left out. */
function ofModes<T>(
  { BROKER_GAME_MODES: modes }: ParsedSettings,
  pick: (mode: ParsedGameMode) => T | undefined,
): ReadonlyMap<string, T> {
  return new Map(
    Object.entries(modes).flatMap(([alias, mode]): [string, T][] => {
      const picked = pick(mode);
      return picked === undefined ? [] : [[alias, picked]];
    }),
  );
}

function withoutSlash(endpoint: string): string {
  return endpoint.replace(/\/+$/, '');
}
