import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  type DisposableTempDir,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

type Packages = Record<string, object>;

const SCRIPTS = join(__dirname, '../../../scripts');
const DEP = { version: '1.2.3', integrity: 'sha512-AA==', dev: true };

let temporary: DisposableTempDir;
let root: string;

beforeEach(() => {
  temporary = temporaryFolder();
  root = join(temporary.path, 'project');
  for (const name of ['with-dependencies.mjs', 'launch.mjs', 'dependencies.mjs']) {
    cpSync(join(SCRIPTS, name), join(root, 'scripts', name));
  }
  json('package.json', { engines: { node: '>=20.19' } });
});
afterEach(() => temporary.remove());

function json(file: string, content: object): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), JSON.stringify(content));
}

/** What package-lock.json asks for, and what npm says it has installed. */
function project({ wanted, installed }: { wanted: Packages; installed?: Packages }): void {
  json('package-lock.json', { packages: { '': { name: 'project' }, ...wanted } });
  if (installed === undefined) return;
  json('node_modules/.package-lock.json', { packages: installed });
  writeFileSync(join(root, 'node_modules/before'), 'as it was');
}

/** Puts an npm first on the PATH that runs this instead. */
function npmThat(script: string): NodeJS.ProcessEnv {
  const bin = join(temporary.path, 'bin');
  mkdirSync(bin, { recursive: true });
  const source = `#!${process.execPath}\nconst fs = require('node:fs');\n${script}`;
  writeFileSync(join(bin, 'npm'), source, { mode: 0o755 });
  return { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}` };
}

/** Installs as npm does: what was there goes first. */
const INSTALLS = `
  fs.rmSync('node_modules', { recursive: true, force: true });
  const { packages } = JSON.parse(fs.readFileSync('package-lock.json'));
  delete packages[''];
  for (const name in packages) fs.mkdirSync(name, { recursive: true });
  fs.writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages }));
  console.log('npm installed with ' + process.argv.slice(2).join(' '));
