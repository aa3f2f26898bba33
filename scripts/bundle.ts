import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { BuildOptions } from 'esbuild';
import { LEAST_NODE } from '../lib/readiness.ts';
import { onDemand } from './onDemand.ts';

const ROOT = join(import.meta.dirname, '..');

/**
 * How the app is bundled into one file, with a few beside it that are loaded on demand. Bundles for purposes other than
 * deployment extend these options.
 */
export const BUNDLE: BuildOptions = {
  entryPoints: [join(ROOT, 'functions/main.ts')],
  bundle: true,
  platform: 'node',
  target: `node${LEAST_NODE}`,
  format: 'cjs',
  minify: true,
  sourcemap: 'linked',
  // The packages' ES modules can be tree-shaken: they load in little more than half the time of the CJS builds.
  mainFields: ['module', 'main'],
  conditions: ['import'],
  // The Functions runtime provides it.
  external: ['@azure/functions-core'],
  plugins: [onDemand()],
  logLevel: 'warning',
};

/** Compiles the schemas to `lib/generated`, which the bundle needs; ends the process if that fails. */
export function compileSchemas(): void {
  const compiled = spawnSync(process.execPath, [join(ROOT, 'scripts/compile-schemas.ts')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (compiled.status !== 0) process.exit(compiled.status ?? 1);
}
