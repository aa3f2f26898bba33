/** The TypeScript client as npm would publish it. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const ROOT = join(__dirname, '../../..');
const run = promisify(execFile);

let folder: ReturnType<typeof temporaryFolder>;
let tarball: string;
let files: readonly string[];

beforeAll(async () => {
  folder = temporaryFolder();
  const cwd = join(ROOT, 'clients/typescript');
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder.path], { cwd });
  const [packed] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  tarball = join(folder.path, packed.filename);
  files = packed.files.map(({ path }) => path).sort();
});

afterAll(() => folder.remove());

test('holds what was built, its types, the licence and the README', () => {
  expect(files.filter((file) => !file.startsWith('dist/'))).toEqual(['LICENSE', 'README.md', 'package.json']);
  expect(files).toEqual(
    expect.arrayContaining(['dist/index.js', 'dist/index.d.ts', 'dist/server.js', 'dist/server.d.ts']),
  );
  expect(files.filter((file) => !/(LICENSE|README\.md|\.json|\.js|\.d\.ts)$/.test(file))).toEqual([]);
});

test('publint finds nothing', async () => {
  const { stdout } = await run(bin('publint'), ['run', tarball, '--strict']);
  expect(stdout).toContain('All good!');
});

test('its types are found by every resolver; CommonJS loads it as the ES module that it is', async () => {
  const { stdout } = await run(bin('attw'), [
    tarball,
    '--format',
    'json',
    '--ignore-rules',
    'cjs-resolves-to-esm',
  ]);
  const { analysis } = JSON.parse(stdout) as {
    analysis: { problems: { kind: string }[]; types: { kind: string } };
  };
  expect(analysis.types.kind).toBe('included');
  expect([...new Set(analysis.problems.map(({ kind }) => kind))]).toEqual(['CJSResolvesToESM']);
});

test('has the version of the project', () => {
  const version = (file: string): unknown =>
    (JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as { version?: unknown }).version;
  expect(version('clients/typescript/package.json')).toBe(version('package.json'));
});

function bin(name: string): string {
  return join(ROOT, 'node_modules/.bin', name);
}
