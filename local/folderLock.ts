import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
// Imported before start.ts adds its signal handlers: added after them, the package's own would end the process.
import { lock } from 'proper-lockfile';
import { isAlive, readStack, type RunningStack, STACK_FILE } from './runningStack.ts';

/** Keeps a second stack from the tables of the first: two Azurites on one folder overwrite each other's data. */
export interface FolderLock {
  /** Writes down where the stack that holds the folder answers. */
  publish(stack: Omit<RunningStack, 'pid'>): void;
  release(): void;
}

/**
 * Of the lock under which a start looks for another stack and enters itself: a matter of milliseconds. One that was
 * left behind by a start killed in them is broken after STALE_MS (and a second, for file systems with coarse times).
 */
const STALE_MS = 5_000;
/** Longer than a lock can be stale, so that whoever finds a broken one gets it. */
const RETRIES = { retries: 100, factor: 1, minTimeout: 100, maxTimeout: 100 };

/**
 * Takes the folder for this process, at once also after a stack that was killed. The stack does not hold the lock file
 * while it runs: nothing could renew it during the build or while the machine sleeps. Its process id in stack.json
 * holds the folder.
 *
 * @throws Error while another `npm start` has the folder; the message says what to do
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const file = join(folder, STACK_FILE);
  mkdirSync(folder, { recursive: true });
  const unlock = await exclusively(file);
  try {
    const holder = readStack(file);
    if (holder !== undefined && isRunning(holder.pid)) throw new Error(refusal(holder, file));
    write(file, { pid: process.pid });
  } finally {
    await unlock();
  }
  return {
    publish: (stack) => write(file, { pid: process.pid, ...stack }),
    release: () => rmSync(file, { force: true }),
  };
}

/** Waits until no other start looks at the file; the function returned lets the next one look. */
async function exclusively(file: string): Promise<() => Promise<void>> {
  try {
    // The file itself need not be there yet.
    return await lock(file, { realpath: false, stale: STALE_MS, retries: RETRIES });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
    const message = `Other npm starts keep taking ${file}: try again when they have ended.`;
    throw new Error(message, { cause: error });
  }
}

function refusal({ pid, url }: RunningStack, file: string): string {
  const where = url === undefined ? 'it is starting' : `its broker is ${url}`;
  return (
    `npm start runs in this folder already (${where}, process ${pid}), and two would destroy each other's tables. ` +
    'Stop that one with Ctrl-C first, or start this one in another clone of the project. ' +
    `If process ${pid} is something else, delete ${file}.`
  );
}

/** Replaces the file whole: nobody ever reads half of it. */
function write(file: string, stack: RunningStack): void {
  const next = `${file}.next`;
  // Callers' keys are in it.
  writeFileSync(next, JSON.stringify(stack), { mode: 0o600 });
  renameSync(next, file);
}

/** Whether the process lives and is a stack: after a restart of the machine its number may be anybody's. */
function isRunning(pid: number): boolean {
  if (pid === process.pid || !isAlive(pid)) return false;
  return commandOf(pid)?.includes('local/start.ts') ?? true;
}

/** The command line of a process; undefined where the system does not give it. */
function commandOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    const { stdout } = spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
    // Without ps (Windows) there is no output at all.
    return stdout || undefined;
  }
}
