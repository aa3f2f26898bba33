/**
 * Latency hints in, ordered locations out, with the reason for the order. Pure: no clock, no randomness, no
 * settings; equal inputs give equal outputs. docs/placement.md explains the same rules.
 */
import { aggregateOf, toMicroseconds } from './aggregates.ts';
import { collectMeasurements, measurementsOf, type Measurements } from './measurements.ts';
import { type Weighed, weigher } from './weights.ts';
import type {
  AssessedLocation,
  OfferedLocation,
  Placement,
  PlacementPolicy,
  PlacementRule,
  PlayerHints,
} from './types.ts';

export { explain, summariseHints } from './explain.ts';
export type { ExplainLimits, Explanation, HintsSummary } from './explain.ts';
export { findLocation, findName, normaliseLocation, preferenceRank } from './names.ts';
export type * from './types.ts';

/** A location on its way into the order; `cost` is compared between equal `players` only. */
interface Candidate {
  readonly assessed: AssessedLocation;
  readonly eligible: boolean;
  /** Whose values the cost is of. */
  readonly players: number;
  readonly cost: number;
}

/** Not known to exceed the cap, or the rest. Within a tier, how many players the cost is of comes next. */
const TIER: Readonly<Record<PlacementRule, number>> = {
  'no-hints': 0,
  measured: 0,
  partial: 0,
  'beyond-cap': 1,
  unmeasured: 1,
};

/**
 * Orders the locations on offer for a party (one player is a party of one): by rule (see `PlacementRule`), then those
 * that at least half of the players measured, then the others by how many measured them; then by aggregate plus
 * penalty, of what the measurements weigh (weights.ts), then by configured order. Caps look at measurements alone, as
 * they were sent.
 *
 * With `strict`, a location stays only if every player who measured anything measured it, at or below the cap:
 * one that was not measured is not known to be within it. Players who measured nothing say nothing of any
 * location, so without hints the configured order stands even then. When nothing is left `locations` is empty.
 */
export function place(
  offered: readonly OfferedLocation[],
  players: readonly PlayerHints[],
  policy: PlacementPolicy,
): Placement {
  const measurements = collectMeasurements(offered, players);
  const weigh = weigher(offered, measurements, policy.clampMs);
  // Array.prototype.sort is stable: what compares equal stays in configured order.
  const candidates = offered
    .map((location, index) => assess(location, measurements, index, weigh(index), policy))
    .sort(compare);
  const ranking = candidates
    .filter(({ eligible }) => eligible)
    .map(({ assessed }, index) => ({ ...assessed, rank: index + 1 }));
  return {
    locations: ranking.slice(0, policy.maxLocations).map(({ location }) => location),
    ranking,
    excluded: candidates.filter(({ eligible }) => !eligible).map(({ assessed }) => assessed),
    ignored: measurements.ignored,
    policy,
  };
}

function assess(
  { name, penaltyMs }: OfferedLocation,
  measurements: Measurements,
  index: number,
  { values, clamped, filled }: Weighed,
  policy: PlacementPolicy,
): Candidate {
  const { measured, worst } = measurementsOf(measurements, index);
  const coverage = { measured, players: measurements.players };
  const cap = policy.maxLatencyMs ?? Infinity;
  const withinCap = worst === undefined || worst.ms <= cap;
  const known = { location: name, coverage, penaltyMs, clamped, filled };
  const rule = ruleFor(measurements, measured, withinCap);
  const eligible =
    !policy.strict || cap === Infinity || (withinCap && measured === measurements.playersHeard);
  if (worst === undefined) return { assessed: { ...known, rule }, eligible, players: 0, cost: 0 };

  const { total, over } = aggregateOf(values, policy.aggregate);
  const aggregateMs = Math.round(total / over) / 1000;
  return {
    assessed: { ...known, rule, aggregateMs, worstPlayer: worst },
    eligible,
    players: values.length,
    cost: total + over * toMicroseconds(penaltyMs),
  };
}

function ruleFor(
  { players, playersHeard }: Measurements,
  measured: number,
  withinCap: boolean,
): PlacementRule {
  if (playersHeard === 0) return 'no-hints';
  if (measured === 0) return 'unmeasured';
  if (!withinCap) return 'beyond-cap';
  return measured === players ? 'measured' : 'partial';
}

function compare(a: Candidate, b: Candidate): number {
  return TIER[a.assessed.rule] - TIER[b.assessed.rule] || b.players - a.players || a.cost - b.cost;
}
