import { randomUUID } from 'node:crypto';
import { inParallel } from '../../lib/inParallel.ts';
import type { Bench, RatioPart, Run } from '../part.ts';
import { allocationRequest, allocationsOf, Client, secondsOf } from '../support/client.ts';
import { interleaved } from '../support/interleave.ts';
import { startFloor, withStack } from '../support/stack.ts';

const CONNECTIONS = 16;
const SESSIONS = 200;
/** Confirmed once a second, they cost as many readings as the 2,000 that an instance remembers, once a minute. */
const SESSIONS_A_SECOND = 33;
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
      const broker = await allocated(allocationsOf(await stack.startBroker()), SESSIONS);
      const floor = await startFloor(bench, stack);
      try {
        // Many short turns: the machine's other load varies less within a short one.
        const turns = { requests: 500, runs: bench.size(7, 3), samples: bench.size(11, 3) };
        return await compared(bench, turns, broker, { ...broker, url: `${floor.url}/api/parse` });
      } finally {
        await floor.stop();
      }
    }),
};

export const confirmedReplay: RatioPart = {
  kind: 'ratio',
  name: 'confirmed-replay',
  long: true,
  title: `replays of ${SESSIONS_A_SECOND} sessions, each confirmed by a reading every second`,
  floor: 'the same, confirmed every minute',
  unit: 'requests/s',
  limit: { atLeast: 0.9 },
  run: (bench) =>
    withStack(bench, 0, async (stack) => {
      const settings = { BROKER_CONFIRM_SECONDS: '1' };
      const eachSecond = allocationsOf(await stack.startBroker({ settings }));
      const eachMinute = allocationsOf(await stack.startBroker());
      // A turn takes about a second, so that each session is confirmed in it once or twice.
      const turns = { requests: 3_000, runs: bench.size(7, 3), samples: bench.size(5, 3) };
      const measured = await allocated(eachSecond, SESSIONS_A_SECOND);
      return compared(bench, turns, measured, await allocated(eachMinute, SESSIONS_A_SECOND));
    }),
};

interface Side {
  readonly url: string;
  readonly requests: readonly string[];
}

/** New sessions, each with its host. */
async function allocated(url: string, sessions: number): Promise<Side> {
  const client = new Client(url, CONNECTIONS);
  const requests = Array.from({ length: sessions }, () => allocationRequest(randomUUID()));
  try {
    await inParallel(requests, 4, (request) => client.expect(201, request));
    return { url, requests };
  } finally {
    client.close();
  }
}

interface Turns {
  readonly requests: number;
  readonly runs: number;
  readonly samples: number;
}

/** How many requests a second either side answers, in turn. */
async function compared(
  bench: Bench,
  { requests: count, ...sizes }: Turns,
  measured: Side,
  floor: Side,
): Promise<Run[]> {
  const rateOf = ({ url, requests }: Side) => {
    const client = new Client(url, CONNECTIONS);
    const send = (n: number): Promise<number> => client.expect(200, requests[n % requests.length] ?? '');
    const rate = async (most = count): Promise<number> => most / (await secondsOf(most, CONNECTIONS, send));
    return { rate, close: () => client.close() };
  };
  const [measuring, bare] = [rateOf(measured), rateOf(floor)];
  try {
    for (const { rate } of [bare, measuring]) await rate(WARM_UP_REQUESTS);
    return await interleaved(bench, sizes, { measured: () => measuring.rate(), floor: () => bare.rate() });
  } finally {
    measuring.close();
    bare.close();
  }
}
