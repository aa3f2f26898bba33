/** What the broker's settings are made of on one machine. */
export interface LocalBroker {
  /** Of the tables. */
  readonly connectionString: string;
  /** Of the simulated fleet. */
  readonly fleetUrl: string;
  readonly fleetToken: string;
  /** Where the simulated fleet answers latency pings, the same for every location; absent: nowhere. */
  readonly beaconPort?: number | undefined;
}

/** The locations of the local stack: a subset of Azure's, with measured latencies in local/data. */
export const LOCAL_LOCATIONS = [
  'West US',
  'East US',
  'North Europe',
  'West Europe',
  'Southeast Asia',
  'Japan East',
];

export const LOCAL_TITLE_ID = '5d9c1a3e';

/** App settings of a broker whose parts all run on this machine; for `npm start` and for tests. */
export function localBrokerSettings({
  connectionString,
  fleetUrl,
  fleetToken,
  beaconPort,
}: LocalBroker): Record<string, string> {
  // JSON.stringify leaves out what is undefined.
  const qos = beaconPort === undefined ? undefined : { protocol: 'udp', host: '127.0.0.1', port: beaconPort };
  return {
    BROKER_TITLE_ID: LOCAL_TITLE_ID,
    BROKER_SANDBOX_ID: 'local.0',
    BROKER_CLOUD_GAME_ID: '7a6a5d3c-0b0e-4d7f-9d2b-9b6f6c1c2f10',
    BROKER_GAME_MODES: JSON.stringify({
      duel: { gameModeId: '2162d32c-86a6-4b8a-8d6a-1f0f8f1d4a51' },
      battle: {
        gameModeId: 'c3c0f3f0-2f53-4a5e-9a0e-6e4e9a2b7d22',
        locations: ['West US', 'East US', 'West Europe'],
      },
    }),
    BROKER_LOCATIONS: JSON.stringify(LOCAL_LOCATIONS.map((name) => ({ name, qos }))),
    SESSIONHOSTS_ENDPOINT: fleetUrl,
    SESSIONHOSTS_TOKEN: fleetToken,
    BrokerStorage: connectionString,
  };
}
