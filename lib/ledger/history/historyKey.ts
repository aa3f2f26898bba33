import type { HistoryKey } from './history.ts';

const HOUR_MS = 3_600_000;
const HOUR = /^\d{4}-\d{2}-\d{2}T\d{2}$/;

/** The last millisecond that JavaScript can date has 16 digits; 15 reach to the year 33658 and sort as text. */
const LAST_MS = 999_999_999_999_999;

/** An attempt's keys: its UTC hour, then the milliseconds counted down, so that an hour reads newest first. */
export function historyKey(atMs: number, sessionId: string, attemptId: string): HistoryKey {
  return { partitionKey: historyHour(atMs), rowKey: `${countdown(atMs)}_${sessionId}_${attemptId}` };
}

/** The partition of an instant: `2026-11-22T08`. */
export function historyHour(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 13);
}

/** Whether this is a partition that {@link historyHour} makes: the 31st of February has the right shape, too. */
export function isHistoryHour(text: string): boolean {
  return HOUR.test(text) && !Number.isNaN(hourStartMs(text)) && historyHour(hourStartMs(text)) === text;
}

/** The hour's first millisecond. */
export function hourStartMs(hour: string): number {
  return Date.parse(`${hour}:00:00.000Z`);
}

/** The hour that is this many hours later; earlier when negative. */
export function hourLater(hour: string, hours: number): string {
  return historyHour(hourStartMs(hour) + hours * HOUR_MS);
}

/** How many hours lie between two; 0 where `until` comes first, or one of them is no hour. */
export function hoursBetween(from: string, until: string): number {
  return Math.max(0, (hourStartMs(until) - hourStartMs(from)) / HOUR_MS || 0);
}

/**
 * The two row keys between which a period lies, neither included: newest first, from `untilMs` (exclusive) back to
 * `sinceMs`.
 */
export function rowKeysBetween(sinceMs: number, untilMs: number): { afterRow: string; beforeRow: string } {
  // A bound without the ids sorts before every key of its own millisecond.
  return { afterRow: countdown(Math.ceil(untilMs) - 1), beforeRow: countdown(Math.ceil(sinceMs) - 1) };
}

function countdown(atMs: number): string {
  return String(LAST_MS - Math.trunc(atMs)).padStart(15, '0');
}
