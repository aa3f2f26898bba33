/**
 * Sends whatever fast-check can think of to real broker processes, and holds every answer to the contract.
 *
 *     npm run fuzz -- [--requests 3000] [--seed 7] [--connections 24]
 */
import { Command } from 'commander';
import fc from 'fast-check';
import { inParallel } from '../../lib/inParallel.ts';
import { startStack } from '../../local/stack.ts';
import { wholeNumber } from '../../local/flags.ts';
import { judge } from './judge.ts';
import { MemoryWatch } from './memory.ts';
import { type FuzzRequest, CALLER_CANARY, fuzzRequest } from './requests.ts';
import { Tally } from './tally.ts';
import { Wire } from './wire.ts';

const UPSTREAM_CANARY = 'fuzz-canary-of-the-fleet';
/** fast-check draws so many at a time; a seed and a number name one request for good. */
const BATCH = 500;
/** Growth beyond it is a leak; a run must be long enough to tell that from caches that fill. */
const MOST_GROWTH = 1.5;
const LEAST_REQUESTS_FOR_GROWTH = 20_000;

interface Options {
  readonly requests: number;
  readonly seed: number;
  readonly connections: number;
}

const options = new Command('fuzz')
  .description('Sends hostile requests to real brokers; ends with 1 when an answer breaks the contract.')
  .option('--requests <count>', 'how many to send; 3000 take half a minute at most', wholeNumber(1), 3_000)
  .option(
    '--seed <number>',
    'what they are drawn from: the same seed sends the same',
    wholeNumber(0),
    Date.now() % 1_000_000,
  )
  .option('--connections <count>', 'how many are under way at once', wholeNumber(1), 24)
  .parse()
  .opts<Options>();

/** Extra members on every host, and now and then an answer that is an error, with words in it that must stay. */
const FLEET_FAULTS = [
  { rate: 0.02, action: { type: 'status', status: 500, body: UPSTREAM_CANARY, retryAfter: UPSTREAM_CANARY } },
  { rate: 0.02, action: { type: 'status', status: 503, body: UPSTREAM_CANARY } },
  { rate: 0.02, action: { type: 'status', status: 400, body: UPSTREAM_CANARY } },
  { rate: 0.01, action: { type: 'reset' } },
  { rate: 0.05, action: { type: 'body', text: `{"hostName": "<${UPSTREAM_CANARY}>"}` } },
  { action: { type: 'override', members: { secret: UPSTREAM_CANARY } } },
] as const;

const SETTINGS = {
  BROKER_FLEET_TIMEOUT_MS: '2000',
  BROKER_QUOTA: '{"limit": 1000000, "windowSeconds": 3600, "onStorageFault": "allow"}',
};
/** Every token is refused there: nobody holds a key of this issuer. */
const JWT_SETTINGS = {
  BROKER_AUTH: '{"mode": "jwt", "issuer": "http://127.0.0.1:9/", "audience": "x"}',
};

async function main(): Promise<boolean> {
  const { requests, seed, connections } = options;
  console.log(`${requests} requests, seed ${seed}, ${connections} at once`);
  const stack = await startStack({ fleet: { activationMs: 0, standingBy: 1_000_000 }, settings: SETTINGS });
  const canaries = [CALLER_CANARY, UPSTREAM_CANARY, stack.fleetToken];
  const tally = new Tally(requests);
  const onLine = (line: string): void => {
    const leaked = canaries.find((canary) => line.includes(canary));
    if (leaked !== undefined) tally.fault(`a log line holds ${leaked}: ${line.slice(0, 300)}`);
  };
  try {
    await stack.fleet.control.faults.set(...FLEET_FAULTS);
    const brokers = [
      await stack.startBroker({ jsonLogs: true, onLine }),
      await stack.startBroker({ jsonLogs: true, onLine, settings: JWT_SETTINGS }),
    ] as const;
    const memory = new MemoryWatch(brokers[0].pid);
    const wires = brokers.map(({ port }) => new Wire(port, connections));
    const send = async (fuzz: FuzzRequest, number: number): Promise<void> => {
      const wire = wires[number % 10 === 0 ? 1 : 0] ?? wires[0];
      await sendOne(wire, fuzz, number, canaries, tally);
    };
    for (let from = 0; from < requests; from += BATCH) {
      const drawn = fc.sample(fuzzRequest, { numRuns: Math.min(BATCH, requests - from), seed: seed + from });
      await inParallel([...drawn.entries()], connections, ([index, fuzz]) => send(fuzz, from + index));
      await memory.sample();
    }
    for (const wire of wires) wire.close();
    for (const { child, url } of brokers) {
      const alive = child.exitCode === null && child.signalCode === null && (await isHealthy(url));
      if (!alive) tally.fault(`the broker at ${url} did not survive`);
    }
    return verdict(tally, memory, seed);
  } finally {
    await stack.stop();
  }
}

async function sendOne(
  wire: Wire | undefined,
  fuzz: FuzzRequest,
  number: number,
  canaries: readonly string[],
  tally: Tally,
): Promise<void> {
  try {
    const answer = await (wire as Wire).send(fuzz);
    const { origin, label, faults } = judge(answer, canaries, fuzz.kind === 'http' && fuzz.method === 'HEAD');
    tally.count(origin, label);
    // The tables are well: only a caller's text could have made them look otherwise.
    if (fuzz.kind === 'http' && fuzz.path.startsWith('/api/v1/history') && answer.status === 503)
      tally.fault(
        `request ${number}: a fault of storage\n    ${shown(fuzz)}\n    ${answer.text.slice(0, 300)}`,
      );
    for (const fault of faults)
      tally.fault(`request ${number}: ${fault}\n    ${shown(fuzz)}\n    ${answer.text.slice(0, 300)}`);
  } catch (error) {
    tally.fault(
      `request ${number}: ${error instanceof Error ? error.message : 'failed'}\n    ${shown(fuzz)}`,
    );
  }
}

/** Escaped: a terminal must not obey what was made to confuse parsers. */
function shown(fuzz: FuzzRequest): string {
  const text =
    fuzz.kind === 'raw'
      ? { bytes: Buffer.from(fuzz.bytes).toString('latin1') }
      : { ...fuzz, body: Buffer.from(fuzz.body).toString('latin1') };
  return JSON.stringify(text).slice(0, 600);
}

async function isHealthy(url: string): Promise<boolean> {
  return fetch(`${url}/api/health`).then(
    ({ status }) => status === 200,
    () => false,
  );
}

function verdict(tally: Tally, memory: MemoryWatch, seed: number): boolean {
  const ratio = memory.ratio();
  const longEnough = options.requests >= LEAST_REQUESTS_FOR_GROWTH;
  if (longEnough && ratio > MOST_GROWTH) tally.fault(`the memory grew by a factor of ${ratio.toFixed(2)}`);
  tally.print();
  const judged = longEnough
    ? `at most ${MOST_GROWTH}`
    : `not judged below ${LEAST_REQUESTS_FOR_GROWTH} requests`;
  console.log(
    `memory: last quarter / second quarter = ${ratio.toFixed(2)} (${judged}), peak ${memory.peak()} MiB`,
  );
  console.log(tally.faults === 0 ? 'PASS' : `FAIL: ${tally.faults} violations; repeat with --seed ${seed}`);
  return tally.faults === 0;
}

process.exitCode = (await main()) ? 0 : 1;
