import type { Command, Option } from 'commander';

/** What a script gets from npm, beside its own arguments. */
type Env = Readonly<Record<string, string | undefined>>;

/**
 * Ends a command that was run as `npm start --port 7199`: without `--` before them, npm takes the flags for its own, and
 * the command would run without them. npm passes them to its scripts in the environment, as `npm_config_port`.
 *
 * @param words the command's arguments, among which npm leaves the values of such flags
 */
export function refuseFlagsOfNpm(
  command: Command,
  words: readonly string[] = process.argv.slice(2),
  env: Env = process.env,
): Command {
  const line = lineToType(command, words, env);
  if (line !== undefined) {
    command.error(`error: npm keeps flags to itself unless -- stands before them. Type: ${line}`);
  }
  return command;
}

function lineToType(command: Command, words: readonly string[], env: Env): string | undefined {
  // npm sets it for every script that it runs, and nothing else does.
  if (env['npm_lifecycle_event'] === undefined) return undefined;
  const taken = command.options.filter((option) => env[variableOf(option)] !== undefined);
  if (taken.length === 0) return undefined;
  // npm cuts the value off a flag that it does not know, unless it stands after "=".
  const without = taken.filter((option) => option.required && env[variableOf(option)] === 'true');
  const flags = taken.map((option) => {
    if (!option.required) return option.long;
    if (!without.includes(option)) return `${option.long} ${env[variableOf(option)]}`;
    return without.length === 1 && words.length === 1 ? `${option.long} ${words[0]}` : option.flags;
  });
  return [command.name(), ...flags].join(' ');
}

function variableOf({ long }: Option): string {
  return `npm_config_${long?.slice(2).replaceAll('-', '_')}`;
}
