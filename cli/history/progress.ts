import { formatCount } from '../../lib/insights/figures.ts';
import { utcTime } from './text.ts';

/** Short reads say nothing: the line comes when people begin to wonder. */
const AFTER_MS = 2_000;

export interface Progress {
  /** @param count how many were read so far @param oldest when the oldest of them began */
  report(count: number, oldest?: string): void;
  /** Takes the line away again. */
  end(): void;
}

/** A line on a terminal's stderr that says how far a long scan has come; nothing anywhere else. */
export function progressOn(stream: NodeJS.WriteStream): Progress {
  const startedMs = performance.now();
  let shown = false;
  return {
    report(number, oldest) {
      if (!stream.isTTY || performance.now() - startedMs < AFTER_MS) return;
      const back = oldest === undefined ? '' : `, back to ${utcTime(oldest)} UTC`;
      stream.write(`\r\u001b[K${formatCount(number)} attempts read${back} …`);
      shown = true;
    },
    end() {
      if (shown) stream.write('\r\u001b[K');
    },
  };
}
