/**
 * Compares ordering the largest request (64 players x 16 locations, the most measurements that a request may hold)
 * with `JSON.parse` of the same request, complete and with one measurement in five lost. The broker has to parse it
 * anyway, so a ratio of 1 means that placement at most doubles what the request's own bytes cost.
 *
 *     node bench/placement/ordering.ts [--json] [--rounds 301]
 */
import { Command } from 'commander';
import { DEFAULT_CLAMP_MS } from '../../lib/config/jsonSettings.ts';
import {
  place,
  type Aggregate,
  type OfferedLocation,
  type PlayerHints,
} from '../../lib/placement/placement.ts';
import { loadRegionLatencies } from '../../local/data/latencies.ts';
import { wholeNumber } from '../../local/flags.ts';
import { median } from '../support/median.ts';

const PLAYERS = 64;
const LOCATIONS = 16;
const AGGREGATES: readonly Aggregate[] = ['mean', 'worst', 'median'];
/** Every so many measurements, one is lost: each is estimated. */
const LOST_EVERY = 5;

interface OrderingBench {
  readonly bench: 'placement-ordering';
  readonly players: number;
  readonly locations: number;
  readonly requestBytes: number;
  readonly parseUs: number;
  /** The median time of the slowest aggregate. */
  readonly orderUs: number;
  readonly slowest: Aggregate;
  readonly request: 'complete' | 'with losses';
  /** orderUs / parseUs. */
  readonly ratio: number;
  readonly limit: number;
}

/** Takes about a second; the slower of the two requests counts. */
export function measureOrdering(rounds = 301): OrderingBench {
  const [complete, lossy] = [measure('complete', rounds), measure('with losses', rounds)];
  return lossy.ratio > complete.ratio ? lossy : complete;
}

/** Each round times every contender once, so that a busy machine slows all alike. */
function measure(request: OrderingBench['request'], rounds: number): OrderingBench {
  const { offered, body } = largestRequest(request === 'with losses');
  const parse = (): { players: PlayerHints[] } => JSON.parse(body) as { players: PlayerHints[] };
  const parseTimes: number[] = [];
  const orderTimes = new Map(AGGREGATES.map((aggregate): [Aggregate, number[]] => [aggregate, []]));
  const warmUp = Math.ceil(rounds / 3);
  for (let round = -warmUp; round < rounds; round += 1) {
    const parsed = timed(parse);
    if (round >= 0) parseTimes.push(parsed.us);
    for (const [aggregate, times] of orderTimes) {
      // Parsed afresh: the broker never orders strings that it has looked up before.
      const { players } = parse();
      const policy = { aggregate, maxLatencyMs: 120, strict: false, clampMs: DEFAULT_CLAMP_MS };
      const ordered = timed(() => place(offered, players, policy));
      if (ordered.result.locations.length !== LOCATIONS) throw new Error('the ordering lost a location');
      if (round >= 0) times.push(ordered.us);
    }
  }
  const parseUs = median(parseTimes);
  const [slowest, orderUs] = [...orderTimes]
    .map(([aggregate, times]): [Aggregate, number] => [aggregate, median(times)])
    .reduce((a, b) => (b[1] > a[1] ? b : a));
  return {
    bench: 'placement-ordering',
    players: PLAYERS,
    locations: LOCATIONS,
    requestBytes: Buffer.byteLength(body),
    parseUs: round1(parseUs),
    orderUs: round1(orderUs),
    slowest,
    request,
    ratio: Math.round((orderUs / parseUs) * 1000) / 1000,
    limit: 1,
  };
}

function largestRequest(lossy: boolean): { offered: OfferedLocation[]; body: string } {
  const { sources, targets, ms } = loadRegionLatencies();
  const names = targets.slice(0, LOCATIONS);
  const players = Array.from({ length: PLAYERS }, (_, p) => ({
    playerId: `player-${p}`,
    latencies: names.flatMap((location, l) => {
      if (lossy && (p * 7 + l) % LOST_EVERY === 0) return [];
      return [
        { location, ms: ms(sources[p % sources.length] ?? '', location) + ((p * 7 + l * 3) % 10) / 10 },
      ];
    }),
  }));
  const request = { sessionId: '3536d3e6-e85d-4f47-b898-9617d19dabcd', gameMode: 'duel', players };
  return { offered: names.map((name) => ({ name, penaltyMs: 0 })), body: JSON.stringify(request) };
}

function timed<T>(run: () => T): { result: T; us: number } {
  const start = performance.now();
  const result = run();
  return { result, us: (performance.now() - start) * 1000 };
}

const round1 = (value: number): number => Math.round(value * 10) / 10;

if (import.meta.main) {
  const options = new Command('ordering')
    .description('Times one ordering of the largest request against JSON.parse of the same request.')
    .option('--json', 'print the result as one line of JSON')
    .option('--rounds <count>', 'measured rounds; the median counts', wholeNumber(1), 301)
    .parse()
    .opts<{ json?: true; rounds: number }>();
  const result = measureOrdering(options.rounds);
  console.log(
    options.json
      ? JSON.stringify(result)
      : `placement, ${PLAYERS} players x ${LOCATIONS} locations: ${result.request}: ordering ${result.orderUs} µs ` +
          `(${result.slowest}), JSON.parse ${result.parseUs} µs, ratio ${result.ratio} (at most ${result.limit})`,
  );
}
