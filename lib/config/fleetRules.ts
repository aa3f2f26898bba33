import { expectation } from '../schema/explain.ts';
import type { ParsedGameMode, SettingProblem } from './read.ts';
import { type Given, type Parsed, type Rule, exactlyOne } from './rule.ts';
import { type SettingName, settingsSchema } from './schema.ts';
import type { FleetName } from '../fleets/fleet.ts';

const modeProperties = settingsSchema.properties.BROKER_GAME_MODES.additionalProperties.properties;

/** The game modes that need a fleet, and in words why it is needed. */
interface Need {
  readonly modes: readonly [string, ParsedGameMode][];
  readonly because: string;
}

/**
 * The fleet that is asked for a host for a new session of the mode.
 *
 * @param standard BROKER_FLEET, or its default; undefined if it cannot be read
 */
export function fleetOf<Standard extends FleetName | undefined>(
  mode: ParsedGameMode,
  standard: Standard,
): FleetName | Standard {
  return mode.fleet ?? standard;
}

/** A fleet's settings are required only while a game mode is on it. */
export const sessionHostsIsSet: Rule = (parsed, given) => {
  const need = needOf('sessionhosts', parsed, given);
  if (need === undefined) return [];
  return [
    ...missing(['BROKER_TITLE_ID', 'BROKER_SANDBOX_ID', 'BROKER_CLOUD_GAME_ID'], need, given),
    ...exactlyOne(
      given,
      'SESSIONHOSTS_TOKEN_SCOPE',
      'SESSIONHOSTS_TOKEN',
      'a scope for the managed identity',
      'a static token',
      need.because,
    ),
    ...need.modes
      .filter(([, { gameModeId }]) => gameModeId === undefined)
      .map((mode) =>
        atMode(
          mode,
          `/gameModeId: missing: expected ${expectation(modeProperties.gameModeId)}, because ${reasonOf(mode, 'sessionhosts', given)}`,
        ),
      ),
  ];
};

export const playFabIsSet: Rule = (parsed, given) => {
  const need = needOf('playfab', parsed, given);
  if (need === undefined) return [];
  return [
    ...missing(['PLAYFAB_TITLE_ID', 'PLAYFAB_SECRET_KEY'], need, given),
    ...need.modes.flatMap((mode) => {
      const [, { buildId, buildAliasId }] = mode;
      if ((buildId === undefined) !== (buildAliasId === undefined)) return [];
      const found =
        buildId === undefined ? `none is there: ${reasonOf(mode, 'playfab', given)}` : 'both are there';
      return [atMode(mode, `: expected exactly one of buildId and buildAliasId, ${found}`)];
    }),
  ];
};

/** A line break would end the header, and a space would split the credential (RFC 9110, sections 5.5 and 11.4). */
export const secretsFitHeaders: Rule = ({ SESSIONHOSTS_TOKEN: token, PLAYFAB_SECRET_KEY: key }) => [
  ...oneWord('SESSIONHOSTS_TOKEN', token, 'the token alone, without its scheme'),
  ...oneWord('PLAYFAB_SECRET_KEY', key, 'the key alone'),
];

function oneWord(setting: SettingName, text: string | undefined, what: string): readonly SettingProblem[] {
  if (text === undefined || /^[!-~]+$/.test(text)) return [];
  return [{ setting, message: `expected one line without spaces: ${what}` }];
}

/**
 * Why a fleet is needed; undefined if it is not, or if that cannot be known. Without game modes, the fleet that they
 * would be on is needed. With game modes that cannot be read, only an explicit BROKER_FLEET makes a fleet needed.
 */
function needOf(
  fleet: FleetName,
  { BROKER_GAME_MODES: modes, BROKER_FLEET: standard }: Parsed,
  given: Given,
): Need | undefined {
  const own = Object.entries(modes ?? {}).filter(([, mode]) => fleetOf(mode, standard) === fleet);
  const [first] = own;
  if (first !== undefined) return { modes: own, because: reasonOf(first, fleet, given) };
  const isNamed = modes === undefined && standard === fleet;
  if (!isNamed || (given('BROKER_GAME_MODES') && !given('BROKER_FLEET'))) return undefined;
  return {
    modes: [],
    because: `BROKER_FLEET is ${fleet}${given('BROKER_FLEET') ? '' : ' unless it is set'}`,
  };
}

/** Why a mode is on its fleet, so that an operator knows what to change if it should be on another. */
function reasonOf([alias, mode]: [string, ParsedGameMode], fleet: FleetName, given: Given): string {
  const byStandard = given('BROKER_FLEET') ? 'BROKER_FLEET' : 'BROKER_FLEET is not set';
  return `${alias} is on ${fleet} (${mode.fleet === undefined ? byStandard : 'its own fleet'})`;
}

const atMode = ([alias]: [string, ParsedGameMode], rest: string): SettingProblem => ({
  setting: 'BROKER_GAME_MODES',
  message: `at /${alias}${rest}`,
});

function missing(
  settings: readonly SettingName[],
  { because }: Need,
  given: Given,
): readonly SettingProblem[] {
  return settings
    .filter((setting) => !given(setting))
    .map((setting) => ({
      setting,
      message: `missing: expected ${expectation(settingsSchema.properties[setting])}, because ${because}`,
    }));
}
