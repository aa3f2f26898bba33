import type { Hint, PlayerHints } from '../../lib/placement/placement.ts';
import { loadRegionLatencies, loadSourceWeights, type RegionLatencies } from '../../local/data/latencies.ts';
import { drawWeighted, seededRandom, type Random } from '../../local/data/random.ts';
import { drawPlayer, type SimulatedPlayer } from '../../local/data/simulatedPlayers.ts';

export const PARTY_SIZES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as const;
/** The share of locations that have no free server, each on its own, where capacity fails. */
export const OUTAGE_SHARE = 0.3;
/** How much too high a spoilt measurement is, in milliseconds. */
export const SPIKE_MS = 200;
/** The share of players who send what gets them the location nearest to them. */
export const LIAR_SHARE = 0.05;
/** Round trips below this are what fast games aim for. */
export const GOOD_MS = 80;

/** Who plays together: friends who live on one continent, or whoever is online. */
export const COMPOSITIONS = ['continent', 'worldwide'] as const;
export type Composition = (typeof COMPOSITIONS)[number];
/**
 * What goes wrong: nothing, locations without capacity, measurements that a download or bad Wi-Fi spoilt, players who
 * lie, or measurements that were lost, by their share in per cent.
 */
export const CONDITIONS = ['calm', 'outages', 'spikes', 'liars', 'lost5', 'lost20'] as const;
export type Condition = (typeof CONDITIONS)[number];

/** How one party fared, in milliseconds. */
export interface Outcome<Strategy extends string> {
  readonly composition: Composition;
  readonly condition: Condition;
  readonly strategy: Strategy;
  readonly size: number;
  readonly meanMs: number;
  readonly worstMs: number;
}

/** What a party sends under a condition, and who in it counts: nobody minds how a liar fares. */
export interface Sent {
  readonly players: readonly PlayerHints[];
  readonly counting: readonly SimulatedPlayer[];
}

export const latencies = loadRegionLatencies();
export const offered = latencies.targets.map((name) => ({ name, penaltyMs: 0 }));
const weights = loadSourceWeights();

/** The round trips of another internet: each is off what the broker knows by up to this share, either way. */
export function distorted(share: number, seed: number): RegionLatencies {
  const random = seededRandom(seed);
  const factors = new Map(
    latencies.sources.flatMap((source) =>
      latencies.targets.map((target) => [`${source} ${target}`, 1 + share * (2 * random() - 1)]),
    ),
  );
  const factor = (source: string, target: string): number => factors.get(`${source} ${target}`) ?? 1;
  return { ...latencies, ms: (source, target) => latencies.ms(source, target) * factor(source, target) };
}

export function drawParty(
  composition: Composition,
  size: number,
  random: Random,
  world = latencies,
): SimulatedPlayer[] {
  const home = drawWeighted(weights, random).continent;
  const near = composition === 'worldwide' ? weights : weights.filter(({ continent }) => continent === home);
  return Array.from({ length: size }, () => drawPlayer(world, near, random));
}

/** @param spikeShare the share of spoilt measurements under `spikes`, from 0 to 1 */
export function send(
  party: readonly SimulatedPlayer[],
  condition: Condition,
  spikeShare: number,
  random: Random,
): Sent {
  const each = (hintsOf: (player: SimulatedPlayer) => readonly Hint[]): Sent => ({
    players: party.map((player) => ({ latencies: hintsOf(player) })),
    counting: party,
  });
  switch (condition) {
    case 'calm':
    case 'outages':
      return each(({ hints }) => hints);
    case 'spikes':
      return each(({ hints }) =>
        hints.map(({ location, ms }) => ({ location, ms: random() < spikeShare ? ms + SPIKE_MS : ms })),
      );
    case 'lost5':
      return each(({ hints }) => hints.filter(() => random() >= 0.05));
    case 'lost20':
      return each(({ hints }) => hints.filter(() => random() >= 0.2));
    case 'liars': {
      const liars = new Set(party.filter(() => random() < LIAR_SHARE));
      const honest = party.filter((player) => !liars.has(player));
      return {
        players: party.map((player) => ({ latencies: liars.has(player) ? lie(player) : player.hints })),
        counting: honest.length > 0 ? honest : party,
      };
    }
  }
}

/** A minute to everywhere but the nearest location. */
function lie(player: SimulatedPlayer): Hint[] {
  const nearest = Math.min(...latencies.targets.map((location) => player.actualMs(location)));
  return latencies.targets.map((location) => ({
    location,
    ms: player.actualMs(location) === nearest ? 1 : 60_000,
  }));
}

/** What each location would mean for the players, in milliseconds. */
export function fares(
  players: readonly SimulatedPlayer[],
): ReadonlyMap<string, { meanMs: number; worstMs: number }> {
  return new Map(
    latencies.targets.map((location) => {
      const values = players.map((player) => player.actualMs(location));
      const meanMs = values.reduce((sum, ms) => sum + ms, 0) / values.length;
      return [location, { meanMs, worstMs: Math.max(...values) }];
    }),
  );
}

/** The fleet starts the server at the first location of the list that has one free; at least one has. */
export function locationsWithCapacity(random: Random): readonly string[] {
  const open = latencies.targets.filter(() => random() >= OUTAGE_SHARE);
  return open.length > 0 ? open : locationsWithCapacity(random);
}
