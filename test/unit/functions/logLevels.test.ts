/** host.json keeps the host's own two lines a request out of the log, and lets the broker's events through. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFilter } from '../../../local/functionsHost/logging.ts';
import { readHostJson } from '../../../local/functionsHost/configuration.ts';

const ROOT = join(__dirname, '../../..');
const passes = createFilter(readHostJson(ROOT).logLevels);
const functions = globSync('functions/*.ts', { cwd: ROOT }).flatMap((file) =>
  [...readFileSync(join(ROOT, file), 'utf8').matchAll(/\bapp\.(?:http|timer)\('(\w+)'/g)].map(
    ([, name = '']) => name,
  ),
);

it('knows every function', () => {
  expect(functions.length).toBeGreaterThan(8);
  expect(functions).toContain('allocations');
});

it.each(functions)('lets the events of %s through, and none of what the host says of each run', (name) => {
  expect(passes(name, 'user', 'information')).toBe(true);
  expect(passes(name, 'user', 'debug')).toBe(false);
  expect(passes(name, 'system', 'information')).toBe(false);
  expect(passes(name, 'system', 'error')).toBe(true);
});
