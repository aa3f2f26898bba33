import { type ModeTargets, targetsOf } from './fleets.ts';
import { expectation } from '../schema/explain.ts';
import type { ParsedGameMode, SettingProblem } from './read.ts';
import { type Given, type Parsed, type Rule, exactlyOne } from './rule.ts';
import { type SettingName, settingsSchema } from './schema.ts';
import { type FleetName, FLEETS } from '../fleets/fleet.ts';

const modeProperties = settingsSchema.properties.BROKER_GAME_MODES.additionalProperties.properties;

/** A fleet of a game mode. */
interface ModeEntry extends FleetEntry {
  readonly alias: string;
  /** Whether the mode names its fleet itself. */
  readonly isNamed: boolean;
}

/** The game modes that need a fleet, and in words why it is needed. */
interface Need {
  readonly entries: readonly ModeEntry[];
  readonly because: string;
}

/** A fleet that sessions of a mode are asked of. */
export interface FleetEntry {
  /** Undefined where BROKER_FLEET cannot be read. */
  readonly fleet: FleetName | undefined;
  readonly share?: number | undefined;
  /** What the mode is there. */
  readonly target: ModeTargets;
  /** Its place in `fleets`; absent where the mode has no such list. */
  readonly index?: number;
}

/**
 * The fleets that are asked for a host for a new session of the mode, in this order.
 *
 * @param standard BROKER_FLEET, or its default; undefined if it cannot be read
 */
export function fleetsOf(
  mode: ParsedGameMode,
  standard: FleetName | undefined,
): readonly [FleetEntry, ...FleetEntry[]] {
  const { gameModeId, buildId, buildAliasId } = mode;
  const own = { gameModeId, buildId, buildAliasId };
  const [first, ...rest] = (mode.fleets ?? []).map((entry, index): FleetEntry => {
    if (typeof entry === 'string')
      return { fleet: FLEETS.find((name) => name === entry), target: own, index };
    const hasBuild = entry.buildId !== undefined || entry.buildAliasId !== undefined;
    const build = hasBuild ? entry : own;
    const target = {
      gameModeId: entry.gameModeId ?? gameModeId,
      buildId: build.buildId,
      buildAliasId: build.buildAliasId,
    };
    return { fleet: entry.fleet, share: entry.share, target, index };
  });
  return first === undefined ? [{ fleet: mode.fleet ?? standard, target: own }] : [first, ...rest];
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
    ...need.entries
      .filter(({ target }) => target.gameModeId === undefined)
      .map((entry) =>
        atEntry(
          entry,
          `/gameModeId: missing: expected ${expectation(modeProperties.gameModeId)}, because ${reasonOf(entry, given)}`,
        ),
      ),
  ];
};

export const playFabIsSet: Rule = (parsed, given) => {
  const need = needOf('playfab', parsed, given);
  if (need === undefined) return [];
  return [
    ...missing(['PLAYFAB_TITLE_ID', 'PLAYFAB_SECRET_KEY'], need, given),
    ...need.entries.flatMap((entry) => {
      const { buildId, buildAliasId } = entry.target;
      if ((buildId === undefined) !== (buildAliasId === undefined)) return [];
      const found = buildId === undefined ? `none is there: ${reasonOf(entry, given)}` : 'both are there';
      return [atEntry(entry, `: expected exactly one of buildId and buildAliasId, ${found}`)];
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
  const entries = entriesOf(modes, standard).filter((entry) => entry.fleet === fleet);
  const [first] = entries;
  if (first !== undefined) return { entries, because: reasonOf(first, given) };
  const isNamed = modes === undefined && standard === fleet;
  if (!isNamed || (given('BROKER_GAME_MODES') && !given('BROKER_FLEET'))) return undefined;
  return {
    entries: [],
    because: `BROKER_FLEET is ${fleet}${given('BROKER_FLEET') ? '' : ' unless it is set'}`,
  };
}

function entriesOf(
  modes: Parsed['BROKER_GAME_MODES'],
  standard: Parsed['BROKER_FLEET'],
): readonly ModeEntry[] {
  return Object.entries(modes ?? {}).flatMap(([alias, mode]) => {
    const isNamed = mode.fleet !== undefined || mode.fleets !== undefined;
    return fleetsOf(mode, standard).map((entry) => ({ ...entry, alias, isNamed }));
  });
}

/** Why a mode is on its fleet, so that an operator knows what to change if it should be on another. */
function reasonOf({ alias, fleet, index, isNamed }: ModeEntry, given: Given): string {
  const byStandard = given('BROKER_FLEET') ? 'BROKER_FLEET' : 'BROKER_FLEET is not set';
  const own = index === undefined ? 'its own fleet' : 'its own fleets';
  return `${alias} is on ${fleet ?? 'no fleet'} (${isNamed ? own : byStandard})`;
}

function atEntry({ alias, index }: ModeEntry, rest: string): SettingProblem {
  const at = index === undefined ? `at /${alias}` : `at /${alias}/fleets/${index}`;
  return { setting: 'BROKER_GAME_MODES', message: `${at}${rest}` };
}

/** What the schema cannot say of a mode's list of fleets. */
export const fleetsAreMeant: Rule = ({ BROKER_GAME_MODES: modes, BROKER_FLEET: standard }) =>
  Object.entries(modes ?? {}).flatMap(([alias, mode]) => {
    if (mode.fleets === undefined) return [];
    const problem = (message: string): SettingProblem => ({
      setting: 'BROKER_GAME_MODES',
      message: `at /${alias}/fleets${message}`,
    });
    const entries = fleetsOf(mode, standard);
    const keys = entries.map(({ fleet, target }) => [fleet, fleet && targetsOf(target).get(fleet)].join(' '));
    const shares = entries.map(({ share = 0 }) => share).reduce((sum, share) => sum + share, 0);
    const hasRest = entries.some(({ share }) => share === undefined);
    return [
      ...(mode.fleet === undefined ? [] : [problem(': set together with fleet: expected one of them')]),
      ...entries.flatMap(({ fleet }, index) =>
        fleet === undefined ? [problem(`/${index}: expected one of ${FLEETS.join(', ')}`)] : [],
      ),
      ...keys.flatMap((key, index) =>
        keys.indexOf(key) < index
          ? [problem(`/${index}: expected each fleet once with the same game mode or build`)]
          : [],
      ),
      // Decimal shares need not add up exactly.
      ...(shares > 1 + 1e-9 ? [problem(': expected shares of at most 1 together')] : []),
      ...(hasRest || shares > 1 - 1e-9
        ? []
        : [problem(': expected shares of 1 together, or an entry without one')]),
    ];
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
