/** Builds `dist/main.cjs`: the schemas compiled, then everything in one file. Needs no network. */
import { spawnSync } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');

const compiled = spawnSync(process.execPath, [join(ROOT, 'scripts/compile-schemas.ts')], {
  stdio: 'inherit',
});
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
await build({
  entryPoints: [join(ROOT, 'functions/main.ts')],
  outfile: join(ROOT, 'dist/main.cjs'),
  bundle: true,
  platform: 'node',
  // Azure runs Node 22 or 24.
  target: 'node22',
  format: 'cjs',
  minify: true,
  sourcemap: 'linked',
  // The packages' ES modules can be shaken: measured, they load in little more than half the time of the CJS builds.
  mainFields: ['module', 'main'],
  conditions: ['import'],
  // The Functions runtime provides it.
  external: ['@azure/functions-core'],
  logLevel: 'warning',
});
console.log(`dist/main.cjs  ${Math.round(statSync(join(ROOT, 'dist/main.cjs')).size / 1024)} KB`);
