import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { percentile } from '../../lib/insights/figures.ts';

const run = promisify(execFile);

/** The memory of a process over a run: its resident set, sampled now and then. */
export class MemoryWatch {
  readonly #pid: number;
  readonly #samples: number[] = [];

  constructor(pid: number) {
    this.#pid = pid;
  }

  async sample(): Promise<void> {
    const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(this.#pid)]);
    this.#samples.push(Number(stdout));
  }

  /** Of the last quarter of the run to its second one: the first is spent on filling caches and compiling. */
  ratio(): number {
    const quarter = Math.floor(this.#samples.length / 4);
    if (quarter === 0) return 1;
    return median(this.#samples.slice(-quarter)) / median(this.#samples.slice(quarter, 2 * quarter));
  }

  /** In MiB. */
  peak(): number {
    return Math.round(Math.max(0, ...this.#samples) / 1_024);
  }
}

const median = (values: readonly number[]): number => percentile(values, 50) ?? Number.NaN;
