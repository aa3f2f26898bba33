/** README.md: what it tells people to run is run, and its links lead somewhere. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { SpawnedHost } from '../../../local/functionsHost/spawn.ts';
import { type Stack, startStack } from '../../../local/stack.ts';

const ROOT = join(__dirname, '../../..');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const run = promisify(execFile);

const [start, traffic = ''] = [...README.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text = '']) =>
  text.trim(),
);
const [curl = ''] = /curl -i .*?'\{.*?\}'/s.exec(README) ?? [];

let stack: Stack;
let broker: SpawnedHost;

beforeAll(async () => {
  stack = await startStack({ fleet: { activationMs: 20 } });
  broker = await stack.startBroker();
});

afterAll(() => stack.stop());

/** A command of the page, on this test's own stack. */
async function shell(command: string): Promise<string> {
  const env = { ...process.env, BrokerStorage: stack.azurite.connectionString };
  const here = command
    .replaceAll('http://127.0.0.1:7071', broker.url)
    .replace('npm run players --', `npm run --silent players -- --url ${broker.url}`)
    .replace('--seconds 30', '--seconds 2')
    .replace('npm run history', 'npm run --silent history');
  const { stdout } = await run('bash', ['-ec', here], { cwd: ROOT, env });
  return stdout;
}

test('it begins with npm start, in place of which this test has its own stack', () => {
  expect(start).toBe('npm start');
});

test('the curl line is answered as the transcript shows, and the second time as a replay', async () => {
  const first = await shell(curl);
  const second = await shell(curl);
  expect(first).toMatch(/^HTTP\/1.1 201 Created\r\n/);
  expect(second).toMatch(/^HTTP\/1.1 200 OK\r\n.*^idempotency-replayed: true\r\n/ms);
  expect(second.split('\r\n\r\n')[1]).toBe(first.split('\r\n\r\n')[1]);
});

test('the players play, and the history shows what they did', async () => {
  const [players = '', history = ''] = traffic.split('\n');
  expect(await shell(players)).toContain('sessions');
  expect(await shell(history)).toContain('allocated');
});

const pages = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'docs/README.md',
  'docs/deploying.md',
  'docs/fleets.md',
  'docs/integrating.md',
  'docs/upgrading.md',
  'clients/typescript/README.md',
  'clients/conformance/README.md',
];
test.each(pages)('the links of %s lead somewhere', (page) => {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const targets = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, target = '']) => target);
  const missing = targets.filter((target) => !existsSync(join(ROOT, dirname(page), target)));
  expect(targets).not.toEqual([]);
  expect(missing).toEqual([]);
});
