import { DEFAULT_CLAMP_MS } from '../../lib/config/jsonSettings.ts';
import { place, type PlacementPolicy, type PlayerHints } from '../../lib/placement/placement.ts';
import { seededRandom, type Random } from '../../local/data/random.ts';
import type { SimulatedPlayer } from '../../local/data/simulatedPlayers.ts';
import {
  COMPOSITIONS,
  CONDITIONS,
  GOOD_MS,
  PARTY_SIZES,
  drawParty,
  fares,
  latencies,
  locationsWithCapacity,
  offered,
  send,
  type Composition,
  type Condition,
  type Outcome,
} from './world.ts';

/** How long the broker collects the measurements of callers, and within which time they all call. */
const GATHER_MS = 1500;
const ARRIVAL_MS = 2000;
/** Of the callers after the first. */
export const LATE_SHARE = 1 - GATHER_MS / ARRIVAL_MS;

/** Ways to choose; `best` knows the true latencies and where capacity is, and chooses anew for each measure. */
export const STRATEGIES = ['first', 'gather', 'mean', 'median', 'worst', 'capped', 'best'] as const;
export type Strategy = (typeof STRATEGIES)[number];

const DEFAULT: PlacementPolicy = { aggregate: 'mean', strict: false, clampMs: DEFAULT_CLAMP_MS };
const POLICIES: Readonly<Record<Exclude<Strategy, 'best' | 'first' | 'gather'>, PlacementPolicy>> = {
  mean: DEFAULT,
  median: { ...DEFAULT, aggregate: 'median' },
  worst: { ...DEFAULT, aggregate: 'worst' },
  capped: { ...DEFAULT, maxLatencyMs: GOOD_MS },
};

/** Numbers of their own for what was added later: the parties, and what befalls them, stay as they were. */
interface Chance {
  readonly parties: Random;
  readonly later: Random;
}
const EARLY_CONDITIONS: readonly Condition[] = ['calm', 'outages', 'spikes'];

/**
 * `spikeShare` is the share of measurements that come out too high under `spikes`, from 0 to 1.
 * Every strategy gets the same parties and the same outages; equal seeds give equal outcomes.
 */
export function* simulate(
  seed: number,
  partiesPerSize: number,
  spikeShare: number,
): Generator<Outcome<Strategy>> {
  const chance = { parties: seededRandom(seed), later: seededRandom(seed + 1) };
  for (const composition of COMPOSITIONS) {
    for (const size of PARTY_SIZES) {
      for (let party = 0; party < partiesPerSize; party += 1) {
        yield* playParty(drawParty(composition, size, chance.parties), composition, spikeShare, chance);
      }
    }
  }
}

function* playParty(
  party: SimulatedPlayer[],
  composition: Composition,
  spikeShare: number,
  { parties, later }: Chance,
): Generator<Outcome<Strategy>> {
  const inTime = party.map((_, index) => index === 0 || later() * ARRIVAL_MS < GATHER_MS);
  for (const condition of CONDITIONS) {
    const random = EARLY_CONDITIONS.includes(condition) ? parties : later;
    const { players, counting } = send(party, condition, spikeShare, random);
    const open = condition === 'outages' ? locationsWithCapacity(random) : latencies.targets;
    const fared = fares(counting);
    const possible = open.flatMap((location) => fared.get(location) ?? []);
    const setting = { composition, condition, size: party.length };
    for (const [strategy, order] of orderByStrategy(players, inTime)) {
      const got = fared.get(order.find((location) => open.includes(location)) ?? '');
      if (got === undefined) throw new Error('no location had capacity');
      yield { ...setting, strategy, ...got };
    }
    const meanMs = Math.min(...possible.map((location) => location.meanMs));
    const worstMs = Math.min(...possible.map((location) => location.worstMs));
    yield { ...setting, strategy: 'best', meanMs, worstMs };
  }
}

function orderByStrategy(
  players: readonly PlayerHints[],
  inTime: readonly boolean[],
): [Strategy, readonly string[]][] {
  const byPolicy = Object.entries(POLICIES).map(([strategy, policy]): [Strategy, readonly string[]] => [
    strategy as keyof typeof POLICIES,
    place(offered, players, policy).locations,
  ]);
  const gathered = players.filter((_, index) => inTime[index]);
  return [
    ['first', place(offered, players.slice(0, 1), DEFAULT).locations],
    ['gather', place(offered, gathered, DEFAULT).locations],
    ...byPolicy,
  ];
}
