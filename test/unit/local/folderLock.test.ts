import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  type DisposableTempDir,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { lockFolder } from '../../../local/folderLock.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import type { Round, TakerMessage } from './folderTaker.ts';

/** No system gives a process this number. */
const NOBODY = 2 ** 30;

let temporary: DisposableTempDir;
let folder: string;
let children: ChildProcess[] = [];

beforeEach(() => {
  temporary = temporaryFolder();
  folder = temporary.path;
});
afterEach(async () => {
  await Promise.all(children.map(kill));
  children = [];
  temporary.remove();
});

/** A process that only lives, with that script on its command line. */
async function live(script: string): Promise<ChildProcess> {
  mkdirSync(join(folder, 'local'), { recursive: true });
  writeFileSync(join(folder, script), 'console.log("up"); setInterval(() => undefined, 1000);');
  const child = spawn(process.execPath, [script], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(child);
  await once(child.stdout, 'data');
  return child;
}

/** A process that takes folders when it is sent to; for the lock it is a stack. */
function taker(): ChildProcess {
  const child = fork(join(__dirname, 'folderTaker.ts'), ['local/start.ts'], { execArgv: [] });
  children.push(child);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** The next message of each. */
function messages(from: readonly ChildProcess[]): Promise<TakerMessage[]> {
  return Promise.all(from.map(async (child) => ((await once(child, 'message')) as [TakerMessage])[0]));
}

/** Lets all of them take one folder in the same instant; what came of it, in their order. */
async function takeAtOnce(takers: readonly ChildProcess[], round: Round): Promise<TakerMessage[]> {
  const ready = messages(takers);
  for (const child of takers) child.send(round);
  await ready;
  const outcomes = messages(takers);
  writeFileSync(round.starter, '');
  return outcomes;
}

const file = (): string => join(folder, 'stack.json');
const pidIn = (): unknown => (JSON.parse(readFileSync(file(), 'utf8')) as { pid: number }).pid;

test('a folder is refused while another stack lives in it, and free as soon as that was killed', async () => {
  const child = await live('local/start.ts');
  writeFileSync(file(), JSON.stringify({ pid: child.pid, url: 'http://127.0.0.1:7081' }));
  await expect(lockFolder(folder)).rejects.toThrow(
    `npm start runs in this folder already (its broker is http://127.0.0.1:7081, process ${child.pid})`,
  );
  expect(pidIn()).toBe(child.pid);
  await kill(child);
  await lockFolder(folder);
  expect(pidIn()).toBe(process.pid);
});

test('a process that has got the number of a killed stack does not block the folder', async () => {
  const { pid } = await live('other.ts');
  writeFileSync(file(), JSON.stringify({ pid }));
  await lockFolder(folder);
  expect(pidIn()).toBe(process.pid);
});

test('what is no lock does not block the folder; one that was released is gone', async () => {
  writeFileSync(file(), '{"pid":');
  const lock = await lockFolder(folder);
  lock.publish({ url: 'http://127.0.0.1:7081', connectionString: 'tables' });
  expect(JSON.parse(readFileSync(file(), 'utf8'))).toEqual({
    pid: process.pid,
    url: 'http://127.0.0.1:7081',
    connectionString: 'tables',
  });
  lock.release();
  expect(readdirSync(folder)).toEqual([]);
});

test('a start that was killed while it took the folder does not block it', async () => {
  const left = `${file()}.lock`;
  mkdirSync(left);
  const longAgo = new Date(Date.now() - 60_000);
  utimesSync(left, longAgo, longAgo);
  await lockFolder(folder);
  expect(pidIn()).toBe(process.pid);
});

test('of two that start in the same instant, one holds the folder and the other is refused', async () => {
  const takers = [taker(), taker()];
  for (let round = 1; round <= 20; round += 1) {
    const contested = join(folder, String(round));
    mkdirSync(contested);
    // Left by a killed stack, and so large that both would still be reading it when the first decides.
    writeFileSync(
      join(contested, 'stack.json'),
      JSON.stringify({ pid: NOBODY, padding: 'x'.repeat(4_000_000) }),
    );
    const outcomes = await takeAtOnce(takers, { folder: contested, starter: join(contested, 'start') });
    const holder = takers[outcomes.indexOf('held')]?.pid;
    expect(outcomes.toSorted((a) => (a === 'held' ? -1 : 1))).toEqual([
      'held',
      { refused: expect.stringContaining(`(it is starting, process ${holder})`) as string },
    ]);
  }
});
