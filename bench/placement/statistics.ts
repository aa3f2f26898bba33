import { percentile } from '../../lib/insights/figures.ts';
import { STRATEGIES, type Strategy } from './simulation.ts';
import {
  CONDITIONS,
  COMPOSITIONS,
  GOOD_MS,
  PARTY_SIZES,
  type Condition,
  type Composition,
  type Outcome,
} from './world.ts';

/** Over all parties of all sizes; milliseconds. */
export interface Row {
  readonly composition: Composition;
  readonly condition: Condition;
  readonly strategy: Strategy;
  readonly meanMs: number;
  readonly worstMs: number;
  readonly worstP95Ms: number;
  /** The share of parties whose every player is under GOOD_MS. */
  readonly goodShare: number;
}

/** A line of the chart: the worst player's latency in milliseconds by party size, when nothing goes wrong. */
export interface Series {
  readonly composition: Composition;
  readonly strategy: Strategy;
  readonly worstMsBySize: readonly number[];
}

export interface Results {
  readonly rows: readonly Row[];
  readonly series: readonly Series[];
}

/** How one variant did in each setting, in milliseconds. */
export interface VariantRow {
  readonly variant: string;
  readonly meanMs: (composition: Composition, condition: Condition) => number;
  readonly worstMs: (composition: Composition, condition: Condition) => number;
}

export function summariseVariants(
  outcomes: readonly Outcome<string>[],
  variants: readonly string[],
): readonly VariantRow[] {
  const groups = Map.groupBy(outcomes, (o) => `${o.composition} ${o.condition} ${o.strategy}`);
  return variants.map((variant) => {
    const of = (composition: Composition, condition: Condition): readonly Outcome<string>[] =>
      groups.get(`${composition} ${condition} ${variant}`) ?? [];
    return {
      variant,
      meanMs: (...setting) => average(of(...setting).map(({ meanMs }) => meanMs)),
      worstMs: (...setting) => average(of(...setting).map(({ worstMs }) => worstMs)),
    };
  });
}

export function summarise(outcomes: readonly Outcome<Strategy>[]): Results {
  const groups = Map.groupBy(outcomes, (o) => `${o.composition} ${o.condition} ${o.strategy}`);
  const group = (composition: Composition, condition: Condition, strategy: Strategy): Outcome<Strategy>[] =>
    groups.get(`${composition} ${condition} ${strategy}`) ?? [];
  return {
    rows: COMPOSITIONS.flatMap((composition) =>
      CONDITIONS.flatMap((condition) =>
        STRATEGIES.map((strategy) =>
          row(composition, condition, strategy, group(composition, condition, strategy)),
        ),
      ),
    ),
    series: COMPOSITIONS.flatMap((composition) =>
      STRATEGIES.map((strategy) => {
        const all = group(composition, 'calm', strategy);
        const worstOf = (size: number): number[] => all.filter((o) => o.size === size).map((o) => o.worstMs);
        return { composition, strategy, worstMsBySize: PARTY_SIZES.map((size) => average(worstOf(size))) };
      }),
    ),
  };
}

function row(
  composition: Composition,
  condition: Condition,
  strategy: Strategy,
  outcomes: Outcome<Strategy>[],
): Row {
  const worst = outcomes.map(({ worstMs }) => worstMs);
  return {
    composition,
    condition,
    strategy,
    meanMs: average(outcomes.map(({ meanMs }) => meanMs)),
    worstMs: average(worst),
    worstP95Ms: percentile(worst, 95) ?? Number.NaN,
    goodShare: worst.filter((ms) => ms < GOOD_MS).length / worst.length,
  };
}

const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
