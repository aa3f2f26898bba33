import type { Bench, Part, RatioPart, RatioResult, Result } from './part.ts';
import { median } from './support/statistics.ts';

/** Runs one part, and says whether it reached what it is to reach. */
export async function measure(part: Part, bench: Bench): Promise<Result> {
  if (part.kind === 'ratio') return measureRatio(part, bench);
  const counts = await part.run(bench);
  return { part, counts, reached: counts.every(({ count, limit }) => count <= limit) };
}

async function measureRatio(part: RatioPart, bench: Bench): Promise<RatioResult> {
  const runs = await part.run(bench);
  const ratios = runs.map(({ measured, floor }) => measured / floor);
  const ratio = median(ratios);
  const { limit } = part;
  return {
    part,
    measured: median(runs.map(({ measured }) => measured)),
    floor: median(runs.map(({ floor }) => floor)),
    ratio,
    lowest: Math.min(...ratios),
    highest: Math.max(...ratios),
    runs: runs.length,
    reached: 'atMost' in limit ? ratio <= limit.atMost : ratio >= limit.atLeast,
  };
}
