import type { Durations } from './figures.ts';

/** How often each word occurs, by weight. */
export class Tally<Key extends string | number = string> {
  readonly #counts = new Map<Key, number>();

  add(key: Key, weight = 1): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + weight);
  }

  /** Whole: a weight is an estimate. */
  count(key: Key): number {
    return Math.round(this.#counts.get(key) ?? 0);
  }

  /** Those that occur, the most frequent first. */
  entries(): readonly (readonly [key: Key, count: number])[] {
    return [...this.#counts]
      .sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1))
      .map(([key, count]) => [key, Math.round(count)]);
  }
}

/** How long many things took: one entry for each different millisecond, however many there are. */
export class DurationTally {
  readonly #counts = new Map<number, number>();
  #total = 0;

  add(ms: number, weight = 1): void {
    this.#counts.set(ms, (this.#counts.get(ms) ?? 0) + weight);
    this.#total += weight;
  }

  /** The smallest that at least `percent` of all do not exceed (nearest rank): always one that was measured. */
  percentile(percent: number): number | undefined {
    const wanted = (percent / 100) * this.#total;
    let below = 0;
    for (const [ms, count] of [...this.#counts].sort(([a], [b]) => a - b)) {
      below += count;
      // Sums of weights may miss a whole number by their last digit.
      if (below >= wanted - 1e-6) return ms;
    }
    return undefined;
  }

  durations(): Durations {
    const [p50, p95] = [this.percentile(50), this.percentile(95)];
    const count = Math.round(this.#total);
    return p50 === undefined || p95 === undefined ? { count: 0 } : { count, p50, p95 };
  }
}
