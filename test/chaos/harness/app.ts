import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Plugin, build } from 'esbuild';
import { BUNDLE } from '../../../scripts/bundle.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

/** A built app in a folder of its own, so that a build beside it cannot pull it away from a broker that restarts. */
export interface BuiltApp {
  readonly folder: string;
  remove(): void;
}

interface HostJson {
  readonly logging: Readonly<Record<string, unknown>>;
}

export interface BuildOptions {
  readonly plugins?: readonly Plugin[];
  /** As host.json spells it; default: every event. */
  readonly logLevel?: 'Debug' | 'Warning';
}

/** Bundles the app as it is bundled to deploy. */
export async function buildApp({ plugins = [], logLevel = 'Debug' }: BuildOptions = {}): Promise<BuiltApp> {
  const folder = temporaryFolder();
  const hostJson = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../../host.json'), 'utf8'),
  ) as HostJson;
  const logging = { ...hostJson.logging, logLevel: { default: logLevel } };
  writeFileSync(join(folder.path, 'host.json'), JSON.stringify({ ...hostJson, logging }));
  writeFileSync(join(folder.path, 'package.json'), JSON.stringify({ main: 'main.cjs' }));
  await build({ ...BUNDLE, sourcemap: false, outfile: join(folder.path, 'main.cjs'), plugins: [...plugins] });
  return { folder: folder.path, remove: () => folder.remove() };
}
