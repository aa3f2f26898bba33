import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const PACKAGE = join(__dirname, '../../../clients/typescript');

test('depends on nothing, so there are no notices of others to ship', () => {
  const manifest = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as object;
  expect(Object.keys(manifest)).not.toEqual(expect.arrayContaining([expect.stringMatching(/dependencies/i)]));
});

test('carries its licence, the same as the whole project', () => {
  const root = join(PACKAGE, '../..');
  expect(readFileSync(join(PACKAGE, 'LICENSE'), 'utf8')).toBe(readFileSync(join(root, 'LICENSE'), 'utf8'));
});

async function bundle(entry: string): Promise<{ readonly text: string; readonly inputs: readonly string[] }> {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(PACKAGE, entry)],
    bundle: true,
    platform: 'browser',
    format: 'esm',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  expect(outputFiles).toHaveLength(1);
  return { text: outputFiles[0]?.text ?? '', inputs: Object.keys(metafile.inputs) };
}

test.each(['src/index.ts', 'src/server.ts'])(
  'bundles for browsers as it is, without a module of Node: %s',
  async (entry) => {
    expect((await bundle(entry)).text).not.toMatch(/^import |require\(/m);
  },
);

test('gives players no way to end a session', async () => {
  const players = await bundle('src/index.ts');
  expect(players.inputs.filter((file) => file.endsWith('/server.ts'))).toEqual([]);
  expect(players.text).not.toContain('"DELETE"');
  expect((await bundle('src/server.ts')).text).toContain('"DELETE"');
});
