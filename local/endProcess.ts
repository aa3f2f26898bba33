import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/**
 * Ends a child process, unless it has ended, and resolves when it is gone.
 *
 * @param ask how to ask it; default: SIGTERM
 */
export async function endProcess(
  child: ChildProcess,
  ask: () => void = () => void child.kill('SIGTERM'),
): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  ask();
  await gone;
}
