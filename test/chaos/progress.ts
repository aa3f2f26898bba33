import type { ChaosOptions, ChaosRun } from './harness/run.ts';

/** A line a second for people at a terminal, in place; one in ten seconds for a log. */
const [TERMINAL_MS, LOG_MS] = [1_000, 10_000];

/** Tells on stderr where a run is. @returns stops telling */
export function showProgress(run: ChaosRun, { sessions }: ChaosOptions): () => void {
  const { stderr } = process;
  const startedAt = performance.now();
  const show = (): void => {
    const { phase, begun, finished, answers, storageRequests, kills } = run.progress();
    const seconds = Math.round((performance.now() - startedAt) / 1_000);
    const line = [
      `${String(seconds).padStart(4)} s  ${phase.padEnd(10)}  sessions ${finished}/${sessions}, ${begun - finished} under way`,
      `${answers} answers`,
      `${storageRequests} storage requests`,
      `${kills} kills`,
    ].join('  ');
    stderr.write(stderr.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
  };
  const timer = setInterval(show, stderr.isTTY ? TERMINAL_MS : LOG_MS);
  return () => {
    clearInterval(timer);
    show();
    stderr.write('\n');
  };
}
