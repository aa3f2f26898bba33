import { randomUUID } from 'node:crypto';
import { seededRandom } from '../../local/data/random.ts';
import type { RatioPart, Run } from '../part.ts';
import { allocationRequest, allocationsOf, Client } from '../support/client.ts';
import { withStack } from '../support/stack.ts';

const CALLERS = 8;
const SEED = 9;
const SHORTEST_MS = 100;
const LONGEST_MS = 3_000;

export const manyCallers: RatioPart = {
  kind: 'ratio',
  name: 'many-callers',
  title: `${CALLERS} callers of one session on 2 processes, fleet 0.1 to 3 s by seed: until the last has its host`,
  floor: 'one caller, the same fleet delay',
  unit: 'ms',
  limit: { atMost: 1.25 },
  run: (bench) =>
    withStack(bench, 0, async (stack) => {
      const brokers = await Promise.all([stack.startBroker(), stack.startBroker()]);
      const clients = brokers.map((broker) => new Client(allocationsOf(broker)));
      const all = Array.from({ length: CALLERS / clients.length }, () => clients).flat();
      for (const client of clients) await client.expect(201, allocationRequest());
      const random = seededRandom(SEED);
      const runs: Run[] = [];
      for (let n = bench.size(30, 2); n > 0; n -= 1) {
        const ms = Math.round(SHORTEST_MS + random() * (LONGEST_MS - SHORTEST_MS));
        await stack.fleet.control.faults.set({ action: { type: 'delay', ms } });
        const floor = await untilTheLast(clients.slice(n % 2, (n % 2) + 1));
        runs.push({ measured: await untilTheLast(all), floor });
        bench.progress(`fleet ${ms} ms, ${n - 1} to go`);
      }
      for (const client of clients) client.close();
      return runs;
    }),
};

/** Milliseconds until every caller of one new session has its host. */
async function untilTheLast(callers: readonly Client[]): Promise<number> {
  const request = allocationRequest(randomUUID());
  const startedMs = performance.now();
  const answers = await Promise.all(callers.map((caller) => caller.post(request)));
  const elapsedMs = performance.now() - startedMs;
  if (answers.some(({ status }) => status !== 201 && status !== 200))
    throw new Error('a caller was left without a host');
  return elapsedMs;
}
