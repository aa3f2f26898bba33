import { createHash } from 'node:crypto';
import type { Answer, FleetAnswer } from '../fleet/protocol.ts';
import type { Host } from '../fleet/state.ts';
import { dataAnswer, errorAnswer } from './envelope.ts';
import { azureRegion } from './regions.ts';

/** What RequestMultiplayerServer answers. @param build the build or alias that was asked for */
export function renderServer(answer: FleetAnswer, build: string): Answer {
  switch (answer.kind) {
    case 'host':
      return dataAnswer(serverDetails(answer.host, build));
    case 'starting':
      return errorAnswer(
        'MultiplayerServerConflict',
        'A server was requested for this session and is not Active yet',
      );
    case 'no-capacity':
      // As reported of the real service: where the build is not deployed, it is not found rather than out of servers.
      if (!answer.hasPool) {
        return errorAnswer(
          'MultiplayerServerNotFound',
          'The build has no deployment in any of the preferred regions',
        );
      }
      return errorAnswer(
        'MultiplayerServerTooManyRequests',
        'No server is StandingBy in the preferred regions',
      );
  }
}

/**
 * Every documented member, though clients need a few: the ids of the machine and the server have forms of their own, so
 * that a test can look for them where they must not be.
 */
function serverDetails(host: Host, build: string): object {
  const { hostId, hostName, ipv4Address, sessionId } = host;
  return {
    // The real service answers the id of the build behind an alias; here the alias itself stands for the build.
    BuildId: build,
    ConnectedPlayers: [],
    FQDN: hostName,
    IPV4Address: ipv4Address,
    LastStateTransitionTime: new Date(host.activeAt.wallMs).toISOString(),
    Ports: host.ports.map(({ name, external, protocol }) => ({
      Name: name,
      Num: external,
      Protocol: protocol,
    })),
    PublicIPV4Addresses: [{ FQDN: hostName, IpAddress: ipv4Address, RoutingType: 'Microsoft' }],
    Region: azureRegion(host.location),
    ServerId: `5e4fe41d-${guidTail(`server of ${hostId}`)}`,
    SessionId: sessionId,
    State: 'Active',
    VmId: `xcloudsim:vm:tvmps_${digest(`machine of ${hostId}`)}_d`,
  };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A GUID of version 4 without its first group, the same for the same text. */
function guidTail(text: string): string {
  const hex = digest(text);
  return `${hex.slice(0, 4)}-4${hex.slice(4, 7)}-8${hex.slice(7, 10)}-${hex.slice(10, 22)}`;
}
