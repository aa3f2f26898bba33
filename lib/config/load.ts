import { findLocation } from '../placement/placement.ts';
import type { FleetName } from '../fleets/fleet.ts';
import { fleetsOf } from './fleetRules.ts';
import { targetsOf, toFleets } from './fleets.ts';
import { brokenRules } from './rules.ts';
import {
  type Env,
  type ParsedGameMode,
  type ParsedSettings,
  type SettingProblem,
  inOrder,
  readSettings,
  renamedSettings,
  unknownSettings,
  valueOf,
} from './read.ts';
import { DEFAULT_AGGREGATE, DEFAULT_CLAMP_MS } from './jsonSettings.ts';
import { parseSchedule } from './schedule.ts';
import type { GameModeSetting, LocationSetting, Settings } from './settings.ts';
import type { QuotaSettings } from '../ledger/quota/quota.ts';

/** Everything that is wrong with the settings, for the log and for `ready`. Contains no value, so no secret. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly problems: readonly SettingProblem[];
  /** Harmless in themselves, but often the cause: unknown names and former names. */
  readonly warnings: readonly SettingProblem[];

  constructor(problems: readonly SettingProblem[], warnings: readonly SettingProblem[]) {
    const lines = [...problems, ...warnings].map(({ setting, message }) => `${setting}: ${message}`);
    super(`The settings are not valid. ${lines.join('. ')}. See docs/settings.md.`);
    this.problems = problems;
    this.warnings = warnings;
  }
}

/**
 * Checks and parses the app settings, and fills in their defaults.
 *
 * @param env usually `process.env`
 * @throws SettingsError naming everything that is wrong, without any value
 */
export function loadSettings(env: Env): Settings {
  const { parsed, problems } = readSettings(env);
  const all = [...problems, ...brokenRules(parsed, (setting) => valueOf(env, setting) !== undefined)];
  if (all.length > 0) {
    throw new SettingsError(inOrder(all), [...unknownSettings(env), ...renamedSettings(env)]);
  }
  return toSettings(parsed as ParsedSettings);
}

function toSettings(parsed: ParsedSettings): Settings {
  const locations = parsed.BROKER_LOCATIONS.map((location) => ({ penaltyMs: 0, ...location }));
  return {
    gameModes: toGameModes(parsed, locations),
    locations,
    placement: {
      aggregate: DEFAULT_AGGREGATE,
      strict: false,
      clampMs: DEFAULT_CLAMP_MS,
      ...parsed.BROKER_PLACEMENT,
    },
    auth: parsed.BROKER_AUTH,
    ...(parsed.BROKER_QUOTA === undefined ? {} : { quota: toQuota(parsed.BROKER_QUOTA) }),
    ...(parsed.BROKER_TRUSTED_KEY === undefined ? {} : { trustedKey: parsed.BROKER_TRUSTED_KEY }),
    titleId: parsed.BROKER_TITLE_ID ?? parsed.PLAYFAB_TITLE_ID ?? '',
    ...toFleets(parsed),
    fleetTimeoutMs: parsed.BROKER_FLEET_TIMEOUT_MS,
    storage: toStorage(parsed),
    sessionTtlHours: parsed.BROKER_SESSION_TTL_HOURS,
    confirmSeconds: parsed.BROKER_CONFIRM_SECONDS,
    historyRetentionDays: parsed.BROKER_HISTORY_RETENTION_DAYS,
    schedules: {
      sweep: parseSchedule(parsed.BROKER_SWEEP_SCHEDULE),
      prune: parseSchedule(parsed.BROKER_PRUNE_SCHEDULE),
    },
  };
}

/** A mode's locations get the spelling of BROKER_LOCATIONS, which the fleet knows. */
function toGameModes(
  parsed: ParsedSettings,
  offered: readonly LocationSetting[],
): ReadonlyMap<string, GameModeSetting> {
  return new Map(
    Object.entries(parsed.BROKER_GAME_MODES).map(([alias, mode]) => [
      alias,
      {
        ...toModeFleets(mode, parsed.BROKER_FLEET),
        ...(mode.gather && { gatherMs: mode.gather.windowMs }),
        ...(mode.locations && {
          locations: mode.locations.map((name) => findLocation(offered, name)?.name ?? name),
        }),
      },
    ]),
  );
}

function toModeFleets(
  mode: ParsedGameMode,
  standard: FleetName,
): Pick<GameModeSetting, 'fleet' | 'choices' | 'targets'> {
  const choices = fleetsOf(mode, standard).map(({ fleet = standard, share, target }) => ({
    fleet,
    target: targetsOf(target).get(fleet),
    ...(share === undefined ? {} : { share }),
  }));
  const fleet = choices[0]?.fleet ?? standard;
  if (mode.fleets === undefined) return { fleet, targets: targetsOf(mode) };
  const listed = choices
    .toReversed()
    .flatMap(({ fleet: name, target }) => (target === undefined ? [] : [[name, target] as const]));
  return { fleet, choices, targets: new Map([...listed, ...targetsOf(mode)]) };
}

function toQuota(quota: NonNullable<ParsedSettings['BROKER_QUOTA']>): QuotaSettings {
  return { trustedHops: 1, onStorageFault: 'refuse', ...quota };
}

function toStorage(parsed: ParsedSettings): Settings['storage'] {
  const { BrokerStorage: connectionString, BrokerStorage__clientId: clientId } = parsed;
  if (connectionString !== undefined) return { kind: 'connection-string', connectionString };
  const tableServiceUri = parsed.BrokerStorage__tableServiceUri ?? '';
  return { kind: 'identity', tableServiceUri, ...(clientId === undefined ? {} : { clientId }) };
}
