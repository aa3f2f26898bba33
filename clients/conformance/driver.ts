import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A line of the driver, and when it came (`performance.now()`). */
export interface Line {
  readonly atMs: number;
  readonly content: Readonly<Record<string, unknown>>;
}

/** What a driver did, until it ended. */
export interface Ended {
  readonly lines: readonly Line[];
  /** Why it did not end as it should. */
  readonly crash?: string;
}

/** A driver that runs. */
export interface Driver {
  /** Stops the process where it is, and lets it go on. */
  suspend(): void;
  resume(): void;
  readonly ended: Promise<Ended>;
}

const ERROR_LINES = 12;

/**
 * Starts a client's driver in a process group of its own, so that stopping or ending it reaches what it has started.
 *
 * @param limitMs after which it is killed
 */
export function startDriver(
  command: string,
  { cwd, env, limitMs }: { cwd: string; env: Readonly<Record<string, string>>; limitMs: number },
): Driver {
  const child = spawn(command, {
    cwd,
    env: { ...process.env, ...env },
    shell: true,
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const signal = (name: NodeJS.Signals): void => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    if (process.platform === 'win32') child.kill(name);
    else process.kill(-child.pid, name);
  };
  return {
    suspend: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    ended: end(child, limitMs, () => signal('SIGKILL')),
  };
}

async function end(child: ChildProcess, limitMs: number, kill: () => void): Promise<Ended> {
  const lines: Line[] = [];
  const errors: string[] = [];
  const limit = AbortSignal.timeout(limitMs);
  limit.addEventListener('abort', kill);
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('The driver has no output.');
  createInterface(stdout).on('line', (text) => {
    const content = parse(text);
    if (content === undefined) errors.push(`standard output: ${text}`);
    else lines.push({ atMs: performance.now(), content });
  });
  createInterface(stderr).on('line', (text) => errors.push(text));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  limit.removeEventListener('abort', kill);
  if (code === 0) return { lines };
  const how = limit.aborted
    ? `did not end within ${limitMs} ms`
    : `ended with ${signal ?? `exit code ${code}`}`;
  return { lines, crash: [how, ...errors.slice(-ERROR_LINES)].join('\n    ') };
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
