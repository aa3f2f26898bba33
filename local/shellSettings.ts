import type { Env } from '../lib/config/read.ts';
import { OWN_NAMES } from '../lib/config/schema.ts';

/** Whether a shell may have set it for a deployed broker. */
const isSetting = (name: string): boolean => OWN_NAMES.test(name) || name.startsWith('BrokerStorage');

/** What the local stack makes of the settings in the shell that started it. */
export interface ShellSettings {
  /** Settings that the broker gets, beside the stack's own. */
  readonly taken: Readonly<Record<string, string>>;
  /** Names of settings that it does not get. */
  readonly ignored: readonly string[];
}

/**
 * Of the shell's settings the local broker gets those with BROKER_ that the stack does not set itself. So no endpoint
 * and no credential of a real fleet or storage account, whatever the shell exports, ever reaches it.
 *
 * @param own what the stack sets
 */
export function shellSettings(shell: Env, own: Env): ShellSettings {
  const names = Object.keys(shell)
    .filter((name) => isSetting(name) && shell[name] !== '')
    .toSorted();
  const isTaken = (name: string): boolean => name.startsWith('BROKER_') && !Object.hasOwn(own, name);
  return {
    taken: Object.fromEntries(names.filter(isTaken).map((name) => [name, shell[name] ?? ''])),
    ignored: names.filter((name) => !isTaken(name)),
  };
}
