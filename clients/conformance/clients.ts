import { execSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The project's root: commands run there. */
export const ROOT = join(import.meta.dirname, '../..');

/** How a client's driver is built and started. */
export interface Client {
  readonly name: string;
  readonly command: string;
  readonly prepare?: string;
}

/**
 * A client of this project by its folder's name, or whatever command is given.
 *
 * @throws Error when a name has no driver
 */
export function clientOf(nameOrCommand: string): Client {
  if (!/^[\w-]+$/.test(nameOrCommand)) return { name: nameOrCommand, command: nameOrCommand };
  const manifest = `clients/${nameOrCommand}/conformance.json`;
  if (!existsSync(join(ROOT, manifest))) {
    throw new Error(
      `There is no ${manifest}. A command needs a path or an argument, such as ./${nameOrCommand}.`,
    );
  }
  const { command, prepare } = JSON.parse(readFileSync(join(ROOT, manifest), 'utf8')) as Client;
  return { name: nameOrCommand, command, ...(prepare === undefined ? {} : { prepare }) };
}

/** Builds the driver, where there is something to build; what it prints goes to standard error. */
export function prepare({ name, prepare: command }: Client): void {
  if (command === undefined) return;
  console.error(`${name}: ${command}`);
  execSync(command, { cwd: ROOT, stdio: ['ignore', 2, 2] });
}
