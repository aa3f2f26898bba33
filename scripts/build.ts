/** Builds `dist/main.cjs` and what it loads on demand: the schemas compiled, then bundled. Needs no network. */
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { buildHistory } from './build-history.ts';
import { buildOps } from './build-ops.ts';
import { BUNDLE, compileSchemas } from './bundle.ts';
import { ON_DEMAND_FILES } from './onDemand.ts';

const DIST = join(import.meta.dirname, '../dist');

compileSchemas();
rmSync(DIST, { recursive: true, force: true });
await build({ ...BUNDLE, outfile: join(DIST, 'main.cjs') });
await buildOps(join(DIST, 'ops.html'));
await buildHistory(join(DIST, 'history.cjs'));
for (const file of ['main.cjs', ...ON_DEMAND_FILES, 'ops.html', 'history.cjs']) {
  console.log(`dist/${file}  ${Math.round(statSync(join(DIST, file)).size / 1024)} KB`);
}
