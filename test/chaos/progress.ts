/** A line a second for people at a terminal, in place; one in ten seconds for a log. */
const [TERMINAL_MS, LOG_MS] = [1_000, 10_000];

/** Tells on stderr where a run is. @returns stops telling, after a last line */
export function showProgress(line: (seconds: number) => string): () => void {
  const { stderr } = process;
  const startedAt = performance.now();
  const show = (): void => {
    const text = line(Math.round((performance.now() - startedAt) / 1_000));
    stderr.write(stderr.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
  };
  const timer = setInterval(show, stderr.isTTY ? TERMINAL_MS : LOG_MS);
  return () => {
    clearInterval(timer);
    show();
    if (stderr.isTTY) stderr.write('\n');
  };
}
