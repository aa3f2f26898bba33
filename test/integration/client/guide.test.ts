/** docs/integrating.md: what it tells people to run is run. */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { SpawnedHost } from '../../../local/functionsHost/spawn.ts';
import { type Stack, startStack } from '../../../local/stack.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const ROOT = join(__dirname, '../../..');
const PAGE = readFileSync(join(ROOT, 'docs/integrating.md'), 'utf8');
const run = promisify(execFile);

/** The fenced blocks of a language, without the indentation of a list that they stand in. */
function blocks(language: string): string[] {
  const found = PAGE.matchAll(new RegExp(`^( *)\`\`\`${language}\\n(.*?)^ *\`\`\`$`, 'gms'));
  return [...found].map(([, indent = '', text = '']) =>
    text.replaceAll(new RegExp(`^${indent}`, 'gm'), '').trim(),
  );
}

const [start, ...all] = blocks('sh').filter((command) => !command.startsWith('# needs Azure'));
const isEnd = (command: string): boolean => command.includes('-X DELETE');
const commands = all.filter((command) => !isEnd(command));

let stack: Stack;
let broker: SpawnedHost;
const here = (text: string): string =>
  text
    .replaceAll('http://127.0.0.1:7071', broker.url)
    .replace('npm run players --', `npm run --silent players -- --url ${broker.url}`);

beforeAll(async () => {
  stack = await startStack({ fleet: { activationMs: 50 } });
  broker = await stack.startBroker();
});

afterAll(() => stack.stop());

test('the page begins with npm start, in place of which this test has its own stack', () => {
  expect(start).toBe('npm start');
});

// In their order: one command asks for what an earlier one has made.
test.each(commands.map((command) => [command.split('\n')[0] ?? '', command]))('%s', async (line, command) => {
  const { stdout } = await run('bash', ['-ec', here(command)], { cwd: ROOT });
  if (!line.startsWith('curl')) return;
  expect(JSON.parse(stdout)).not.toHaveProperty('code');
});

test('the curl lines ask for a host, find it, and place a party', async () => {
  const told: string[] = [];
  for (const command of commands.filter((text) => text.includes('/allocations'))) {
    const { stdout } = await run('bash', ['-ec', here(command)]);
    told.push((JSON.parse(stdout) as { region: string }).region);
  }
  expect(told).toEqual(['West Europe', 'West Europe', 'Japan East']);
});

/** Runs one of the page's scripts with the built package. */
async function runScript(script = ''): Promise<string> {
  using folder = temporaryFolder();
  mkdirSync(join(folder.path, 'node_modules'));
  symlinkSync(
    join(ROOT, 'clients/typescript'),
    join(folder.path, 'node_modules/allocation-broker-client'),
    'junction',
  );
  writeFileSync(join(folder.path, 'script.mjs'), here(script));
  return (await run(process.execPath, [join(folder.path, 'script.mjs')])).stdout;
}

test('the script gets a host through the built package', async () => {
  const [script] = blocks('js');
  expect(await runScript(script)).toMatch(
    /^\d+ ms {2}asking \n\d+ ms {2}allocated \nconnect to [\w.-]+:\d+ in West US\n$/,
  );
});

// The last ones: nothing finds the session any more.
test('the line for backends ends the session, as does the script, as often as they are run', async () => {
  const [end = '', ...more] = all.filter(isEnd);
  expect(more).toEqual([]);
  const { stdout } = await run('bash', ['-ec', here(end)]);
  expect(stdout).toMatch(/^HTTP\/1.1 204 No Content\r\n.*^allocation-end: not-told\r\n/ms);
  const [, script = ''] = blocks('js');
  expect(await runScript(`${script}\nconsole.log(fleet);`)).toBe('not-told\n');
});
