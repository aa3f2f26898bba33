import { percentile } from '../../lib/insights/figures.ts';
import {
  CONDITIONS,
  COMPOSITIONS,
  GOOD_MS,
  PARTY_SIZES,
  STRATEGIES,
  type Condition,
  type Composition,
  type Outcome,
  type Strategy,
} from './simulation.ts';

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

export function summarise(outcomes: readonly Outcome[]): Results {
  const groups = Map.groupBy(outcomes, (o) => `${o.composition} ${o.condition} ${o.strategy}`);
  const group = (composition: Composition, condition: Condition, strategy: Strategy): Outcome[] =>
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

function row(composition: Composition, condition: Condition, strategy: Strategy, outcomes: Outcome[]): Row {
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
