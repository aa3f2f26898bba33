import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeNotices } from '../../../scripts/notices.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const folder = temporaryFolder();
const outfile = join(folder.path, 'notices.txt');

afterAll(() => folder.remove());

/** A package as it is installed; returns a file of it, as a metafile would name it. */
function installed(path: string, manifest: object, files: Readonly<Record<string, string>> = {}): string {
  const home = join(folder.path, 'node_modules', path);
  mkdirSync(home, { recursive: true });
  for (const [file, text] of Object.entries({ ...files, 'package.json': JSON.stringify(manifest) }))
    writeFileSync(join(home, file), text);
  return join(home, 'index.js');
}

function metafile(...inputs: readonly string[]): string {
  const file = join(folder.path, 'some.meta.json');
  writeFileSync(file, JSON.stringify({ inputs: Object.fromEntries(inputs.map((input) => [input, {}])) }));
  return file;
}

const one = installed(
  'a',
  { name: 'a', version: '1.0.0', license: 'MIT' },
  { LICENSE: 'The text of a 1\r\n' },
);
const two = installed(
  'b/node_modules/a',
  { name: 'a', version: '2.0.0', license: 'ISC' },
  { 'license.md': 'The text of a 2' },
);
const scoped = installed('@a/c', { name: '@a/c', version: '3.0.0', license: 'MIT' }, { LICENCE: 'And c' });
const without = installed('d', { name: 'd', version: '4.0.0', license: 'MIT' }, { 'README.md': 'MIT' });

test('has each package once, two versions of one as two, and what is scoped beside its namesake', async () => {
  await writeNotices(outfile, [metafile('lib/broker.ts', one, one.replace('index', 'other'), two, scoped)]);
  const line = '='.repeat(72);
  expect(readFileSync(outfile, 'utf8').split(`\n\n${line}\n\n`)).toEqual([
    'This product contains the packages below, each under its own licence.',
    '@a/c 3.0.0 (MIT)\n\nAnd c',
    'a 1.0.0 (MIT)\n\nThe text of a 1',
    'a 2.0.0 (ISC)\n\nThe text of a 2\n',
  ]);
});

test('a package without a licence text fails, by name', async () => {
  await expect(writeNotices(outfile, [metafile(one, without)])).rejects.toThrow(
    'No licence text comes with d 4.0.0 (MIT). Find it, and keep it as scripts/licences/<package>.txt.',
  );
});
