import { randomUUID } from 'node:crypto';
import type { RatioPart } from '../part.ts';
import { allocationRequest, allocationsOf, Client } from '../support/client.ts';
import { delayedTables } from '../support/delayedTables.ts';
import { interleaved } from '../support/interleave.ts';
import { fleetCallOf, withStack } from '../support/stack.ts';
import { startTablesFloor } from '../support/tablesFloor.ts';

export const coldReplay: RatioPart = {
  kind: 'ratio',
  name: 'cold-replay',
  title: "replay of another instance's session, one caller, 20 ms a storage round trip",
  floor: 'bare script: one point read of the same row',
  unit: 'ms',
  limit: { atMost: 1.25 },
  run: (bench) =>
    withStack(bench, 0, async (stack) => {
      const tables = await delayedTables(stack);
      const other = new Client(allocationsOf(await stack.startBroker()));
      const broker = await stack.startBroker({ settings: { BrokerStorage: tables.connectionString } });
      const client = new Client(allocationsOf(broker));
      const floor = await startTablesFloor({ storage: tables.connectionString, fleet: fleetCallOf(stack) });
      const allocated = async (): Promise<string> => {
        const sessionId = randomUUID();
        await other.expect(201, allocationRequest(sessionId));
        return sessionId;
      };
      const measured = async (): Promise<number> => client.expect(200, allocationRequest(await allocated()));
      const bare = async (): Promise<number> => floor.run({ kind: 'read', sessionId: await allocated() });
      try {
        const sizes = { warmUp: bench.size(20, 5), runs: bench.size(5, 3), samples: bench.size(30, 10) };
        return await interleaved(bench, sizes, { measured, floor: bare });
      } finally {
        other.close();
        client.close();
        await floor.stop();
        await tables.stop();
      }
    }),
};
