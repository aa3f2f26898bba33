/** `npm start`, as somebody who has just cloned the project uses it. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, symlinkSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { send } from '../support/e2e/httpClient.ts';
import { until } from '../support/e2e/until.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const ROOT = join(__dirname, '../..');
/** What `npm start` reads: a build of its own must not pull dist/ away from under other tests. */
const SOURCES = [
  ...['cli', 'functions', 'lib', 'local', 'ops', 'scripts'],
  ...['host.json', 'package.json', 'package-lock.json'],
];

const folder = temporaryFolder();
let running: ChildProcess | undefined;
/** One that should end by itself. */
let ending: ChildProcess | undefined;

afterEach(async () => {
  await ctrlC();
  await ctrlC(ending);
});

beforeAll(() => {
  for (const name of SOURCES) {
    cpSync(join(ROOT, name), join(folder.path, name), { recursive: true, preserveTimestamps: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder.path, 'node_modules'));
});

afterAll(() => folder.remove());

interface Started {
  readonly lines: string[];
  readonly curlLine: string;
}

type Settings = Readonly<Record<string, string>>;

function spawnStart(flags: readonly string[], settings: Settings): { child: ChildProcess; lines: string[] } {
  // A process group of its own, to which Ctrl-C is then sent, as a terminal does.
  const child = spawn('npm', ['start', '--', '--port', '0', ...flags], {
    cwd: folder.path,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...settings },
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on('line', (line) => lines.push(line));
  }
  return { child, lines };
}

const npmStart = (...flags: string[]): Promise<Started> => npmStartWith({}, ...flags);

async function npmStartWith(settings: Settings, ...flags: string[]): Promise<Started> {
  const { child, lines } = spawnStart(flags, settings);
  running = child;
  const curlLine = await until('the curl line', () => {
    if (child.exitCode !== null) throw new Error(`npm start ended: ${lines.join('\n')}`);
    return lines.find((line) => line.startsWith('curl '));
  });
  return { lines, curlLine };
}

/** What a start says that ends by itself. */
async function endedStart(flags: readonly string[], settings: Settings = {}): Promise<[unknown, string]> {
  const { child, lines } = spawnStart(flags, settings);
  ending = child;
  const [code] = (await once(child, 'close')) as [unknown];
  return [code, lines.join('\n')];
}

async function ctrlC(child = running): Promise<void> {
  if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  process.kill(-child.pid, 'SIGINT');
  await gone;
}

/** Pastes the line into a shell; the answer's head and body. */
function paste(line: string): { head: string; body: string } {
  const text = execFileSync('sh', ['-c', line], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const [head = '', body = ''] = text.split('\r\n\r\n');
  return { head, body };
}

const answers = async (url: string): Promise<boolean> =>
  send(url).then(
    () => true,
    () => false,
  );

it('prints a curl line that works when pasted, keeps its state, and stops cleanly on Ctrl-C', async () => {
  const { lines, curlLine } = await npmStart();
  const first = paste(curlLine);
  expect(first.head).toMatch(/^HTTP\/1\.1 201 /);
  const again = paste(curlLine);
  expect(again.head).toMatch(/^HTTP\/1\.1 200 /);
  expect(again.head).toMatch(/^Idempotency-Replayed: true\r?$/im);
  expect(again.body).toBe(first.body);

  const addresses = [...new Set(lines.join('\n').match(/http:\/\/127\.0\.0\.1:\d+/g))];
  expect(addresses).toHaveLength(3);
  expect(await Promise.all(addresses.map(answers))).toEqual([true, true, true]);
  await ctrlC();
  expect(await Promise.all(addresses.map(answers))).toEqual([false, false, false]);

  const next = await npmStart();
  const samePlace = /http:\/\/127\.0\.0\.1:\d+/.exec(next.curlLine)?.[0] ?? '';
  const onNext = curlLine.replace(/http:\/\/127\.0\.0\.1:\d+/, samePlace);
  const kept = paste(onNext);
  expect(kept.head).toMatch(/^HTTP\/1\.1 200 /);
  expect(kept.body).toBe(first.body);
}, 120_000);

it('forgets what earlier runs stored with --fresh', async () => {
  const earlier = await npmStart();
  const first = paste(earlier.curlLine);
  await ctrlC();
  const next = await npmStart('--fresh');
  const address = /http:\/\/127\.0\.0\.1:\d+/;
  const anew = paste(earlier.curlLine.replace(address, address.exec(next.curlLine)?.[0] ?? ''));
  expect([first.head.slice(0, 12), anew.head.slice(0, 12)]).toEqual(['HTTP/1.1 201', 'HTTP/1.1 201']);
}, 120_000);

it('runs on PlayFab with --fleet playfab', async () => {
  const { lines, curlLine } = await npmStart('--fleet', 'playfab', '--fresh');
  const first = paste(curlLine);
  expect(first.head).toMatch(/^HTTP\/1\.1 201 /);
  // sessionhosts does not tell a port's protocol.
  expect(JSON.parse(first.body)).toMatchObject({ ports: [{ protocol: 'TCP' }, { protocol: 'UDP' }] });
  const report = /http:\S+\/_control\/report/.exec(lines.join('\n'))?.[0] ?? '';
  const { text } = await send(report);
  expect(JSON.parse(text)).toMatchObject({
    counts: { hostsStarted: 1 },
    asides: [{ path: '/Authentication/GetEntityToken' }],
  });
}, 120_000);

it('refuses a second stack in the same folder, and none after the first was killed', async () => {
  const { curlLine } = await npmStart('--fresh');
  const first = paste(curlLine);
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(curlLine)?.[0] ?? '';
  const file = readFileSync(join(folder.path, '.local/stack.json'), 'utf8');
  const { pid } = JSON.parse(file) as { pid: number };

  const [code, said] = await endedStart(['--fresh']);
  expect(code).toBe(1);
  expect(said).toContain(`npm start runs in this folder already (its broker is ${url}, process ${pid})`);
  const again = paste(curlLine);
  expect([again.head.slice(0, 12), again.body]).toEqual(['HTTP/1.1 200', first.body]);

  const gone = running && once(running, 'exit');
  process.kill(pid, 'SIGKILL');
  await gone;
  const next = await npmStart();
  expect(paste(next.curlLine).head).toMatch(/^HTTP\/1\.1 201 /);
}, 120_000);

it('takes no fleet, title, credential or storage from the shell', async () => {
  const { lines, curlLine } = await npmStartWith(
    {
      BROKER_FLEET: 'sessionhosts',
      BROKER_SESSION_TTL_HOURS: '6',
      PLAYFAB_ENDPOINT: 'http://127.0.0.1:9',
      PLAYFAB_SECRET_KEY: 'of a real title',
      SESSIONHOSTS_TOKEN_SCOPE: 'https://real.example.com/.default',
      BrokerStorage__tableServiceUri: 'https://real.example.com',
    },
    '--fleet',
    'playfab',
  );
  const answer = paste(curlLine);
  expect(answer.head).toMatch(/^HTTP\/1\.1 201 /);
  expect(JSON.parse(answer.body)).toMatchObject({ ports: [{ protocol: 'TCP' }, { protocol: 'UDP' }] });
  expect(lines).toContain('Settings taken from the environment: BROKER_SESSION_TTL_HOURS');
}, 120_000);

it('ends with what the broker says when it is not ready', async () => {
  const [code, said] = await endedStart([], { BROKER_QUOTA: '{' });
  expect(code).toBe(1);
  expect(said).toContain('The broker is not ready.');
  expect(said).toContain('BROKER_QUOTA: not JSON at line 1, column 2: expected an object');
  expect(said).not.toContain('curl ');
}, 120_000);

it.each(['--port', '--table-port', '--fleet-port'])(
  'says once that the port of %s is taken',
  async (flag) => {
    const taker = createServer().listen(0, '127.0.0.1');
    await once(taker, 'listening');
    const { port } = taker.address() as AddressInfo;
    const [code, said] = await endedStart([flag, String(port)]);
    taker.close();
    expect(code).toBe(1);
    expect(
      said.split(`Port ${port} is taken: choose another one with ${flag}, or 0 for a free one.`),
    ).toHaveLength(2);
  },
  120_000,
);
