import type { SpawnedHost } from '../../local/functionsHost/spawn.ts';
import type { RatioPart } from '../part.ts';
import { allocationRequest, Client } from '../support/client.ts';
import { interleaved } from '../support/interleave.ts';
import { startFloor, withStack } from '../support/stack.ts';

export const coldStart: RatioPart = {
  kind: 'ratio',
  name: 'cold-start',
  title: 'from the start of the process to its first 201, warm disk, fleet 0 ms',
  floor: 'a function that does one fetch to the same fleet, in the same host',
  unit: 'ms',
  limit: { atMost: 2 },
  run: (bench) =>
    withStack(bench, 0, async (stack) => {
      const measured = (): Promise<number> => firstAnswer(() => stack.startBroker(), 'v1/allocations');
      const floor = (): Promise<number> => firstAnswer(() => startFloor(bench, stack), 'ask');
      // The first of each creates the tables and warms the disk.
      const sizes = { warmUp: 1, runs: bench.size(15, 3), samples: 1 };
      return interleaved(bench, sizes, { measured, floor });
    }),
};

/** Milliseconds from the start of a host to its first host for a session. */
async function firstAnswer(start: () => Promise<SpawnedHost>, route: string): Promise<number> {
  const startedMs = performance.now();
  const host = await start();
  const client = new Client(`${host.url}/api/${route}`);
  try {
    await client.expect(201, allocationRequest());
    return performance.now() - startedMs;
  } finally {
    client.close();
    await host.stop();
  }
}
