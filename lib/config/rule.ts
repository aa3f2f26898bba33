import type { ParsedSettings, SettingProblem } from './read.ts';
import type { SettingName } from './schema.ts';

/** What could be read of the settings. */
export type Parsed = Partial<ParsedSettings>;

/** Whether a setting has a value at all, sound or not: a broken one is not also "missing". */
export type Given = (setting: SettingName) => boolean;

/** What is wrong with the settings together. */
export type Rule = (parsed: Parsed, given: Given) => readonly SettingProblem[];

/**
 * Of two settings that stand for each other one must be set, and not both.
 *
 * @param because why one is needed, where that depends on other settings
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
