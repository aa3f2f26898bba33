import type { FLEETS } from './jsonSettings.ts';
import type { PlacementPolicy } from '../placement/placement.ts';

/** How a client measures its latency to a location; handed to clients as configured. */
export interface QosTarget {
  readonly protocol: string;
  readonly host: string;
  readonly port: number;
}

export interface LocationSetting {
  readonly name: string;
  readonly qos?: QosTarget;
  /** Added to what was measured: steers away from a location that costs more or has little capacity. */
  readonly penaltyMs: number;
}

/** A fleet that there is a driver for. */
export type FleetName = (typeof FLEETS)[number];

export interface GameModeSetting {
  /** Which fleet a new session of the mode is asked of. */
  readonly fleet: FleetName;
  /** What the mode is to each fleet that it has something for: what their drivers are asked with. */
  readonly targets: ReadonlyMap<string, string>;
  /** A subset of the locations, for this mode. */
  readonly locations?: readonly string[];
}

export type AuthSettings =
  | { readonly mode: 'key' }
  | { readonly mode: 'anonymous' }
  | {
      readonly mode: 'jwt';
      readonly issuer: string;
      readonly audience: string;
      readonly jwksUri?: string;
      readonly algorithms?: readonly string[];
      readonly sessionClaim?: string;
      readonly gameModeClaim?: string;
    };

export interface QuotaSettings {
  readonly limit: number;
  readonly windowSeconds: number;
  readonly trustedHops: number;
  readonly onStorageFault: 'refuse' | 'allow';
}

export type TokenSettings =
  | { readonly kind: 'managed-identity'; readonly scope: string; readonly clientId?: string }
  | { readonly kind: 'static'; readonly token: string };

export interface SessionHostsSettings {
  /** Without a trailing slash. */
  readonly endpoint: string;
  readonly titleId: string;
  readonly sandboxId: string;
  readonly cloudGameId: string;
  readonly token: TokenSettings;
  readonly authScheme: 'Bearer' | 'XBL3.0';
  readonly contractVersion: string;
}

export interface PlayFabSettings {
  /** Without a trailing slash. */
  readonly endpoint: string;
  readonly secretKey: string;
  readonly hostName: 'fqdn' | 'ipv4';
}

export type StorageSettings =
  | { readonly kind: 'connection-string'; readonly connectionString: string }
  | { readonly kind: 'identity'; readonly tableServiceUri: string; readonly clientId?: string };

/** The app settings, checked and parsed (see docs/settings.md for each of them). */
export interface Settings {
  readonly gameModes: ReadonlyMap<string, GameModeSetting>;
  /** In the order of preference when nothing is measured. */
  readonly locations: readonly LocationSetting[];
  readonly placement: PlacementPolicy;
  readonly auth: AuthSettings;
  readonly quota?: QuotaSettings;
  /** Tells this deployment from others: its id at a fleet. */
  readonly titleId: string;
  /** Where they are set, whether or not a game mode is on that fleet now: sessions end on the fleet they began on. */
  readonly sessionHosts?: SessionHostsSettings;
  readonly playFab?: PlayFabSettings;
  /** How long one fleet call may take, whatever the fleet. */
  readonly fleetTimeoutMs: number;
  readonly storage: StorageSettings;
  readonly sessionTtlHours: number;
  readonly historyRetentionDays: number;
}
