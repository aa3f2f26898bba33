/** Builds `dist/main.cjs`: the schemas compiled, then everything in one file. Needs no network. */
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { BUNDLE, compileSchemas } from './bundle.ts';

const DIST = join(import.meta.dirname, '../dist');

compileSchemas();
rmSync(DIST, { recursive: true, force: true });
await build({ ...BUNDLE, outfile: join(DIST, 'main.cjs') });
console.log(`dist/main.cjs  ${Math.round(statSync(join(DIST, 'main.cjs')).size / 1024)} KB`);
