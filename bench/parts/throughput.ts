import type { RatioPart } from '../part.ts';
import { allocationRequest, allocationsOf, Client, secondsOf } from '../support/client.ts';
import { interleaved } from '../support/interleave.ts';
import { fleetCallOf, withStack } from '../support/stack.ts';
import { startTablesFloor } from '../support/tablesFloor.ts';

const CONCURRENCY = 16;

export const throughput: RatioPart = {
  kind: 'ratio',
  name: 'throughput',
  title: `new allocations, ${CONCURRENCY} callers, one process, no added delays, fleet 0 ms`,
  floor: 'bare script: the same five table operations, no fleet, no HTTP',
  unit: 'allocations/s',
  limit: { atLeast: 0.75 },
  run: (bench) =>
    withStack(bench, 0, async (stack) => {
      const client = new Client(allocationsOf(await stack.startBroker()), CONCURRENCY);
      await client.expect(201, allocationRequest());
      const storage = stack.azurite.connectionString;
      const floor = await startTablesFloor({ storage, fleet: fleetCallOf(stack) });
      const allocate = (): Promise<number> => client.expect(201, allocationRequest());
      const measured = async (count: number): Promise<number> =>
        count / (await secondsOf(count, CONCURRENCY, allocate));
      const bare = async (allocations: number): Promise<number> =>
        allocations / (await floor.run({ kind: 'operations', allocations, concurrency: CONCURRENCY }));
      try {
        for (const side of [measured, bare]) await side(bench.size(500, 100));
        // Many short turns: the machine's other load varies less within a short one.
        const count = 100;
        const sizes = { runs: bench.size(7, 3), samples: bench.size(5, 2) };
        return await interleaved(bench, sizes, { measured: () => measured(count), floor: () => bare(count) });
      } finally {
        client.close();
        await floor.stop();
      }
    }),
};
