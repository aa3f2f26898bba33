/** `npm start`, as somebody who has just cloned the project uses it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { send } from '../support/e2e/httpClient.ts';
import { ctrlC, paste, project, type Project, type Settings, type Started } from '../support/e2e/npmStart.ts';
import { until } from '../support/e2e/until.ts';

let here: Project;
let running: Started | undefined;

beforeAll(() => {
  here = project();
});
afterEach(() => here.stop());
afterAll(() => here.remove());

const npmStart = (...flags: string[]): Promise<Started> => npmStartWith({}, ...flags);

async function npmStartWith(settings: Settings, ...flags: string[]): Promise<Started> {
  return (running = await here.start(flags, settings));
}

/** What a start says that ends by itself. */
async function endedStart(flags: readonly string[], settings: Settings = {}): Promise<[unknown, string]> {
  const { child, lines } = here.spawn(flags, settings);
  const [code] = (await once(child, 'close')) as [unknown];
  return [code, lines.join('\n')];
}

const isCount = (line: string): boolean => line.startsWith('requests  ');

/** A command in the folder of the stack, by which it finds that. */
function run(command: string): string {
  const env = { ...process.env, BrokerStorage: '' };
  return execFileSync('sh', ['-c', command], { cwd: here.path, env, encoding: 'utf8', stdio: 'pipe' });
}

/** Whether a process of this group builds the project. */
function builds(group: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'args=', '-g', String(group)], { encoding: 'utf8' });
  return stdout.includes('scripts/build.ts');
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
  await here.stop();
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
  await here.stop();
  const next = await npmStart('--fresh');
  const address = /http:\/\/127\.0\.0\.1:\d+/;
  const anew = paste(earlier.curlLine.replace(address, address.exec(next.curlLine)?.[0] ?? ''));
  expect([first.head.slice(0, 12), anew.head.slice(0, 12)]).toEqual(['HTTP/1.1 201', 'HTTP/1.1 201']);
}, 120_000);

it('runs on PlayFab with --fleet playfab, and prints every event with --verbose', async () => {
  const { lines, curlLine } = await npmStart('--fleet', 'playfab', '--fresh', '--verbose');
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
  const isRequest = (line: string): boolean => line.includes('"event":"allocation.request"');
  await until('the event', () => lines.some(isRequest) || undefined);
  expect(lines.filter(isCount)).toEqual([]);
}, 120_000);

it('runs both fleets with --fleet sessionhosts,playfab: while the first one is dry, a new session gets a server of the second', async () => {
  const { lines, curlLine } = await npmStart('--fleet', 'sessionhosts,playfab', '--fresh');
  const anew = (): string => curlLine.replace(/"sessionId":"[^"]+"/, () => `"sessionId":"${randomUUID()}"`);
  /** What the first port's protocol is: sessionhosts does not say. */
  const protocol = (asked: string): unknown => {
    const { ports } = JSON.parse(paste(asked).body) as { ports: readonly { protocol?: string }[] };
    return ports[0]?.protocol ?? 'not said';
  };
  const line = (method: string): Promise<string> =>
    until('the line', () =>
      lines.find((text) => text.startsWith(`curl -i -X ${method} `) && text.includes('/_control/')),
    );
  const [dry, wet] = [await line('POST'), await line('DELETE')];

  expect(protocol(curlLine)).toBe('not said');
  run(dry);
  expect([protocol(curlLine), protocol(anew())]).toEqual(['not said', 'TCP']);
  run(wet);
  expect(protocol(anew())).toBe('not said');
  expect(run('npm run --silent history -- --since 5m --summary')).toMatch(/^duel +1 +3 +33\.3 %$/m);
}, 120_000);

it.each(['agones', 'sessionhosts,agones', 'playfab,playfab', 'sessionhosts,playfab,sessionhosts'])(
  'refuses --fleet %s',
  async (names) => {
    const [code, said] = await endedStart(['--fleet', names]);
    expect(code).toBe(1);
    expect(said).toContain('It must be sessionhosts or playfab, or both with a comma between.');
  },
  120_000,
);

