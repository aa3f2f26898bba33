import type { AuthSettings } from '../auth/authenticator.ts';
import type { QosTarget } from '../contract/schemas/locations.ts';
import type { FleetName } from '../fleets/fleet.ts';
import type { PlayFabSettings } from '../fleets/playFab/settings.ts';
import type { SessionHostsSettings } from '../fleets/sessionHosts/settings.ts';
import type { QuotaSettings } from '../ledger/quota/quota.ts';
import type { StorageSettings } from '../ledger/tables/tableClients.ts';
import type { OfferedLocation, PlacementSettings } from '../placement/placement.ts';
import type { Schedule } from './schedule.ts';

/** A location on offer, and what clients measure against. */
export interface LocationSetting extends OfferedLocation {
  readonly qos?: QosTarget;
}

/** A fleet that sessions of a mode may be asked of. */
export interface FleetChoiceSetting {
  readonly fleet: FleetName;
  /** What it is asked for. */
  readonly target: string | undefined;
  /** Which part of the sessions begins there, from 0 to 1; absent: those that begin nowhere else. */
  readonly share?: number;
}

export interface GameModeSetting {
  /** Which fleet a new session of the mode is asked of, where `choices` do not say more. */
  readonly fleet: FleetName;
  /** The fleets that a session of the mode may be asked of, where the mode lists them. */
  readonly choices?: readonly FleetChoiceSetting[];
  /** What the mode is to each fleet that it has something for: what their drivers are asked with. */
  readonly targets: ReadonlyMap<string, string>;
  /** A subset of the locations, for this mode. */
  readonly locations?: readonly string[];
  /** For how long the callers of a new session are gathered, in milliseconds; absent: they are not. */
  readonly gatherMs?: number;
}

/** The app settings, checked and parsed; docs/settings.md describes each of them. */
export interface Settings {
  readonly gameModes: ReadonlyMap<string, GameModeSetting>;
  /** In the order of preference when nothing is measured. */
  readonly locations: readonly LocationSetting[];
  readonly placement: PlacementSettings;
  readonly auth: AuthSettings;
  readonly quota?: QuotaSettings;
  /** The function key of the callers that the quota trusts. */
  readonly trustedKey?: string;
  /** The deployment's id at a fleet, which distinguishes it from others. */
  readonly titleId: string;
  /** Present where they are set, even if no game mode is on that fleet now: a session stays with its first fleet. */
  readonly sessionHosts?: SessionHostsSettings;
  readonly playFab?: PlayFabSettings;
  /** How long one fleet call may take, whatever the fleet. */
  readonly fleetTimeoutMs: number;
  readonly storage: StorageSettings;
  readonly sessionTtlHours: number;
  /** For how long an instance answers with what it remembers. */
  readonly confirmSeconds: number;
  readonly historyRetentionDays: number;
  /** When each timer runs. */
  readonly schedules: { readonly sweep: Schedule; readonly prune: Schedule };
}
