import type { FromSchema } from 'json-schema-to-ts';
import { isIPv4 } from 'node:net';
import type { PlayFabSettings } from '../../config/settings.ts';
import { validateHostName, validatePlayFabServer } from '../../generated/validators.js';
import type { Answered } from '../authorisedCall.ts';
import type { FleetAnswer, FleetHost, FleetRequest } from '../fleet.ts';
import { hostAnswer } from '../hostAnswer.ts';
import { MEANINGS, playFabError, REJECTIONS, UNNAMED_REJECTION } from './errors.ts';
import type { playFabServerSchema } from './schemas.ts';

/** A server as RequestMultiplayerServer tells it, after the schema. */
type PlayFabServer = FromSchema<typeof playFabServerSchema>['data'];

/** What an answer of RequestMultiplayerServer means to the broker. */
export function fleetAnswer(
  answered: Answered,
  { sessionId }: FleetRequest,
  { hostName }: PlayFabSettings,
): FleetAnswer {
  const { status, body } = answered;
  if (status === 200) {
    return hostAnswer(body, validatePlayFabServer, ({ data }) => host(data, sessionId, hostName));
  }
  if (status < 300)
    return { kind: 'unreadable', status, reason: `PlayFab answered ${status} instead of 200.` };
  return failure(answered);
}

function failure(answered: Answered): FleetAnswer {
  const { status } = answered;
  const { error, retryAfterMs } = playFabError(answered);
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  switch (MEANINGS.get(error ?? '') ?? meaningOf(status)) {
    case 'no-capacity':
      return { kind: 'no-capacity', status, ...wait };
    case 'starting':
      return { kind: 'starting', status, ...wait };
    case 'throttled':
      return { kind: 'failed', status, maybeStarted: false, ...wait };
    case 'faulty':
      return { kind: 'failed', status, maybeStarted: true, ...wait };
    case 'rejected':
      return { kind: 'rejected', status, reason: REJECTIONS.get(status) ?? UNNAMED_REJECTION };
  }
}

/**
 * Of an error without a telling name, by "HTTP response status codes": 409 is two calls at the same time, 429 a limit
 * on calls, and what may be repeated after a server's fault may have come from behind a start.
 */
function meaningOf(status: number): 'starting' | 'throttled' | 'faulty' | 'rejected' {
  if (status === 409) return 'starting';
  if (status === 429) return 'throttled';
  return status === 408 || status >= 500 ? 'faulty' : 'rejected';
}

/** Member by member: what is not named here stays here. A string says why the server is not believed. */
function host(
  server: PlayFabServer,
  sessionId: string,
  member: PlayFabSettings['hostName'],
): FleetHost | string {
  // The reference calls it the session id of the server: another one's must not be handed out.
  if (typeof server.SessionId === 'string' && server.SessionId.toLowerCase() !== sessionId)
    return 'The answer is of another session.';
  const hostName = member === 'fqdn' ? server.FQDN : server.IPV4Address;
  if (!isHostName(hostName, member))
    return `/data/${member === 'fqdn' ? 'FQDN' : 'IPV4Address'} is not an address (PLAYFAB_HOST_NAME chooses it).`;
  return {
    hostName,
    ports: server.Ports.map(({ Name, Num, Protocol }) => ({
      name: Name,
      port: Num,
      ...(typeof Protocol === 'string' ? { protocol: Protocol } : {}),
    })),
    region: server.Region,
  };
}

function isHostName(value: unknown, member: PlayFabSettings['hostName']): value is string {
  return member === 'fqdn' ? validateHostName(value) : typeof value === 'string' && isIPv4(value);
}
