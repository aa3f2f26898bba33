import { LossyTable } from './lossyTable.ts';
import { MemoryTable } from './memoryTable.ts';
import type { VirtualClock } from './virtualClock.ts';

/** A broker's tables in memory, and the same tables as it reaches them: over a network that loses what a test says. */
export function memoryStorage(clock: VirtualClock): {
  readonly sessionRows: MemoryTable;
  readonly historyRows: MemoryTable;
  readonly sessions: LossyTable;
  readonly history: LossyTable;
} {
  const sessionRows = new MemoryTable(() => clock.wallMs());
  const historyRows = new MemoryTable(() => clock.wallMs());
  return {
    sessionRows,
    historyRows,
    sessions: new LossyTable(sessionRows),
    history: new LossyTable(historyRows),
  };
}
