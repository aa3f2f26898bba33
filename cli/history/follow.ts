import { setTimeout as sleep } from 'node:timers/promises';
import type { HistoryEntry } from '../../lib/ledger/reading/historyEntry.ts';
import type { HistoryTables } from '../../lib/ledger/reading/sessionAttempts.ts';
import type { Printer } from './print.ts';
import { type Period, readPeriod } from './read.ts';

/** Between two looks. */
const PAUSE_MS = 2_000;
/** Attempts end within this time of their beginning, unless they died: each look goes back this far. */
const WINDOW_MS = 120_000;
/** An attempt that is open for so long has probably died: it is shown as it is. */
const DEAD_MS = 60_000;

/** Shows attempts as they end, oldest first, until the signal. */
export async function follow(
  tables: HistoryTables,
  period: Omit<Period, 'untilMs' | 'limit'>,
  printer: Printer,
  signal: AbortSignal,
): Promise<void> {
  const printed = new Map<string, number>();
  let fromMs = period.sinceMs;
  while (!signal.aborted) {
    const nowMs = Date.now();
    // The brokers' clocks may be ahead of this one.
    const look: Period = { ...period, sinceMs: fromMs, untilMs: nowMs + DEAD_MS, limit: Infinity };
    const entries: HistoryEntry[] = [];
    await readPeriod(tables, look, (page) => entries.push(...page));
    const fresh = entries.filter((entry) => isDue(entry, nowMs) && !printed.has(nameOf(entry))).reverse();
    printer.print(fresh);
    for (const entry of fresh) printed.set(nameOf(entry), Date.parse(entry.claimedAt));
    fromMs = Math.max(period.sinceMs, nowMs - WINDOW_MS);
    for (const [name, claimedAtMs] of printed) if (claimedAtMs < fromMs) printed.delete(name);
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
}

const isDue = ({ outcome, claimedAt }: HistoryEntry, nowMs: number): boolean =>
  outcome !== 'open' || nowMs - Date.parse(claimedAt) > DEAD_MS;

/** An attempt that comes out otherwise than it was printed is printed again. */
const nameOf = ({ attemptId, outcome }: HistoryEntry): string => `${attemptId} ${outcome}`;
