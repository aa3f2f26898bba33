/** docs/problems.md: what it says to type brings up the problem that it is about. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { project, type Project, type Started } from '../support/e2e/npmStart.ts';

const PAGE = readFileSync(join(__dirname, '../../docs/problems.md'), 'utf8');
const PRINTED = /^# and the line that npm start printed/;

interface Recipe {
  readonly code: string;
  /** `npm start` with what belongs to it; absent: just that. */
  readonly start: string;
  readonly commands: readonly string[];
}

const recipes = PAGE.split(/^## /m)
  .slice(1)
  .flatMap((section): Recipe[] => {
    const [, block] = /\*\*To see it\*\*:\n\n {2}```sh\n(.*?)\n {2}```/s.exec(section) ?? [];
    if (block === undefined) return [];
    // A line goes on after a backslash.
    const lines = block
      .replaceAll('\\\n', ' ')
      .split('\n')
      .map((line) => line.trim());
    const start = lines.find((line) => /(^| )npm start/.test(line) && !line.startsWith('#'));
    const code = section.slice(0, section.indexOf('\n'));
    return [{ code, start: start ?? 'npm start', commands: lines.filter((line) => line !== start) }];
  });

let here: Project;
beforeAll(() => {
  here = project();
});
afterAll(async () => {
  await here.stop();
  here.remove();
});

test('every problem but one can be seen', () => {
  expect(recipes).toHaveLength(17);
});

describe.each([...Map.groupBy(recipes, ({ start }) => start)])('%s', (start, of) => {
  let stack: Started;
  beforeAll(async () => {
    const [, setting, value, flags = ''] = /^(?:(\w+)='(.*)' )?npm start(?: -- (.*))?$/.exec(start) ?? [];
    const settings = setting === undefined ? {} : { [setting]: value ?? '' };
    stack = await here.start([...flags.split(' ').filter(Boolean), '--fresh'], settings);
  }, 120_000);
  afterAll(() => here.stop());

  test.each(of)(
    '$code',
    ({ code, commands }) => {
      const where = addresses(stack);
      const script = commands
        .map((line) => (PRINTED.test(line) ? stack.curlLine : line))
        .join('\n')
        .replaceAll(/http:\/\/127\.0\.0\.1:(7071|7072|7073)/g, (_all, port: string) => where[port] ?? '');
      const output = execFileSync('sh', ['-c', script], { cwd: here.path, encoding: 'utf8', stdio: 'pipe' });
      expect(output).toContain(`"code":"${code}"`);
    },
    120_000,
  );
});

/** By the ports that the page names. */
function addresses({ lines, curlLine }: Started): Record<string, string | undefined> {
  const after = (word: string): string | undefined =>
    new RegExp(`${word} +(http://127\\.0\\.0\\.1:\\d+)`).exec(lines.join('\n'))?.[1];
  return { 7071: /http:\S+?:\d+/.exec(curlLine)?.[0], 7072: after('Fleet'), 7073: after('Issuer') };
}
