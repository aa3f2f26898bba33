/** What npm makes of flags is npm's: the script is run by the real one. */
import { spawnSync } from 'node:child_process';
import { type DisposableTempDir, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

let folder: DisposableTempDir;
const helper = JSON.stringify(join(__dirname, '../../../local/npmFlags.ts'));
const commander = JSON.stringify(require.resolve('commander'));

beforeAll(() => {
  folder = temporaryFolder();
  writeFileSync(
    join(folder.path, 'command.mjs'),
    `import { Command } from ${commander};
     import { refuseFlagsOfNpm } from ${helper};
     const command = new Command('npm start --')
       .option('--port <n>', '').option('--game-mode <name>', '').option('--fresh', '')
       .action((options) => console.log(JSON.stringify(options)));
     refuseFlagsOfNpm(command).parse();`,
  );
  const scripts = { start: `"${process.execPath}" command.mjs` };
  writeFileSync(join(folder.path, 'package.json'), JSON.stringify({ scripts }));
});
afterAll(() => folder.remove());

function npmStart(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync('npm', ['--silent', 'start', ...words], { cwd: folder.path, encoding: 'utf8' });
}

test.each([
  [['--fresh'], 'npm start -- --fresh'],
  [['--port', '7199', '--fresh'], 'npm start -- --port 7199 --fresh'],
  [['--port=7199', '--game-mode', 'duel'], 'npm start -- --port 7199 --game-mode duel'],
  [['--port', '7199', '--game-mode', 'duel'], 'npm start -- --port <n> --game-mode <name>'],
  [['--game-mode=duel', '--', '--fresh'], 'npm start -- --game-mode duel'],
])('%j: says what to type', (words, line) => {
  const { status, stdout, stderr } = npmStart(...words);
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toBe(`error: npm keeps flags to itself unless -- stands before them. Type: ${line}\n`);
});

test('behind -- they are the command’s own', () => {
  expect(npmStart('--', '--port', '7199', '--fresh')).toMatchObject({
    status: 0,
    stdout: '{"port":"7199","fresh":true}\n',
  });
});
