import { randomUUID } from 'node:crypto';
import { inParallel } from '../../lib/inParallel.ts';
import type { RatioPart } from '../part.ts';
import { allocationRequest, allocationsOf, Client, secondsOf } from '../support/client.ts';
import { interleaved } from '../support/interleave.ts';
import { startFloor, withStack } from '../support/stack.ts';

const CONNECTIONS = 16;
const SESSIONS = 200;
const WARM_UP_REQUESTS = 3_000;

export const warmReplay: RatioPart = {
  kind: 'ratio',
  name: 'warm-replay',
  title: `replays that the instance remembers, ${CONNECTIONS} callers, one process`,
  floor: 'an empty function that parses the same JSON, in the same host',
  unit: 'requests/s',
  limit: { atLeast: 0.7 },
  run: (bench) =>
    withStack(bench, 0, async (stack) => {
      const broker = new Client(allocationsOf(await stack.startBroker()), CONNECTIONS);
      const floorHost = await startFloor(bench, stack);
      const floor = new Client(`${floorHost.url}/api/parse`, CONNECTIONS);
      const requests = Array.from({ length: SESSIONS }, () => allocationRequest(randomUUID()));
      const rate = async (client: Client, count: number): Promise<number> => {
        const send = (n: number): Promise<number> => client.expect(200, requests[n % SESSIONS] ?? '');
        return count / (await secondsOf(count, CONNECTIONS, send));
      };
      try {
        await inParallel(requests, 4, (request) => broker.expect(201, request));
        for (const client of [floor, broker]) await rate(client, WARM_UP_REQUESTS);
        // Many short turns: the machine's other load varies less within a short one.
        const count = 500;
        const sizes = { runs: bench.size(7, 3), samples: bench.size(11, 3) };
        return await interleaved(bench, sizes, {
          measured: () => rate(broker, count),
          floor: () => rate(floor, count),
        });
      } finally {
        broker.close();
        floor.close();
        await floorHost.stop();
      }
    }),
};
