import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { BUNDLE, compileSchemas } from '../../scripts/bundle.ts';
import type { Apps } from '../part.ts';
import { temporaryFolder } from '../../test/support/temporaryFolder.ts';

const HERE = import.meta.dirname;

export interface BuiltApps {
  readonly apps: Apps;
  readonly remove: () => void;
}

/** Builds the broker and its floors, each as for deployment and into its own folder. */
export async function buildApps(): Promise<BuiltApps> {
  compileSchemas();
  const root = temporaryFolder();
  const app = async (name: string, entry: string): Promise<string> => {
    const folder = join(root.path, name);
    await build({ ...BUNDLE, entryPoints: [entry], sourcemap: false, outfile: join(folder, 'main.cjs') });
    copyFileSync(join(HERE, '../../host.json'), join(folder, 'host.json'));
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ main: 'main.cjs', type: 'commonjs' }));
    return folder;
  };
  const [broker, floor, library] = await Promise.all([
    app('broker', join(HERE, '../../functions/main.ts')),
    app('floor', join(HERE, '../floors/functions.ts')),
    app('library', join(HERE, '../floors/library.ts')),
  ]);
  return { apps: { broker, floor, library }, remove: () => root.remove() };
}
