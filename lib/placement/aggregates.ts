import type { Aggregate } from './types.ts';

/**
 * An aggregate as a fraction of whole microseconds, `total / over`. Whole numbers add up to the same sum in any
 * order (64 x 60 s is far below 2^53), so neither the order of players nor rounding ever decides a rank.
 */
export interface AggregateUs {
  readonly total: number;
  /** The same for every location with as many values, which is when totals are compared. */
  readonly over: number;
}

export const toMicroseconds = (ms: number): number => Math.round(ms * 1000);

/** At least one value, in whole microseconds. The median of an even number of values is the mean of the middle two. */
export function aggregateOf(us: readonly number[], aggregate: Aggregate): AggregateUs {
  switch (aggregate) {
    case 'mean':
      return { total: us.reduce((sum, value) => sum + value, 0), over: us.length };
    case 'worst':
      return { total: Math.max(...us), over: 1 };
    case 'median': {
      const sorted = Float64Array.from(us).sort();
      const lower = sorted[(us.length - 1) >> 1] ?? 0;
      const upper = sorted[us.length >> 1] ?? 0;
      return { total: lower + upper, over: 2 };
    }
  }
}
