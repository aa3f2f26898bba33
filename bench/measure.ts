import type { Bench, Part, RatioPart, RatioResult, Result } from './part.ts';
import { median } from './support/median.ts';

/** Runs one part and says whether it is within its limit. */
export async function measure(part: Part, bench: Bench): Promise<Result> {
  try {
    if (part.kind === 'ratio') return await measureRatio(part, bench);
    const counts = await part.run(bench);
    return { part, counts, reached: counts.every(({ count, limit }) => count <= limit) };
  } catch (error) {
    // On a starved machine, time-outs expire and a broker refuses requests: the other parts still run.
    return { part, error: String(error) };
  }
}

/**
 * Whether the code is at fault. A time depends on the machine and proves nothing; a count depends on the code alone.
 */
export function isFailure(result: Result): boolean {
  return result.part.kind === 'count' && !('reached' in result && result.reached);
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
