import type { SessionHostsSettings } from './settings.ts';
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

export function sessionHostsBody(
  { sessionId, locations, target, sessionCookie }: FleetRequest,
  { sandboxId, cloudGameId }: SessionHostsSettings,
): SessionHostsBody {
  return {
    sessionId,
    sandboxId,
    cloudGameId,
    locations,
    ...(sessionCookie === undefined ? {} : { sessionCookie }),
    gameModeId: target,
  };
}

export function sessionHostsHeaders(settings: SessionHostsSettings, token: string): Record<string, string> {
  return {
    // Xbox Live tokens carry a user hash before the token; `-` stands for "no user", a service.
    authorization: settings.authScheme === 'XBL3.0' ? `XBL3.0 x=-;${token}` : `Bearer ${token}`,
    'x-xbl-contract-version': settings.contractVersion,
  };
}