it('refuses a second stack in the same folder, and none after the first was killed', async () => {
  const { curlLine } = await npmStart('--fresh');
  const first = paste(curlLine);
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(curlLine)?.[0] ?? '';
  const file = readFileSync(join(here.path, '.local/stack.json'), 'utf8');
  const { pid } = JSON.parse(file) as { pid: number };

  const [code, said] = await endedStart(['--fresh']);
  expect(code).toBe(1);
  expect(said).toContain(`npm start runs in this folder already (its broker is ${url}, process ${pid})`);
  const again = paste(curlLine);
  expect([again.head.slice(0, 12), again.body]).toEqual(['HTTP/1.1 200', first.body]);

  const gone = running && once(running.child, 'exit');
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

it('ends cleanly on Ctrl-C in the middle of the build', async () => {
  const { child, lines } = here.spawn();
  await until('the build', () => builds(child.pid ?? 0) || undefined);
  await ctrlC(child);
  await until('the end of it', () => !builds(child.pid ?? 0) || undefined);
  // npm's own lines begin with ">".
  expect(lines.filter((line) => !line.startsWith('>') && line !== '')).toEqual([]);
  expect(existsSync(join(here.path, '.local/stack.json'))).toBe(false);
}, 120_000);

it('is quiet: a line a second with counts, and each kind of warning once', async () => {
  const { lines, curlLine } = await npmStart();
  paste(curlLine);
  paste(curlLine);
  const unknown = curlLine
    .replaceAll(/"(West|North) Europe"/g, '"Atlantis"')
    .replace(/"sessionId":"[^"]+"/, () => `"sessionId":"${randomUUID()}"`);
  paste(unknown);
  paste(unknown.replace(/"sessionId":"[^"]+"/, () => `"sessionId":"${randomUUID()}"`));
  await until('the counts', () => lines.some((line) => line.includes('4 in all')) || undefined);
  const last = lines.findIndex((line) => line.startsWith('curl -i -X DELETE '));
  const after = lines.slice(last + 1).filter((line) => line !== '');
  const [warnings, counts] = [after.filter((line) => line.startsWith('warning')), after.filter(isCount)];
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain('"event":"hints.ignored"');
  expect(after).toHaveLength(warnings.length + counts.length);
}, 120_000);

it.each(['key', 'jwt', 'ticket'])(
  '--auth %s: asks for what it prints, and the players have it',
  async (mode) => {
    const { lines, curlLine } = await npmStart('--auth', mode, '--fresh');
    const bare = paste(curlLine.replace(/-H '(x-functions-key|authorization): [^']+'/, ''));
    expect(bare.head).toMatch(/^HTTP\/1\.1 401 /);
    expect(paste(curlLine).head).toMatch(/^HTTP\/1\.1 201 /);

    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(curlLine)?.[0] ?? '';
    const key = /its key: ([^)]+)\)/.exec(lines.join('\n'))?.[1] ?? '';
    expect((await send(`${url}/api/v1/history`)).status).toBe(401);
    expect((await send(`${url}/api/v1/history`, { headers: { 'x-functions-key': key } })).status).toBe(200);
    expect((await send(`${url}/api/ready`, { headers: { 'x-functions-key': key } })).status).toBe(401);

    const end = lines.find((line) => line.startsWith('curl -i -X DELETE ')) ?? '';
    expect(paste(end.replace(/ -H .*/, '')).head).toMatch(/^HTTP\/1\.1 401 /);
    expect(paste(end).head).toMatch(/^HTTP\/1\.1 204 /);
    expect(paste(curlLine).head).toMatch(/^HTTP\/1\.1 410 /);

    const players = JSON.parse(run('npm run --silent players -- --seconds 1 --rate 5 --json')) as object;
    expect(players).toMatchObject({ sessions: 5, sessionsWithHost: 5, contradictions: [] });
    expect(run('npm run --silent history -- --since 1m --summary')).toContain('6 of 6 (100.0 %)');
  },
  120_000,
);

it('asks for keys where BROKER_AUTH in the shell says so', async () => {
  const { lines, curlLine } = await npmStartWith({ BROKER_AUTH: '{"mode":"key"}' });
  expect(lines).toContain('Settings taken from the environment: BROKER_AUTH');
  expect(paste(curlLine.replace(/-H 'x-functions-key: [^']+'/, '')).head).toMatch(/^HTTP\/1\.1 401 /);
  expect(paste(curlLine).head).toMatch(/^HTTP\/1\.1 201 /);
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
