/** Reports the progress of long work on stderr: one line, overwritten on a terminal, and written rarely elsewhere. */
export function progressLine(what: string, total: number): (done: number) => void {
  const everyMs = process.stderr.isTTY ? 200 : 5_000;
  const startedMs = performance.now();
  let toldMs = startedMs;
  return (done) => {
    const nowMs = performance.now();
    const finished = done >= total;
    if (!finished && nowMs - toldMs < everyMs) return;
    toldMs = nowMs;
    const seconds = Math.round((nowMs - startedMs) / 1_000);
    const text = `${what}: ${done} of ${total} (${Math.floor((100 * done) / total)}%), ${seconds} s`;
    if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}${finished ? '\n' : ''}`);
    else process.stderr.write(`${text}\n`);
  };
}
