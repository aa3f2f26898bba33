import type { ParsedSettings } from './read.ts';
import type { SettingName } from './schema.ts';
import type { SettingProblem } from './settingsError.ts';

/** What could be read of the settings. */
export type Parsed = Partial<ParsedSettings>;

/** What is wrong with the settings together; `given`: whether a setting has a value at all, sound or not. */
export type Rule = (parsed: Parsed, given: (setting: SettingName) => boolean) => readonly SettingProblem[];

/** Of two settings that stand for each other one must be set, and not both. */
export function exactlyOne(
  given: (setting: SettingName) => boolean,
  first: SettingName,
  second: SettingName,
  firstIs: string,
  secondIs: string,
): readonly SettingProblem[] {
  if (given(first) !== given(second)) return [];
  return [
    given(first)
      ? { setting: first, message: `set together with ${second}: expected one of them` }
      : { setting: first, message: `missing: expected ${firstIs}, or ${secondIs} in ${second}` },
  ];
}
