import { expectation } from '../schema/explain.ts';
import type { ParsedGameMode } from './read.ts';
import type { Parsed, Rule } from './rule.ts';
import { exactlyOne } from './rule.ts';
import type { SettingName } from './schema.ts';
import { settingsSchema } from './schema.ts';
import type { FleetName } from './settings.ts';
import type { SettingProblem } from './settingsError.ts';

const modeProperties = settingsSchema.properties.BROKER_GAME_MODES.additionalProperties.properties;

/** The fleet that a new session of the mode is asked of. */
export function fleetOf(mode: ParsedGameMode | undefined, { BROKER_FLEET: standard }: Parsed): FleetName {
  return mode?.fleet ?? standard ?? settingsSchema.properties.BROKER_FLEET.default;
}

/** A fleet's settings are required as soon as one game mode is on it, and never before. */
export const sessionHostsIsSet: Rule = (parsed, given) => {
  const modes = modesOn('sessionhosts', parsed);
  if (modes === undefined) return [];
  return [
    ...missing(['BROKER_TITLE_ID', 'BROKER_SANDBOX_ID', 'BROKER_CLOUD_GAME_ID'], given),
    ...exactlyOne(
      given,
      'SESSIONHOSTS_TOKEN_SCOPE',
      'SESSIONHOSTS_TOKEN',
      'a scope for the managed identity',
      'a static token',
    ),
    ...modes
      .filter(([, { gameModeId }]) => gameModeId === undefined)
      .map(([alias]) => ({
        setting: 'BROKER_GAME_MODES',
        message: `at /${alias}/gameModeId: missing: expected ${expectation(modeProperties.gameModeId)}`,
      })),
  ];
};

export const playFabIsSet: Rule = (parsed, given) => {
  const modes = modesOn('playfab', parsed);
  if (modes === undefined) return [];
  return [
    ...missing(['PLAYFAB_TITLE_ID', 'PLAYFAB_SECRET_KEY'], given),
    ...modes
      .filter(([, { buildId, buildAliasId }]) => (buildId === undefined) === (buildAliasId === undefined))
      .map(([alias]) => ({
        setting: 'BROKER_GAME_MODES',
        message: `at /${alias}: expected one of buildId and buildAliasId`,
      })),
  ];
};

/** A line break would end the header, and a space would make two words of it (RFC 9110, sections 5.5 and 11.4). */
export const secretsFitHeaders: Rule = ({ SESSIONHOSTS_TOKEN: token, PLAYFAB_SECRET_KEY: key }) => [
  ...oneWord('SESSIONHOSTS_TOKEN', token, 'the token alone, without its scheme'),
  ...oneWord('PLAYFAB_SECRET_KEY', key, 'the key alone'),
];

function oneWord(setting: SettingName, text: string | undefined, what: string): readonly SettingProblem[] {
  if (text === undefined || /^[!-~]+$/.test(text)) return [];
  return [{ setting, message: `expected one line without spaces: ${what}` }];
}

/** The modes on a fleet; undefined: it is not used. Modes that cannot be read are as good as one on BROKER_FLEET. */
function modesOn(fleet: FleetName, parsed: Parsed): readonly [string, ParsedGameMode][] | undefined {
  const modes = Object.entries(parsed.BROKER_GAME_MODES ?? {});
  if (modes.length === 0) return fleetOf(undefined, parsed) === fleet ? [] : undefined;
  const own = modes.filter(([, mode]) => fleetOf(mode, parsed) === fleet);
  return own.length === 0 ? undefined : own;
}

function missing(
  settings: readonly SettingName[],
  given: (setting: SettingName) => boolean,
): readonly SettingProblem[] {
  return settings
    .filter((setting) => !given(setting))
    .map((setting) => ({
      setting,
      message: `missing: expected ${expectation(settingsSchema.properties[setting])}`,
    }));
}
