import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { relative } from 'node:path';
import { readEntry } from './configuration.ts';
import { supplyCore, type Core } from './core.ts';
import { StartError } from './errors.ts';
import { describe, type Log } from './logging.ts';

export interface App {
  readonly core: Core;
  /** Why the app did not start: every function of it then fails, but the host stays up, as in Azure. */
  readonly startError: unknown;
}

/** Loads the app's entry. Only a missing entry is an error of the host. */
export async function loadApp(directory: string, log: Log): Promise<App> {
  const entry = readEntry(directory);
  if (!existsSync(entry)) {
    throw new StartError(`${relative(process.cwd(), entry)} does not exist: run npm run build`);
  }
  const core = supplyCore((level, _category, message) => log({ level, message }));
  try {
    createRequire(entry)(entry);
    const capabilities = await core.model()?.getCapabilities?.({});
    if (capabilities?.['HttpUri'] !== undefined) {
      throw new Error('enableHttpStream is not supported by this host: leave it off');
    }
    return { core, startError: undefined };
  } catch (error) {
    log({
      level: 'error',
      message: `the app did not start, every function of it will fail: ${describe(error)}`,
    });
    return { core, startError: error ?? new Error('unknown') };
  } finally {
    core.endStartup();
  }
}
