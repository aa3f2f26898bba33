import { setTimeout as sleep } from 'node:timers/promises';
import type { HistoryEntry } from '../../lib/ledger/reading/historyEntry.ts';
import type { HistoryTables } from '../../lib/ledger/reading/sessionAttempts.ts';
import { formatCount } from '../../lib/insights/figures.ts';
import type { Printer } from './print.ts';
import { type Period, readPeriod } from './read.ts';

/** Between two looks. */
const PAUSE_MS = 2_000;
/** Rows come up to so long after their attempts began, and clocks differ: each look goes back this far. */
const LATE_MS = 10_000;
/** An attempt that is open for so long has probably died: it is shown as it is, and not waited for. */
const DEAD_MS = 60_000;
/** The most that one look reads: more, and the oldest are left out, which is said. */
const MOST_READ = 10_000;

export interface Following {
  readonly tables: HistoryTables;
  /** With the most attempts to show at one look. */
  readonly period: Omit<Period, 'untilMs'>;
  readonly printer: Printer;
  readonly warn: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Shows attempts as they end, oldest first, until the signal. */
export async function follow({ tables, period, printer, warn, signal }: Following): Promise<void> {
  const printed = new Map<string, number>();
  let fromMs = period.sinceMs;
  while (!signal.aborted) {
    const nowMs = Date.now();
    // The brokers' clocks may be ahead of this one.
    const look: Period = { ...period, sinceMs: fromMs, untilMs: nowMs + DEAD_MS, limit: MOST_READ };
    const entries: HistoryEntry[] = [];
    const isCut = await readPeriod(tables, look, (page) => entries.push(...page));
    const fresh = entries.filter((entry) => isDue(entry, nowMs) && !printed.has(nameOf(entry)));
    const shown = fresh.slice(0, period.limit);
    printer.print([...shown].reverse());
    if (isCut) warn(`More than ${formatCount(MOST_READ)} attempts at once: older ones were left out.`);
    else if (shown.length < fresh.length) {
      warn(`${formatCount(fresh.length - shown.length)} older attempts were left out: --limit allows more.`);
    }
    for (const entry of fresh) printed.set(nameOf(entry), Date.parse(entry.claimedAt));
    fromMs = Math.max(period.sinceMs, nextFromMs(entries, nowMs));
    for (const [name, claimedAtMs] of printed) if (claimedAtMs < fromMs) printed.delete(name);
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Back to the oldest attempt that has not ended, and not to all that have. */
function nextFromMs(entries: readonly HistoryEntry[], nowMs: number): number {
  const open = entries.filter((entry) => !isDue(entry, nowMs)).map(({ claimedAt }) => Date.parse(claimedAt));
  return Math.min(nowMs - LATE_MS, ...open);
}

const isDue = ({ outcome, claimedAt }: HistoryEntry, nowMs: number): boolean =>
  outcome !== 'open' || nowMs - Date.parse(claimedAt) > DEAD_MS;

/** An attempt that comes out otherwise than it was printed is printed again. */
const nameOf = ({ attemptId, outcome }: HistoryEntry): string => `${attemptId} ${outcome}`;
