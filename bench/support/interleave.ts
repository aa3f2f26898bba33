import type { Bench, Run } from '../part.ts';
import { median } from './median.ts';

type Measure = () => Promise<number>;

interface Sizes {
  /** How often each side is called before it is measured, so that its hot code is compiled; default: 0. */
  readonly warmUp?: number;
  readonly runs: number;
  /** Of each side in each run. */
  readonly samples: number;
  /** What a run makes of a side's samples; default: their median. */
  readonly of?: (samples: readonly number[]) => number;
}

/**
 * Runs in which both sides are measured in turn, so that any other load on the machine affects both. Which side is
 * first alternates from sample to sample.
 */
export async function interleaved(
  bench: Bench,
  { warmUp = 0, runs, samples, of = median }: Sizes,
  sides: { readonly measured: Measure; readonly floor: Measure },
): Promise<Run[]> {
  for (let n = 0; n < warmUp; n += 1) {
    await sides.measured();
    await sides.floor();
  }
  const results: Run[] = [];
  for (let run = 0; run < runs; run += 1) {
    const [measured, floor]: [number[], number[]] = [[], []];
    for (let sample = 0; sample < samples; sample += 1) {
      if ((run + sample) % 2 === 0) floor.push(await sides.floor());
      measured.push(await sides.measured());
      if ((run + sample) % 2 === 1) floor.push(await sides.floor());
    }
    results.push({ measured: of(measured), floor: of(floor) });
    bench.progress(`run ${run + 1} of ${runs}`);
  }
  return results;
}
