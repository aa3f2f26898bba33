import type { FromSchema } from 'json-schema-to-ts';
import { jsonErrorPosition } from '../contract/jsonPosition.ts';
import { validateSettings } from '../generated/validators.js';
import { type Mistake, type SchemaNode, explainErrors, pointerTo } from '../schema/explain.ts';
import { FORMER_NAMES, OWN_NAMES, settingsSchema } from './schema.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** The settings by name, parsed and valid against the schema, with its defaults filled in. */
export type ParsedSettings = FromSchema<typeof settingsSchema>;
export type ParsedGameMode = ParsedSettings['BROKER_GAME_MODES'][string];

/** What is wrong with one setting; `message` says what it should be and never repeats the value. */
export interface SettingProblem {
  readonly setting: string;
  readonly message: string;
}

const properties: Readonly<Record<string, SchemaNode>> = settingsSchema.properties;

/** Parses the settings and checks each against its schema. */
export function readSettings(env: Env): {
  readonly parsed: Partial<ParsedSettings>;
  readonly problems: readonly SettingProblem[];
} {
  const problems: SettingProblem[] = [];
  const values: Record<string, unknown> = {};
  for (const [setting, schema] of Object.entries(properties)) {
    const text = givenText(env, setting) ?? schema.default;
    if (typeof text !== 'string') continue;
    const result = parseValue(text, schema);
    if ('problem' in result) problems.push({ setting, message: result.problem });
    else values[setting] = result.value;
  }
  const unread = new Set(problems.map(({ setting }) => setting));
  if (!validateSettings(values)) {
    const mistakes = explainErrors(settingsSchema, validateSettings.errors).map(toProblem);
    problems.push(...mistakes.filter(({ setting }) => !unread.has(setting)));
  }
  for (const { setting } of problems) Reflect.deleteProperty(values, setting);
  // Of what the schema has found valid, because that is nested no deeper than it says.
  const malformed = malformedTexts(values, '').map(toProblem);
  for (const { setting } of malformed) Reflect.deleteProperty(values, setting);
  return { parsed: values, problems: inOrder([...problems, ...malformed]) };
}

/**
 * Names that look like settings of the broker but are not. Warnings, not problems: a deployment that is rolled back
 * keeps the settings of the newer version and must still start.
 */
export function unknownSettings(env: Env): readonly SettingProblem[] {
  const former = Object.values(FORMER_NAMES);
  return Object.keys(env)
    .filter((name) => OWN_NAMES.test(name) && !Object.hasOwn(properties, name) && !former.includes(name))
    .map((setting) => ({ setting, message: 'not a setting of this version, ignored' }));
}

/** Settings that are given by their former names, as warnings that say whether the value counts. */
export function renamedSettings(env: Env): readonly SettingProblem[] {
  return Object.entries(FORMER_NAMES)
    .filter(([, former]) => textOf(env, former) !== undefined)
    .map(([setting, former]) => ({
      setting: former,
      message:
        textOf(env, setting) === undefined
          ? `renamed: set ${setting} instead`
          : `renamed, and ignored because ${setting} is set: remove it`,
    }));
}

/** The trimmed text of a setting, by its name or else by its former name; undefined: nobody filled it in. */
export function valueOf(env: Env, setting: string): string | undefined {
  return givenText(env, setting)?.trim();
}

/** Untrimmed: lines and columns are counted in what was written. */
function givenText(env: Env, setting: string): string | undefined {
  const former = FORMER_NAMES[setting];
  return textOf(env, setting) ?? (former === undefined ? undefined : textOf(env, former));
}

/** Portals and templates write settings that nobody filled in as empty strings. */
function textOf(env: Env, name: string): string | undefined {
  const text = env[name];
  return text?.trim() === '' ? undefined : text;
}

/** Functions passes a Key Vault reference on unchanged when it cannot resolve it. */
export const isUnresolvedReference = (text: string): boolean => /^@Microsoft\.KeyVault\(/i.test(text);

function parseValue(given: string, { type }: SchemaNode): { value: unknown } | { problem: string } {
  const text = given.trim();
  if (isUnresolvedReference(text)) {
    return {
      problem:
        'an unresolved Key Vault reference: check that the secret exists and that the identity may read it',
    };
  }
  switch (type) {
    case 'integer':
      return { value: /^-?\d+$/.test(text) ? Number(text) : text };
    case 'boolean':
      return { value: /^(true|false)$/i.test(text) ? text.toLowerCase() === 'true' : text };
    case 'object':
    case 'array':
      return parseJson(given.trimEnd(), type === 'object' ? 'an object' : 'a list');
    case undefined:
    default:
      return { value: text };
  }
}

function parseJson(text: string, what: string): { value: unknown } | { problem: string } {
  try {
    return { value: JSON.parse(text.trimStart()) };
  } catch {
    // The parser's own message quotes the value, which may hold a secret pasted into the wrong place.
    const { line, column } = jsonErrorPosition(text);
    return { problem: `not JSON at line ${line}, column ${column}: expected ${what}` };
  }
}

/**
 * JSON can spell half of a surrogate pair ("\ud800"); a location's name would come back from tables and fleets as
 * something else, and clients could not parse the answer. The pointer to a name is its parent's.
 */
function malformedTexts(value: unknown, pointer: string): readonly Mistake[] {
  const mistake = { pointer, message: 'expected well-formed Unicode' };
  if (typeof value === 'string') return value.isWellFormed() ? [] : [mistake];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    name.isWellFormed() ? malformedTexts(member, pointerTo(pointer, name)) : [mistake],
  );
}

/** `/BROKER_LOCATIONS/0/name` points at `/0/name` in BROKER_LOCATIONS. */
function toProblem({ pointer, message }: Mistake): SettingProblem {
  const [, setting = '', ...rest] = pointer.toWellFormed().split('/');
  return { setting, message: rest.length === 0 ? message : `at /${rest.join('/')}: ${message}` };
}

/** In the order of docs/settings.md, so that the message is the same each time. */
export function inOrder(problems: readonly SettingProblem[]): readonly SettingProblem[] {
  const order = Object.keys(properties);
  return [...problems].sort((a, b) => order.indexOf(a.setting) - order.indexOf(b.setting));
}
