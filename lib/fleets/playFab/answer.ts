import type { FromSchema } from 'json-schema-to-ts';
import { isIPv4 } from 'node:net';
import type { PlayFabSettings } from './settings.ts';
import { validatePlayFabServer } from '../../generated/validators.js';
import type { Answered } from '../authorisedCall.ts';
import type { FleetAnswer, FleetRequest } from '../fleet.ts';
import { failureAnswer } from '../failure.ts';
import { type ReadHost, hostAnswer } from '../hostAnswer.ts';
import { clientHostName } from '../hostName.ts';
import { codeIn, isTokenRefused, playFabError, REJECTIONS, UNNAMED_REJECTION } from './errors.ts';
import type { playFabServerSchema } from './schemas.ts';

/** A server as RequestMultiplayerServer describes it, once the schema has checked it. */
type PlayFabServer = FromSchema<typeof playFabServerSchema>['data'];

/** A server without a name still serves: the next answer would be the same. */
const NO_FQDN =
  'PlayFab gave no FQDN: clients got the IPv4 address (PLAYFAB_HOST_NAME chooses between them).';

/** What an answer of RequestMultiplayerServer means to the broker. */
export function fleetAnswer(
  answered: Answered,
  { sessionId }: FleetRequest,
  { hostName }: PlayFabSettings,
): FleetAnswer {
  const { status, body } = answered;
  if (status === 200) {
    const code = codeIn(body);
    if (typeof code === 'number' && code !== 200) {
      return { kind: 'unreadable', status, reason: `PlayFab answered code ${code} in an HTTP 200.` };
    }
    return hostAnswer(body, validatePlayFabServer, ({ data }) => host(data, sessionId, hostName));
  }
  if (status < 300)
    return { kind: 'unreadable', status, reason: `PlayFab answered ${status} instead of 200.` };
  const { failure, retryAfterMs } = playFabError(answered);
  // A token is also refused under other statuses.
  const refusal = isTokenRefused(answered) ? 401 : status;
  const reason = REJECTIONS.get(refusal) ?? UNNAMED_REJECTION;
  return failureAnswer(failure, { status, retryAfterMs }, reason);
}

/** Member by member: what is not named here stays here. */
function host(server: PlayFabServer, sessionId: string, asked: PlayFabSettings['hostName']): ReadHost {
  // The reference calls it the session id of the server: another one's must not be handed out.
  if (server.SessionId.toLowerCase() !== sessionId) return { wrong: 'The answer is of another session.' };
  const given = asked === 'fqdn' && !isAbsent(server.FQDN) ? 'FQDN' : 'IPV4Address';
  const hostName = clientHostName(server[given]);
  if (hostName === undefined || (given === 'IPV4Address' && !isIPv4(hostName))) {
    const member = asked === 'fqdn' ? 'FQDN' : 'IPV4Address';
    return { wrong: `/data/${member} is not an address (PLAYFAB_HOST_NAME chooses it).` };
  }
  return {
    host: {
      hostName,
      ports: server.Ports.map(({ Name, Num, Protocol }) => ({
        name: Name,
        port: Num,
        ...(typeof Protocol === 'string' ? { protocol: Protocol } : {}),
      })),
      region: server.Region,
    },
    ...(asked === 'fqdn' && given === 'IPV4Address' ? { reason: NO_FQDN } : {}),
  };
}

/** Serialisers that cannot leave a member out write null or nothing. */
function isAbsent(member: unknown): boolean {
  return member === undefined || member === null || (typeof member === 'string' && member.trim() === '');
}
