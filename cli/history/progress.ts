import type { HistoryEntry } from '../../lib/ledger/reading/historyEntry.ts';
import { count, utcTime } from './text.ts';

/** Short reads say nothing: the line comes when people begin to wonder. */
const AFTER_MS = 2_000;

export interface Progress {
  /** @param entries what was read so far, newest first */
  report(entries: readonly HistoryEntry[]): void;
  /** Takes the line away again. */
  end(): void;
}

/** A line on a terminal's stderr that says how far a long scan has come; nothing anywhere else. */
export function progressOn(stream: NodeJS.WriteStream): Progress {
  const startedMs = performance.now();
  let shown = false;
  return {
    report(entries) {
      if (!stream.isTTY || performance.now() - startedMs < AFTER_MS) return;
      const oldest = entries.at(-1);
      const back = oldest === undefined ? '' : `, back to ${utcTime(oldest.claimedAt)} UTC`;
      stream.write(`\r\u001b[K${count(entries.length)} attempts read${back} …`);
      shown = true;
    },
    end() {
      if (shown) stream.write('\r\u001b[K');
    },
  };
}
