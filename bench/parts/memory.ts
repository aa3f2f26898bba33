import { once } from 'node:events';
import { inParallel } from '../../lib/inParallel.ts';
import type { SpawnedHost } from '../../local/functionsHost/spawn.ts';
import type { RatioPart } from '../part.ts';
import { allocationRequest, allocationsOf, Client } from '../support/client.ts';
import { withStack } from '../support/stack.ts';

const CONCURRENCY = 16;
const MEGABYTE = 1024 * 1024;
const REPORTER = new URL('../support/heapReporter.mjs', import.meta.url).href;

export const memory: RatioPart = {
  kind: 'ratio',
  name: 'memory',
  title: 'heap after 20,000 distinct sessions, after a forced collection',
  floor: 'after 2,000',
  unit: 'MB',
  long: true,
  limit: { atMost: 1.1 },
  run: (bench) =>
    withStack(bench, 0, async (stack) => {
      const broker = await stack.startBroker({ settings: { NODE_OPTIONS: `--import=${REPORTER}` } });
      const client = new Client(allocationsOf(broker), CONCURRENCY);
      let sessions = 0;
      const allocateUpTo = async (count: number): Promise<void> => {
        const step = 1_000;
        for (; sessions < count; sessions += step) {
          const requests = Array.from({ length: step }, () => allocationRequest());
          await inParallel(requests, CONCURRENCY, (request) => client.expect(201, request));
          bench.progress(`${sessions + step} sessions`);
        }
      };
      await allocateUpTo(2_000);
      const floor = await heapMegabytes(broker);
      await allocateUpTo(20_000);
      const measured = await heapMegabytes(broker);
      client.close();
      return [{ measured, floor }];
    }),
};

async function heapMegabytes({ child }: SpawnedHost): Promise<number> {
  child.send({ type: 'heap' });
  const [{ bytes }] = (await once(child, 'message')) as [{ bytes: number }];
  return bytes / MEGABYTE;
}
