import type { GameModeSetting, SessionHostsSettings } from '../../config/settings.ts';
import type { FleetRequest } from '../fleet.ts';

/**
 * What the sessionhosts API is sent. The published prose has `SandboxId` and `gameModelId`; its sample and Microsoft's
 * own client send the names below.
 */
export interface SessionHostsBody {
  readonly sessionId: string;
  readonly sandboxId: string;
  readonly cloudGameId: string;
  readonly locations: readonly string[];
  readonly sessionCookie?: string;
  readonly gameModeId: string;
}

/** @throws RangeError for a game mode that is not in the settings: the broker has let it in by mistake */
export function sessionHostsBody(
  request: FleetRequest,
  settings: SessionHostsSettings,
  gameModes: ReadonlyMap<string, GameModeSetting>,
): SessionHostsBody {
  const mode = gameModes.get(request.gameMode);
  if (mode === undefined) throw new RangeError('The game mode is not one of BROKER_GAME_MODES.');
  const { sessionId, locations, sessionCookie } = request;
  return {
    sessionId,
    sandboxId: settings.sandboxId,
    cloudGameId: settings.cloudGameId,
    locations,
    ...(sessionCookie === undefined ? {} : { sessionCookie }),
    gameModeId: mode.gameModeId,
  };
}

export function sessionHostsHeaders(settings: SessionHostsSettings, token: string): Record<string, string> {
  return {
    // Xbox Live tokens carry a user hash before the token; `-` stands for "no user", a service.
    authorization: settings.authScheme === 'XBL3.0' ? `XBL3.0 x=-;${token}` : `Bearer ${token}`,
    'x-xbl-contract-version': settings.contractVersion,
  };
}
