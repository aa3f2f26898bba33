import type { Bench, Part, RatioPart, RatioResult, Result } from './part.ts';
import { median } from './support/median.ts';

/** Runs one part, and says whether it reached what it is to reach. */
export async function measure(part: Part, bench: Bench): Promise<Result> {
  try {
    if (part.kind === 'ratio') return await measureRatio(part, bench);
    const counts = await part.run(bench);
    return { part, counts, reached: counts.every(({ count, limit }) => count <= limit) };
  } catch (error) {
    // On a machine that is starved long enough, time-outs come true and a broker refuses: the other parts go on.
    return { part, error: String(error) };
  }
}

/**
 * Whether the code is at fault: how fast a machine is says nothing about it, how often it is asked for something does.
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
