import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockFolder } from '../../../local/folderLock.ts';

let folder: string;
let child: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'folder-lock-'));
});
afterEach(async () => {
  await kill();
  rmSync(folder, { recursive: true, force: true });
});

/** A process that only lives, with that script on its command line. */
async function live(script: string): Promise<number> {
  mkdirSync(join(folder, 'local'), { recursive: true });
  writeFileSync(join(folder, script), 'console.log("up"); setInterval(() => undefined, 1000);');
  child = spawn(process.execPath, [script], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] });
  if (child.stdout) await once(child.stdout, 'data');
  return child.pid ?? 0;
}

async function kill(): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

const file = (): string => join(folder, 'stack.json');
const pidIn = (): unknown => (JSON.parse(readFileSync(file(), 'utf8')) as { pid: number }).pid;

test('a folder is refused while another stack lives in it, and free as soon as that was killed', async () => {
  const pid = await live('local/start.ts');
  writeFileSync(file(), JSON.stringify({ pid, url: 'http://127.0.0.1:7081' }));
  expect(() => lockFolder(folder)).toThrow(
    `npm start runs in this folder already (its broker is http://127.0.0.1:7081, process ${pid})`,
  );
  expect(pidIn()).toBe(pid);
  await kill();
  lockFolder(folder);
  expect(pidIn()).toBe(process.pid);
});

test('a process that has got the number of a killed stack does not block the folder', async () => {
  writeFileSync(file(), JSON.stringify({ pid: await live('other.ts') }));
  lockFolder(folder);
  expect(pidIn()).toBe(process.pid);
});

test('what is no lock does not block the folder; one that was released is gone', () => {
  writeFileSync(file(), '{"pid":');
  const lock = lockFolder(folder);
  lock.tell({ url: 'http://127.0.0.1:7081', connectionString: 'tables' });
  expect(JSON.parse(readFileSync(file(), 'utf8'))).toEqual({
    pid: process.pid,
    url: 'http://127.0.0.1:7081',
    connectionString: 'tables',
  });
  lock.release();
  expect(() => readFileSync(file())).toThrow('ENOENT');
});
