import type { RatioPart } from '../part.ts';
import { allocationRequest, allocationsOf, Client } from '../support/client.ts';
import { delayedTables } from '../support/delayedTables.ts';
import { interleaved } from '../support/interleave.ts';
import { fleetCallOf, withStack } from '../support/stack.ts';
import { startTablesFloor } from '../support/tablesFloor.ts';

const FLEET_MS = 100;

export const newAllocation: RatioPart = {
  kind: 'ratio',
  name: 'new-allocation',
  title: 'new allocation, one caller, 20 ms a storage round trip, fleet 100 ms',
  floor: 'bare script: insert, insert, fetch, replace',
  unit: 'ms',
  limit: { atMost: 1.1 },
  run: (bench) =>
    withStack(bench, FLEET_MS, async (stack) => {
      const tables = await delayedTables(stack);
      const broker = await stack.startBroker({ settings: { BrokerStorage: tables.connectionString } });
      const client = new Client(allocationsOf(broker));
      await client.expect(201, allocationRequest());
      const floor = await startTablesFloor({ storage: tables.connectionString, fleet: fleetCallOf(stack) });
      try {
        const sizes = { warmUp: bench.size(10, 3), runs: bench.size(5, 3), samples: bench.size(20, 5) };
        return await interleaved(bench, sizes, {
          measured: () => client.expect(201, allocationRequest()),
          floor: () => floor.run({ kind: 'allocation' }),
        });
      } finally {
        client.close();
        await floor.stop();
        await tables.stop();
      }
    }),
};
