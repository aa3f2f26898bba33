import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const ROOT = join(import.meta.dirname, '../../..');

/** A running command whose output can be waited for. */
export interface Running {
  readonly stdout: () => string;
  interrupt(): void;
  ended(): Promise<Ended>;
}

/** Starts the command as a process of its own, without a terminal. */
export function start(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd = ROOT,
): Running {
  const child = spawn(process.execPath, [join(ROOT, 'cli/history.ts'), ...args], {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const closed = once(child, 'close');
  return {
    stdout: () => stdout,
    interrupt: () => child.kill('SIGINT'),
    ended: async () => {
      const [code] = (await closed) as [number];
      return { code, stdout, stderr };
    },
  };
}

export const history = (...args: string[]): Promise<Ended> => start(args).ended();
