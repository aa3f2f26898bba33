import type { HistoryKey } from './ledger.ts';

/** The last millisecond that JavaScript can date has 16 digits; 15 reach to the year 33658 and sort as text. */
const LAST_MS = 999_999_999_999_999;

/** An attempt's keys: its UTC hour, then the milliseconds counted down, so that an hour reads newest first. */
export function historyKey(atMs: number, sessionId: string, attemptId: string): HistoryKey {
  const countdown = String(LAST_MS - Math.trunc(atMs)).padStart(15, '0');
  return { partitionKey: historyHour(atMs), rowKey: `${countdown}_${sessionId}_${attemptId}` };
}

/** The partition of an instant: `2026-11-22T08`. */
export function historyHour(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 13);
}
