import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type AzuriteHandle, spawnAzurite, type SpawnAzuriteOptions } from './azurite/spawn.ts';
import { LOCAL_TITLE_ID, localBrokerSettings } from './brokerSettings.ts';
import type { SimulatorHandle } from './fleet/spawn.ts';
import { spawnFunctionsHost, type SpawnedHost, type SpawnOptions } from './functionsHost/spawn.ts';
import { spawnPlayFab, type SpawnPlayFabOptions } from './playFab/spawn.ts';
import { spawnSessionHosts, type SpawnSessionHostsOptions } from './sessionHosts/spawn.ts';

export type StackOptions = FleetChoice & {
  /** A second fleet, which every game mode lists after the first one. */
  readonly next?: FleetChoice;
  readonly azurite?: SpawnAzuriteOptions;
  /** App settings beside or instead of the usual ones; `undefined` takes one away. */
  readonly settings?: Readonly<Record<string, string | undefined>>;
  /** The folder with host.json and package.json; default: this project. */
  readonly app?: string;
  /** The service token, or PlayFab's secret key, or both; default: a new one. */
  readonly fleetToken?: string;
};

/** Which fleet is simulated, by its name in BROKER_FLEET (default: sessionhosts), and the flags of its simulator. */
export type FleetChoice =
  | { readonly fleetName?: 'sessionhosts'; readonly fleet?: SpawnSessionHostsOptions }
  | { readonly fleetName: 'playfab'; readonly fleet?: SpawnPlayFabOptions };

/** Azurite, a simulated fleet or two, and any number of broker hosts on them: each a process of its own. */
export interface Stack {
  readonly azurite: AzuriteHandle;
  readonly fleet: SimulatorHandle;
  /** The second fleet, where there is one. */
  readonly next?: SimulatorHandle | undefined;
  /** The service token, or PlayFab's secret key, or both. */
  readonly fleetToken: string;
  /** Starts one more broker on the same tables and fleet. */
  startBroker(options?: BrokerOptions): Promise<SpawnedHost>;
  /** Ends every process, those of killed brokers included. @throws Error where a broker had ended by itself */
  stop(): Promise<void>;
}

export interface BrokerOptions extends Omit<SpawnOptions, 'app' | 'env' | 'settings'> {
  /** On top of the stack's own, for this broker alone. */
  readonly settings?: Readonly<Record<string, string | undefined>>;
}

/** The address of a broker under load must not depend on what the caller's shell has set. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'SystemRoot'];

/** Brings up the tables and the fleet; brokers are started by the caller, who knows how many and with what. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const azurite = await spawnAzurite(options.azurite);
  const { fleetToken = randomUUID() } = options;
  const parts: Stoppable[] = [azurite];
  const fleet = await startFleet(options, fleetToken, parts);
  const next = options.next && (await startFleet(options.next, fleetToken, parts));
  const brokers: SpawnedHost[] = [];
  const usual = localBrokerSettings({
    connectionString: azurite.connectionString,
    fleetName: options.fleetName,
    fleetUrl: fleet.url,
    fleetToken,
    beaconPort: fleet.qosUdpPort,
    ...(next !== undefined && {
      next: { fleetName: options.next?.fleetName, fleetUrl: next.url, fleetToken },
    }),
  });
  const inherited = Object.fromEntries(INHERITED.map((name) => [name, process.env[name]]));
  return {
    azurite,
    fleet,
    next,
    fleetToken,
    async startBroker({ settings, ...broker } = {}) {
      const env = { ...inherited, ...usual, ...options.settings, ...settings };
      const host = await spawnFunctionsHost({
        ...broker,
        env,
        app: options.app ?? join(import.meta.dirname, '..'),
      });
      brokers.push(host);
      return host;
    },
    async stop() {
      const stopped = await Promise.allSettled(brokers.map((broker) => broker.stop()));
      await Promise.all(parts.map((part) => part.stop()));
      for (const broker of stopped) if (broker.status === 'rejected') throw broker.reason as Error;
    },
  };
}

interface Stoppable {
  stop(): Promise<void>;
}

/** @param parts what runs already, and stops where this cannot start; the fleet is one of them then */
async function startFleet(choice: FleetChoice, token: string, parts: Stoppable[]): Promise<SimulatorHandle> {
  const starting =
    choice.fleetName === 'playfab'
      ? spawnPlayFab({ secretKey: token, ...choice.fleet })
      : spawnSessionHosts({ token, title: LOCAL_TITLE_ID, ...choice.fleet });
  const fleet = await starting.catch(async (error: unknown) => {
    await Promise.all(parts.map((part) => part.stop()));
    throw error;
  });
  parts.push(fleet);
  return fleet;
}
