import type { FromSchema } from 'json-schema-to-ts';
import { isIPv4 } from 'node:net';
import type { PlayFabSettings } from './settings.ts';
import { validatePlayFabServer } from '../../generated/validators.js';
import type { Answered } from '../authorisedCall.ts';
import type { FleetAnswer, FleetHost, FleetRequest } from '../fleet.ts';
import { failureAnswer } from '../failure.ts';
import { hostAnswer } from '../hostAnswer.ts';
import { clientHostName } from '../hostName.ts';
import { isTokenRefused, playFabError, REJECTIONS, UNNAMED_REJECTION } from './errors.ts';
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
  const { failure, retryAfterMs } = playFabError(answered);
  // A token that was refused under another status is refused all the same.
  const refusal = isTokenRefused(answered) ? 401 : status;
  const reason = REJECTIONS.get(refusal) ?? UNNAMED_REJECTION;
  return failureAnswer(failure, { status, retryAfterMs }, reason);
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
  const hostName = clientHostName(member === 'fqdn' ? server.FQDN : server.IPV4Address);
  if (hostName === undefined || (member === 'ipv4' && !isIPv4(hostName)))
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
