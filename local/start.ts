/** `npm start`, the whole stack on one machine: Azurite, the simulated fleet, the broker in the functions host. */
import pc from 'picocolors';
import { refuseFlagsOfNpm } from './npmFlags.ts';
import { bringUp } from './start/bringUp.ts';
import { type Flags, startCommand } from './start/flags.ts';

await refuseFlagsOfNpm(startCommand(start)).parseAsync();

async function start(flags: Flags): Promise<void> {
  const stops: (() => Promise<void>)[] = [];
  const stopOnce = async (code: number): Promise<never> => {
    for (const stop of stops) await stop();
    process.exit(code);
  };
  // Ctrl-C reaches some of the children as well: their end must not cut short the stop of the others.
  let stopping: Promise<never> | undefined;
  const stopAll = (code: number): Promise<never> => (stopping ??= stopOnce(code));
  // A second Ctrl-C ends it at once; a second SIGTERM comes from every process above that passes it on.
  process.once('SIGINT', () => void stopAll(0));
  process.on('SIGTERM', () => void stopAll(0));
  try {
    // What is begun last ends first.
    await bringUp(flags, { onStop: (stop) => void stops.unshift(stop), stopAll });
  } catch (error) {
    // Whoever stops a start knows why it fails.
    if (stopping === undefined) console.error(pc.red(error instanceof Error ? error.message : String(error)));
    await stopAll(1);
  }
}
