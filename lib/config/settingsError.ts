/** What is wrong with one setting; `message` says what it should be and never repeats the value. */
export interface SettingProblem {
  readonly setting: string;
  readonly message: string;
}

/** Everything that is wrong with the settings at once, for the log and for `ready`. Holds no secret. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly problems: readonly SettingProblem[];
  /** Not wrong in themselves, but often the reason: names that are no settings. */
  readonly warnings: readonly SettingProblem[];

  constructor(problems: readonly SettingProblem[], warnings: readonly SettingProblem[] = []) {
    const told = [...problems, ...warnings].map(({ setting, message }) => `${setting}: ${message}`);
    super(`The settings are not valid. ${told.join('. ')}. See docs/settings.md.`);
    this.problems = problems;
    this.warnings = warnings;
  }
}
