import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

/** As a file of lib: a port with a mutable member, and two imports of one module. */
const SOURCE = `import type { Check } from './readiness.ts';
import { checkReadiness } from './readiness.ts';
export interface Port {
  charge: string | undefined;
  readonly check: Check;
}
export { checkReadiness };
`;

it('refuses what the house does not want', () => {
  const eslint = join(ROOT, 'node_modules/eslint/bin/eslint.js');
  const options = ['--stdin', '--stdin-filename', 'lib/clock.ts', '--format', 'json'];
  const { stdout } = spawnSync(process.execPath, [eslint, ...options], { cwd: ROOT, input: SOURCE });
  const [file] = JSON.parse(stdout.toString()) as { messages: { ruleId: string; line: number }[] }[];
  expect(file?.messages.map(({ ruleId, line }) => [ruleId, line])).toEqual([
    ['import-x/no-duplicates', 1],
    ['import-x/no-duplicates', 2],
    ['no-restricted-syntax', 4],
  ]);
});
