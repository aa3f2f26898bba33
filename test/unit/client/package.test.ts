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

test('bundles for browsers as it is, without a module of Node', async () => {
  const { outputFiles } = await build({
    entryPoints: [join(PACKAGE, 'src/index.ts')],
    bundle: true,
    platform: 'browser',
    format: 'esm',
    write: false,
    logLevel: 'silent',
  });
  expect(outputFiles).toHaveLength(1);
  expect(outputFiles[0]?.text).not.toMatch(/^import |require\(/m);
});
