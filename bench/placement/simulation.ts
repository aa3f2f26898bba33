import { place, type Hint, type PlacementPolicy, type PlayerHints } from '../../lib/placement/placement.ts';
import { loadRegionLatencies, loadSourceWeights } from '../../local/data/latencies.ts';
import { drawWeighted, seededRandom, type Random } from '../../local/data/random.ts';
import { drawPlayer, type SimulatedPlayer } from '../../local/data/simulatedPlayers.ts';

export const PARTY_SIZES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as const;
/** The share of locations that have no free server, each on its own, where capacity fails. */
export const OUTAGE_SHARE = 0.3;
/** How much too high a spoilt measurement is, in milliseconds. */
export const SPIKE_MS = 200;
/** Round trips below this are what fast games aim for. */
export const GOOD_MS = 80;

/** Who plays together: friends who live on one continent, or whoever is online. */
export const COMPOSITIONS = ['continent', 'worldwide'] as const;
export type Composition = (typeof COMPOSITIONS)[number];
/** What goes wrong: nothing, locations without capacity, or measurements that a download or bad Wi-Fi spoilt. */
export const CONDITIONS = ['calm', 'outages', 'spikes'] as const;
export type Condition = (typeof CONDITIONS)[number];

/** Ways to choose; `best` knows the true latencies and where capacity is, and chooses anew for each measure. */
export const STRATEGIES = ['first', 'mean', 'median', 'worst', 'capped', 'best'] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** How one party fared, in milliseconds. */
export interface Outcome {
  readonly composition: Composition;
  readonly condition: Condition;
  readonly strategy: Strategy;
  readonly size: number;
  readonly meanMs: number;
  readonly worstMs: number;
}

const POLICIES: Readonly<Record<Exclude<Strategy, 'best' | 'first'>, PlacementPolicy>> = {
  mean: { aggregate: 'mean', strict: false },
  median: { aggregate: 'median', strict: false },
  worst: { aggregate: 'worst', strict: false },
  capped: { aggregate: 'mean', maxLatencyMs: GOOD_MS, strict: false },
};

const latencies = loadRegionLatencies();
const weights = loadSourceWeights();
const offered = latencies.targets.map((name) => ({ name, penaltyMs: 0 }));

/**
 * `spikeShare` is the share of measurements that come out too high under `spikes`, from 0 to 1.
 * Every strategy gets the same parties and the same outages; equal seeds give equal outcomes.
 */
export function* simulate(seed: number, partiesPerSize: number, spikeShare: number): Generator<Outcome> {
  const random = seededRandom(seed);
  for (const composition of COMPOSITIONS) {
    for (const size of PARTY_SIZES) {
      for (let party = 0; party < partiesPerSize; party += 1) {
        yield* playParty(drawParty(composition, size, random), composition, spikeShare, random);
      }
    }
  }
}

function drawParty(composition: Composition, size: number, random: Random): SimulatedPlayer[] {
  const home = drawWeighted(weights, random).continent;
  const near = composition === 'worldwide' ? weights : weights.filter(({ continent }) => continent === home);
  return Array.from({ length: size }, () => drawPlayer(latencies, near, random));
}

function* playParty(
  party: SimulatedPlayer[],
  composition: Composition,
  spikeShare: number,
  random: Random,
): Generator<Outcome> {
  const fared = new Map(latencies.targets.map((location) => [location, fare(party, location)]));
  for (const condition of CONDITIONS) {
    const hints = party.map((player) =>
      condition === 'spikes' ? spoil(player.hints, spikeShare, random) : player.hints,
    );
    const open = condition === 'outages' ? locationsWithCapacity(random) : latencies.targets;
    const possible = open.flatMap((location) => fared.get(location) ?? []);
    const setting = { composition, condition, size: party.length };
    for (const [strategy, order] of orderByStrategy(hints.map((own) => ({ latencies: own })))) {
      const got = fared.get(order.find((location) => open.includes(location)) ?? '');
      if (got === undefined) throw new Error('no location had capacity');
      yield { ...setting, strategy, ...got };
    }
    const meanMs = Math.min(...possible.map((location) => location.meanMs));
    const worstMs = Math.min(...possible.map((location) => location.worstMs));
    yield { ...setting, strategy: 'best', meanMs, worstMs };
  }
}

function spoil(hints: readonly Hint[], share: number, random: Random): Hint[] {
  return hints.map(({ location, ms }) => ({ location, ms: random() < share ? ms + SPIKE_MS : ms }));
}

function orderByStrategy(players: readonly PlayerHints[]): [Strategy, readonly string[]][] {
  const byPolicy = Object.entries(POLICIES).map(([strategy, policy]): [Strategy, readonly string[]] => [
    strategy as keyof typeof POLICIES,
    place(offered, players, policy).locations,
  ]);
  return [['first', place(offered, players.slice(0, 1), POLICIES.mean).locations], ...byPolicy];
}

function fare(party: readonly SimulatedPlayer[], location: string): { meanMs: number; worstMs: number } {
  const values = party.map((player) => player.actualMs(location));
  return { meanMs: values.reduce((sum, ms) => sum + ms, 0) / values.length, worstMs: Math.max(...values) };
}

/** The fleet starts the server at the first location of the list that has one free; at least one has. */
function locationsWithCapacity(random: Random): readonly string[] {
  const open = latencies.targets.filter(() => random() >= OUTAGE_SHARE);
  return open.length > 0 ? open : locationsWithCapacity(random);
}
