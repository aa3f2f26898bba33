import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RatioPart } from '../part.ts';
import { interleaved } from '../support/interleave.ts';

const LOAD_ONCE = join(import.meta.dirname, '../floors/loadOnce.ts');

export const load: RatioPart = {
  kind: 'ratio',
  name: 'load',
  title: 'load of dist/main.cjs alone, in a new process',
  floor: 'a bundle with only @azure/functions',
  unit: 'ms',
  limit: { atMost: 2.5 },
  run: async (bench) => {
    const sides = {
      measured: () => loadMs(join(bench.apps.broker, 'main.cjs')),
      floor: () => loadMs(join(bench.apps.library, 'main.cjs')),
    };
    // Parsing and running a file is the same work each time: a longer time was disturbed.
    const of = (samples: readonly number[]): number => Math.min(...samples);
    return interleaved(bench, { runs: bench.size(7, 3), samples: 5, of }, sides);
  },
};

async function loadMs(bundle: string): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [LOAD_ONCE, bundle]);
  return Number(stdout);
}
