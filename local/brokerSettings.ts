import type { FleetName } from '../lib/fleets/fleet.ts';

/** What the broker's settings are made of on one machine. */
export interface LocalBroker extends LocalFleet {
  /** Where the tables are. */
  readonly connectionString: string;
  /** A second fleet, which every game mode lists after the first one. */
  readonly next?: LocalFleet;
  /** Where the simulated fleet answers latency pings, the same for every location; absent: nowhere. */
  readonly beaconPort?: number | undefined;
}

interface LocalFleet {
  /** Which simulated fleet; default: sessionhosts. */
  readonly fleetName?: FleetName | undefined;
  /** Where the simulated fleet answers. */
  readonly fleetUrl: string;
  /** What the fleet accepts: a service token (sessionhosts) or a secret key (PlayFab). */
  readonly fleetToken: string;
}

/** The locations of the local stack and of any simulated fleet by default; local/data has latencies to them. */
export const LOCAL_LOCATIONS: readonly string[] = [
  'West US',
  'East US',
  'North Europe',
  'West Europe',
  'Southeast Asia',
  'Japan East',
];

/** What the fleet of `npm start` takes for its service token or secret key: of no use anywhere else. */
export const LOCAL_FLEET_TOKEN = 'simulated-fleet';

/** The title on sessionhosts. */
export const LOCAL_TITLE_ID = '5d9c1a3e';

/** App settings of a broker whose parts all run on this machine; for `npm start` and for tests. */
export function localBrokerSettings(parts: LocalBroker): Record<string, string> {
  const { connectionString, beaconPort, next } = parts;
  // JSON.stringify leaves out what is undefined.
  const qos = beaconPort === undefined ? undefined : { protocol: 'udp', host: '127.0.0.1', port: beaconPort };
  return {
    ...(next !== undefined && fleetSettings(next)),
    // After the second one: BROKER_FLEET is the first one's.
    ...fleetSettings(parts),
    BROKER_GAME_MODES: JSON.stringify(next === undefined ? LOCAL_GAME_MODES : modesOn(parts, next)),
    BROKER_LOCATIONS: JSON.stringify(LOCAL_LOCATIONS.map((name) => ({ name, qos }))),
    BrokerStorage: connectionString,
  };
}

/** Each mode has the ids of both fleets, so that one setting does for a broker on either or both. */
export const LOCAL_GAME_MODES = {
  duel: {
    gameModeId: '2162d32c-86a6-4b8a-8d6a-1f0f8f1d4a51',
    buildId: '0f4a1c52-9d35-4c0e-8b7e-3a5d2c9e6b11',
  },
  battle: {
    gameModeId: 'c3c0f3f0-2f53-4a5e-9a0e-6e4e9a2b7d22',
    buildId: '6b7e0d9a-51c4-4f2b-a3d8-92e1f7c4a022',
    locations: ['West US', 'East US', 'West Europe'],
  },
};

/** The game modes, each on these fleets in this order. */
function modesOn(...fleets: readonly LocalFleet[]): object {
  const names = fleets.map(({ fleetName = 'sessionhosts' }) => fleetName);
  return Object.fromEntries(
    Object.entries(LOCAL_GAME_MODES).map(([alias, mode]) => [alias, { ...mode, fleets: names }]),
  );
}

/** The builds that a simulated PlayFab knows. */
export const LOCAL_BUILDS = Object.values(LOCAL_GAME_MODES).map(({ buildId }) => buildId);

/** The settings of the one fleet, and none of the other's. */
function fleetSettings({ fleetName, fleetUrl, fleetToken }: LocalFleet): Record<string, string> {
  if (fleetName === 'playfab') {
    return {
      BROKER_FLEET: fleetName,
      PLAYFAB_TITLE_ID: 'A1B2C',
      PLAYFAB_ENDPOINT: fleetUrl,
      PLAYFAB_SECRET_KEY: fleetToken,
    };
  }
  return {
    BROKER_TITLE_ID: LOCAL_TITLE_ID,
    BROKER_SANDBOX_ID: 'local.0',
    BROKER_CLOUD_GAME_ID: '7a6a5d3c-0b0e-4d7f-9d2b-9b6f6c1c2f10',
    SESSIONHOSTS_ENDPOINT: fleetUrl,
    SESSIONHOSTS_TOKEN: fleetToken,
  };
}
