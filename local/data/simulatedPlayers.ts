import type { Hint } from '../../lib/placement/placement.ts';
import type { RegionLatencies, SourceWeight } from './latencies.ts';
import { drawWeighted, type Random } from './random.ts';

/** A player somewhere in the world, with what the game will feel like and what the client measures. */
export interface SimulatedPlayer {
  readonly source: string;
  readonly continent: string;
  /** The round trip in milliseconds that the player will have to a location. */
  actualMs(location: string): number;
  /** One measurement of each location, in milliseconds to one decimal: the actual round trip with jitter. */
  readonly hints: readonly Hint[];
}

/** From the nearest Azure region to the player's home and through the router there, the same for every location. */
const LAST_MILE_MS = { from: 5, to: 30 };
/** One measurement strays from the actual round trip by at most this share, either way. */
const JITTER = 0.1;

/** Draws one player by weight; pass the weights of one continent for a player from there. */
export function drawPlayer(
  latencies: RegionLatencies,
  weights: readonly SourceWeight[],
  random: Random,
): SimulatedPlayer {
  const { source, continent } = drawWeighted(weights, random);
  const lastMileMs = between(LAST_MILE_MS.from, LAST_MILE_MS.to, random);
  const actualMs = (location: string): number => latencies.ms(source, location) + lastMileMs;
  const hints = latencies.targets.map((location) => ({
    location,
    ms: Math.round(actualMs(location) * between(1 - JITTER, 1 + JITTER, random) * 10) / 10,
  }));
  return { source, continent, actualMs, hints };
}

const between = (from: number, to: number, random: Random): number => from + random() * (to - from);
