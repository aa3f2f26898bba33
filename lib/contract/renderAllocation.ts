import type { FleetHost } from '../fleets/fleet.ts';
import { findLocation } from '../placement/names.ts';

/**
 * What a client learns of its host, as it is stored and sent: rendered once, then the same byte for byte. An
 * allow-list, built member by member and never by a spread, so that nothing a driver adds can slip out.
 *
 * @param locations on offer: the region goes by the name that `GET /api/v1/locations` gives it
 */
export function renderAllocation(
  sessionId: string,
  host: FleetHost,
  locations: readonly { readonly name: string }[],
): string {
  return JSON.stringify({
    sessionId,
    status: 'allocated',
    hostName: host.hostName,
    // JSON.stringify leaves out what is undefined.
    ports: host.ports.map(({ name, port, protocol }) => ({ name, port, protocol })),
    region: findLocation(locations, host.region)?.name ?? host.region,
    secureContext: host.secureContext,
  });
}
