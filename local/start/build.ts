import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { endProcess } from '../endProcess.ts';

/**
 * Builds the project in a process of its own: a build in this one could not be stopped.
 *
 * @param onStop gets what ends the build, whether it has ended or not
 * @throws Error
 */
export async function build(root: string, onStop: (stop: () => Promise<void>) => void): Promise<void> {
  const child = spawn(process.execPath, [join(root, 'scripts/build.ts')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  onStop(() => endProcess(child));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error('The build failed: see above.');
}
