import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What `.local/stack.json` says of the stack that runs; `npm run history` finds its tables by it. */
export interface RunningStack {
  readonly pid: number;
  /** Where its broker answers; absent while it starts. */
  readonly url?: string;
  /** Of its tables; absent while it starts. */
  readonly connectionString?: string;
}

/** Keeps a second stack from the tables of the first: two Azurites on one folder overwrite each other's data. */
export interface FolderLock {
  /** Says more of the stack that holds the folder. */
  tell(stack: Omit<RunningStack, 'pid'>): void;
  release(): void;
}

const FILE = 'stack.json';

/** Takes the folder for this process, also after one that was killed. Throws while another `npm start` has it. */
export function lockFolder(folder: string): FolderLock {
  const file = join(folder, FILE);
  mkdirSync(folder, { recursive: true });
  const holder = read(file);
  if (holder !== undefined && holdsStill(holder.pid)) throw new Error(refusal(holder, file));
  // Left behind by a stack that was killed.
  rmSync(file, { force: true });
  try {
    writeFileSync(file, JSON.stringify({ pid: process.pid } satisfies RunningStack), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new Error('Another npm start began in this folder at the same moment: look at that one.', {
      cause: error,
    });
  }
  return {
    tell(stack) {
      // Whoever reads it must never find half of it.
      const next = `${file}.next`;
      writeFileSync(next, JSON.stringify({ pid: process.pid, ...stack } satisfies RunningStack));
      renameSync(next, file);
    },
    release: () => rmSync(file, { force: true }),
  };
}

function refusal({ pid, url }: RunningStack, file: string): string {
  const where = url === undefined ? 'it is starting' : `its broker is ${url}`;
  return (
    `npm start runs in this folder already (${where}, process ${pid}), and two would destroy each other's tables. ` +
    'Stop that one with Ctrl-C first, or start this one in another clone of the project. ' +
    `If process ${pid} is something else, delete ${file}.`
  );
}

function read(file: string): RunningStack | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RunningStack;
  } catch {
    // None, or one that a full disk or a crash has left in pieces: nobody to wait for.
    return undefined;
  }
}

/** Whether the process lives and is a stack: after a restart of the machine its number may be anybody's. */
function holdsStill(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    // Signal 0 only asks.
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it lives, and is another user's.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return commandOf(pid)?.includes('local/start.ts') ?? true;
}

/** The command line of a process; undefined where the system does not tell. */
function commandOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    const { stdout } = spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
    // Without ps (Windows) there is no output at all.
    return stdout || undefined;
  }
}