`;
const FAILS = `${INSTALLS} process.exit(1);`;

const PRINTS = ['node', '-p', '"the command ran"'];
const launcher = (): string => join(root, 'scripts/with-dependencies.mjs');

function run(env: NodeJS.ProcessEnv): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [launcher(), ...PRINTS], { env, encoding: 'utf8' });
}

describe('what is installed counts, whatever the times', () => {
  const optional = { version: '4.0.0', optional: true, os: ['aix'] };
  const registry = { ...DEP, resolved: 'https://packages.example/dep-1.2.3.tgz' };
  const link = { resolved: 'test/dep', link: true };

  test.each<[string, Packages, Packages]>([
    ['the same', { 'node_modules/dep': DEP }, { 'node_modules/dep': DEP }],
    ['without what is for another system', { 'node_modules/other': optional }, {}],
    [
      'with an address that the lock file omits',
      { 'node_modules/dep': DEP },
      { 'node_modules/dep': registry },
    ],
    ['a link to the same folder', { 'node_modules/dep': link }, { 'node_modules/dep': link }],
  ])('%s: nothing is installed', (_case, wanted, installed) => {
    project({ wanted, installed });
    const later = new Date(Date.now() + 3_600_000);
    utimesSync(join(root, 'package-lock.json'), later, later);
    expect(run(npmThat(FAILS))).toMatchObject({ status: 0, stdout: 'the command ran\n', stderr: '' });
    expect(readFileSync(join(root, 'node_modules/before'), 'utf8')).toBe('as it was');
  });

  test.each<[string, Packages, Packages]>([
    ['another version', { 'node_modules/dep': DEP }, { 'node_modules/dep': { ...DEP, version: '1.2.2' } }],
    [
      'other bytes',
      { 'node_modules/dep': DEP },
      { 'node_modules/dep': { ...DEP, integrity: 'sha512-BB==' } },
    ],
    ['one too few', { 'node_modules/dep': DEP }, {}],
    ['one too many', {}, { 'node_modules/dep': DEP }],
    ['a link to elsewhere', { 'node_modules/dep': link }, { 'node_modules/dep': { ...link, resolved: 'x' } }],
  ])('%s: all is installed anew, even from a lock file that is older', (_case, wanted, installed) => {
    project({
      wanted: { ...wanted, 'node_modules/more': DEP },
      installed: { ...installed, 'node_modules/more': DEP },
    });
    utimesSync(join(root, 'package-lock.json'), 1, 1);
    const { status, stdout, stderr } = run(npmThat(INSTALLS));
    expect([status, stdout]).toEqual([0, 'the command ran\n']);
    expect(stderr).toContain('npm installed with ci --include=dev');
    expect(existsSync(join(root, 'node_modules/before'))).toBe(false);
    expect(existsSync(join(root, 'node_modules/more'))).toBe(true);
    expect(readdirSync(join(root, '.local'))).toEqual([]);
  });

  test('a link to the packages of another checkout is left alone', () => {
    project({ wanted: { 'node_modules/dep': DEP } });
    mkdirSync(join(temporary.path, 'elsewhere'));
    symlinkSync(join(temporary.path, 'elsewhere'), join(root, 'node_modules'));
    expect(run(npmThat(FAILS))).toMatchObject({ status: 0, stdout: 'the command ran\n' });
    expect(readdirSync(join(temporary.path, 'elsewhere'))).toEqual([]);
  });
});

test('when the install fails, node_modules is as it was, and the command is not run', () => {
  project({ wanted: { 'node_modules/dep': DEP }, installed: {} });
  const { status, stdout, stderr } = run(npmThat(FAILS));
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toContain(
    'npm ci failed: see above. Is the package registry reachable? node_modules is as it was before.',
  );
  expect(readdirSync(join(root, 'node_modules'))).toEqual(['.package-lock.json', 'before']);
  expect(readdirSync(join(root, '.local'))).toEqual([]);
});

test('the packages of a folder of the project are put into that folder', () => {
  project({
    wanted: {
      'node_modules/inner': { resolved: 'test/inner', link: true },
      'test/inner': { version: '0.0.0' },
      'test/inner/node_modules/dep': DEP,
    },
  });
  json('test/inner/package.json', { name: 'inner' });
  const reads = `fs.readFileSync('test/inner/package.json'); ${INSTALLS}`;
  expect(run(npmThat(reads))).toMatchObject({ status: 0, stdout: 'the command ran\n' });
  expect(existsSync(join(root, 'test/inner/node_modules/dep'))).toBe(true);
  expect(existsSync(join(root, 'test/inner/package.json'))).toBe(true);
});

test('two at the same moment: both run, what they run from stays whole', async () => {
  project({ wanted: { 'node_modules/dep': DEP }, installed: {} });
  // Each waits until both have installed.
  const meet = JSON.stringify(join(temporary.path, 'met-'));
  const env = npmThat(`${INSTALLS}
    fs.writeFileSync(${meet} + process.pid, '');
    const folder = require('node:path').dirname(${meet});
    const wait = setInterval(() => {
      if (fs.readdirSync(folder).filter((name) => name.startsWith('met-')).length === 2) clearInterval(wait);
    }, 5);
  `);
  const reads = `require('node:fs').readdirSync('node_modules/dep'); console.log('whole')`;
  const both = [1, 2].map(async () => {
    const child = spawn(process.execPath, [launcher(), 'node', '-e', reads], { env });
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return { stdout, failed: stderr.includes('Error') };
  });
  const whole = { stdout: 'whole\n', failed: false };
  expect(await Promise.all(both)).toEqual([whole, whole]);
  expect(readdirSync(join(root, '.local'))).toEqual([]);
});

test('what a killed install has left is removed by the next', () => {
  project({ wanted: { 'node_modules/dep': DEP } });
  json(`.local/install-${2 ** 30}/node_modules/half`, {}); // No system gives a process this number.
  json('.local/stack.json', {});
  run(npmThat(INSTALLS));
  expect(readdirSync(join(root, '.local'))).toEqual(['stack.json']);
});

test('settings before the command are its environment, on any system', () => {
  project({ wanted: {}, installed: {} });
  const prints = [
    'node',
    '-p',
    'process.env.MODEL_RUNS + process.env.E2E_FLEET + process.argv.slice(1)',
    'A=1',
  ];
  const args = [launcher(), 'MODEL_RUNS=12', 'E2E_FLEET=a b', ...prints];
  expect(spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout).toBe('12a bA=1\n');
});

test('a Node that is too old is one line', () => {
  json('package.json', { engines: { node: '>=99.1' } });
  expect(run(npmThat(FAILS))).toMatchObject({
    status: 1,
    stdout: '',
    stderr: `Node.js 99.1 or newer is needed, and this is ${process.version}. Get one from https://nodejs.org/\n`,
  });
});

test('by the real npm, from nothing, and then without a registry after the lock file was touched', () => {
  json('package.json', {
    name: 'project',
    version: '1.0.0',
    engines: { node: '>=20.19' },
    devDependencies: { inner: 'file:inner' },
  });
  json('inner/package.json', { name: 'inner', version: '1.0.0', bin: { inner: 'inner.js' } });
  writeFileSync(join(root, 'inner/inner.js'), '#!/usr/bin/env node\nconsole.log("the inner command ran");', {
    mode: 0o755,
  });
  const env = {
    ...process.env,
    npm_config_registry: 'http://127.0.0.1:9/',
    npm_config_cache: join(temporary.path, 'cache'),
  };
  execFileSync('npm', ['install', '--package-lock-only', '--loglevel=error'], { cwd: root, env });
  const command = (): string =>
    execFileSync(process.execPath, [launcher(), 'inner'], { env, encoding: 'utf8', stdio: 'pipe' });
  expect(command()).toBe('the inner command ran\n');
  const before = readFileSync(join(root, 'node_modules/.package-lock.json'), 'utf8');
  writeFileSync(join(root, 'node_modules/before'), '');
  writeFileSync(join(root, 'package-lock.json'), readFileSync(join(root, 'package-lock.json')));
  expect(command()).toBe('the inner command ran\n');
  expect(existsSync(join(root, 'node_modules/before'))).toBe(true);
  expect(JSON.parse(before)).toMatchObject({ packages: { 'node_modules/inner': { link: true } } });
});
