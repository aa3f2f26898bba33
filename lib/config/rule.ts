import type { ParsedSettings, SettingProblem } from './read.ts';
import type { SettingName } from './schema.ts';

/** The settings that could be read. */
export type Parsed = Partial<ParsedSettings>;

/** Whether a setting has a value, valid or not: an invalid one is not also reported as missing. */
export type Given = (setting: SettingName) => boolean;

/** Finds what is wrong with settings that depend on each other. */
export type Rule = (parsed: Parsed, given: Given) => readonly SettingProblem[];

/**
 * Exactly one of two alternative settings must be set.
 *
 * @param because why one is needed, if that depends on other settings
 */
export function exactlyOne(
  given: Given,
  first: SettingName,
  second: SettingName,
  firstIs: string,
  secondIs: string,
  because?: string,
): readonly SettingProblem[] {
  if (given(first) !== given(second)) return [];
  if (given(first)) return [{ setting: first, message: `set together with ${second}: expected one of them` }];
  const why = because === undefined ? '' : `, because ${because}`;
  return [{ setting: first, message: `missing: expected ${firstIs}, or ${secondIs} in ${second}${why}` }];
}
