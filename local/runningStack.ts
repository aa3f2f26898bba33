import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What `.local/stack.json` says of the running stack, by which other commands find it. */
export interface RunningStack {
  readonly pid: number;
  /** Where its broker answers; absent while the stack starts. */
  readonly url?: string;
  /** Of its tables; absent while the stack starts. */
  readonly connectionString?: string;
  /** What its broker asks players for: a function key, or tokens that this issuer signs for whoever asks. */
  readonly functionKey?: string;
  readonly issuer?: string;
}

export const STATE_FOLDER = '.local';
export const STACK_FILE = 'stack.json';

/** The stack that `npm start` runs in this folder; undefined when there is none, or it crashed. */
export function runningStack(folder: string): RunningStack | undefined {
  const stack = readStack(join(folder, STATE_FOLDER, STACK_FILE));
  return stack !== undefined && isAlive(stack.pid) ? stack : undefined;
}

/** Undefined when there is no such file, or a full disk or a crash left it in pieces. */
export function readStack(file: string): RunningStack | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RunningStack;
  } catch {
    return undefined;
  }
}

export function isAlive(pid: number): boolean {
  try {
    // Signal 0 only asks.
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and is another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
