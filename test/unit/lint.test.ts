/** House rules that the linter holds: each is broken once here. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

/** The rules that a text breaks as a file of lib. */
function rulesBrokenBy(source: string): readonly string[] {
  const eslint = join(ROOT, 'node_modules/eslint/bin/eslint.js');
  const options = ['--stdin', '--stdin-filename', 'lib/clock.ts', '--format', 'json'];
  const { stdout } = spawnSync(process.execPath, [eslint, ...options], { cwd: ROOT, input: source });
  const [file] = JSON.parse(stdout.toString()) as { messages: { ruleId: string | null }[] }[];
  return (file?.messages ?? []).map(({ ruleId }) => ruleId ?? 'cannot be read');
}

it.each([
  [
    'a port with a mutable member',
    'export interface Port {\n  charge: string | undefined;\n}\n',
    'no-restricted-syntax',
  ],
  [
    'two imports of one module',
    "import type { Check } from './readiness.ts';\nimport { checkReadiness } from './readiness.ts';\nexport type { Check, checkReadiness };\n",
    'import-x/no-duplicates',
  ],
])('refuses %s', (_what, source, rule) => {
  expect(rulesBrokenBy(source)).toContain(rule);
});

it('has nothing against a port whose members are read-only', () => {
  expect(rulesBrokenBy('export interface Port {\n  readonly charge: string | undefined;\n}\n')).toEqual([]);
});
