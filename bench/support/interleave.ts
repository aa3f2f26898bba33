import type { Bench, Run } from '../part.ts';
import { median } from './statistics.ts';

type Measure = () => Promise<number>;

/**
 * Runs in which both sides are measured in turn, so that whatever else the machine does hits both; which of them is
 * first changes from sample to sample.
 *
 * @param samples of each side in each run; the run's values are their medians
 */
export async function interleaved(
  bench: Bench,
  { runs, samples }: { readonly runs: number; readonly samples: number },
  sides: { readonly measured: Measure; readonly floor: Measure },
): Promise<Run[]> {
  const results: Run[] = [];
  for (let run = 0; run < runs; run += 1) {
    const [measured, floor]: [number[], number[]] = [[], []];
    for (let sample = 0; sample < samples; sample += 1) {
      if ((run + sample) % 2 === 0) floor.push(await sides.floor());
      measured.push(await sides.measured());
      if ((run + sample) % 2 === 1) floor.push(await sides.floor());
    }
    results.push({ measured: median(measured), floor: median(floor) });
    bench.progress(`run ${run + 1} of ${runs}`);
  }
  return results;
}
