/**
 * Builds `dist/main.cjs` and what it loads on demand, the operators' page, the command and the notices of all that is
 * bundled: the schemas compiled, then bundled. Needs no network.
 */
import { globSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { buildHistory } from './build-history.ts';
import { buildOps } from './build-ops.ts';
import { BUNDLE, compileSchemas } from './bundle.ts';
import { NOTICES, writeMetafile, writeNotices } from './notices.ts';
import { ON_DEMAND_FILES } from './onDemand.ts';

const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');

compileSchemas();
mkdirSync(DIST, { recursive: true });
// The package's folder is scripts/package.ts's, and settings of its user's own may be in it.
for (const name of readdirSync(DIST).filter((name) => name !== 'package')) {
  rmSync(join(DIST, name), { recursive: true, force: true });
}
const main = join(DIST, 'main.cjs');
writeMetafile(main, (await build({ ...BUNDLE, outfile: main, metafile: true })).metafile);
await buildOps(join(DIST, 'ops.html'));
await buildHistory(join(DIST, 'history.cjs'));
const metafiles = globSync(['dist/*.meta.json', 'lib/generated/*.meta.json'], { cwd: ROOT });
await writeNotices(
  join(DIST, NOTICES),
  metafiles.map((file) => join(ROOT, file)),
);
for (const file of ['main.cjs', ...ON_DEMAND_FILES, 'ops.html', 'history.cjs', NOTICES]) {
  console.log(`dist/${file}  ${Math.round(statSync(join(DIST, file)).size / 1024)} KB`);
}
