/**
 * Makes what a release consists of, in one folder: the notes, the broker's package and the clients' packages. Publishes
 * nothing; .github/workflows/release.yml does.
 *
 *     node scripts/release.ts --tag v0.2.0 --out .local/release
 */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { notesOf, requireVersion } from './releaseNotes.ts';

const ROOT = join(import.meta.dirname, '..');

/** Where a version stands, and how it is written there. A folder that does not exist has none. */
const VERSIONS = [
  { file: 'package.json', pattern: /"version": "([^"]+)"/ },
  { file: 'clients/typescript/package.json', pattern: /"version": "([^"]+)"/ },
  { file: 'clients/csharp/AllocationBroker.Client.csproj', pattern: /<Version>([^<]+)</ },
  { file: 'clients/csharp/src/package.json', pattern: /"version": "([^"]+)"/ },
  { file: 'clients/unreal/AllocationBroker.uplugin', pattern: /"VersionName": "([^"]+)"/ },
];

const { tag, out } = parseArgs({
  options: { tag: { type: 'string' }, out: { type: 'string', default: '.local/release' } },
}).values;
if (tag === undefined) throw new Error('Say which release: --tag v0.2.0');

const version = tag.replace(/^v/, '');
for (const { file, pattern } of VERSIONS) {
  if (existsSync(join(ROOT, file))) requireVersion(version, { file, text: read(file), pattern });
}
const notes = notesOf(read('CHANGELOG.md'), version);

const folder = join(ROOT, out);
const packages = join(folder, 'packages');
rmSync(folder, { recursive: true, force: true });
mkdirSync(packages, { recursive: true });
writeFileSync(join(folder, 'notes.md'), notes);

run('npm', ['run', 'package']);
copyFileSync(join(ROOT, 'dist/allocation-broker.zip'), join(packages, `allocation-broker-${version}.zip`));
npmPack('clients/typescript');
if (existsSync(join(ROOT, 'clients/csharp'))) {
  run('dotnet', [
    'pack',
    '--configuration',
    'Release',
    '--output',
    packages,
    'clients/csharp/AllocationBroker.Client.csproj',
  ]);
  // Unity's package manager installs what npm packs.
  npmPack('clients/csharp/src');
}
console.log(`${out}: notes.md and\n  ${readdirSync(packages).join('\n  ')}`);

function npmPack(client: string): void {
  run('npm', ['pack', '--pack-destination', packages], client);
}

function run(command: string, args: readonly string[], cwd = ''): void {
  execFileSync(command, args, { cwd: join(ROOT, cwd), stdio: ['ignore', 2, 2] });
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}
