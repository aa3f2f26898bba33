/**
 * Makes the deployment package: `dist/package/`, a folder that Core Tools can start, and the same as a zip. Run after
 * `npm run build`.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { zipSync } from 'fflate';
import { NOTICES } from './notices.ts';
import { ON_DEMAND_FILES } from './onDemand.ts';

const ROOT = join(import.meta.dirname, '..');
const FOLDER = join(ROOT, 'dist/package');
const ZIP = join(ROOT, 'dist/allocation-broker.zip');

/** Everything else stays here: tests, sources, source maps, the lock file. `ops.html` is the operators' page. */
const FILES = [
  { from: 'dist/main.cjs', to: 'main.cjs' },
  ...ON_DEMAND_FILES.map((file) => ({ from: `dist/${file}`, to: file })),
  { from: 'dist/ops.html', to: 'ops.html' },
  { from: `dist/${NOTICES}`, to: NOTICES },
  { from: 'LICENSE', to: 'LICENSE' },
  { from: 'host.json', to: 'host.json' },
];

/** What Core Tools read beside the package. It is its user's from the first time on: no build changes or removes it. */
const LOCAL_SETTINGS = 'local.settings.json';

/** A fixed time, so that the same sources give the same bytes; a zip holds local times from 1980 on. */
const ZIP_TIME = new Date(1980, 0, 2);

const { local } = new Command('npm run package --')
  .description(
    'Makes the deployment package: dist/allocation-broker.zip, and the same as the folder dist/package.',
  )
  .option('--local', 'adds a local.settings.json for the stack on this machine, unless there is one already')
  .parse()
  .opts<{ local?: true }>();

mkdirSync(FOLDER, { recursive: true });
for (const name of readdirSync(FOLDER).filter((name) => name !== LOCAL_SETTINGS)) {
  rmSync(join(FOLDER, name), { recursive: true, force: true });
}
for (const { from, to } of FILES) {
  if (!existsSync(join(ROOT, from))) throw new Error(`${from} is missing: run npm run build first`);
  cpSync(join(ROOT, from), join(FOLDER, to));
}
writeFileSync(join(FOLDER, 'package.json'), `${JSON.stringify(packageJson(), null, 2)}\n`);

// It may hold secrets of its user's: it deploys nowhere.
const files = readdirSync(FOLDER)
  .filter((name) => name !== LOCAL_SETTINGS)
  .sort();
const contents = Object.fromEntries(
  files.map((name) => [name, new Uint8Array(readFileSync(join(FOLDER, name)))]),
);
const zip = zipSync(contents, { level: 9, mtime: ZIP_TIME });
writeFileSync(ZIP, zip);
for (const [name, bytes] of Object.entries(contents)) console.log(`${kilobytes(bytes)}  ${name}`);
console.log(`${kilobytes(zip)}  dist/allocation-broker.zip`);
if (local) addLocalSettings(join(FOLDER, LOCAL_SETTINGS));

function addLocalSettings(path: string): void {
  const there = existsSync(path);
  if (!there) cpSync(join(ROOT, 'local.settings.sample.json'), path);
  console.log(`
dist/package/${LOCAL_SETTINGS} ${there ? 'stays as it is' : 'is for the stack on this machine'}. To run the package:
  npm start -- --without-broker      in one terminal
  cd dist/package && func start      in another`);
}

/** Without scripts or dependencies: everything is bundled, and nothing is to be installed or run in Azure. */
function packageJson(): object {
  const { name, version, license } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<
    string,
    string
  >;
  return { name, version, license, private: true, main: 'main.cjs', engines: { node: '>=22' } };
}

function kilobytes(bytes: Uint8Array): string {
  return `${(bytes.byteLength / 1024).toFixed(0).padStart(6)} KB`;
}
