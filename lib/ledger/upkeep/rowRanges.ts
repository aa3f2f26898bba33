import { isHistoryHour } from '../history/historyKey.ts';

/** Some of an hour's rows: the whole hour, without bounds. Neither bound is included. */
export interface RowRange {
  readonly hour: string;
  readonly afterRow?: string | undefined;
  readonly beforeRow?: string | undefined;
}

/** Of the ranges that one cell keeps: each takes up to 240 characters, and a cell 32,768. */
const MOST_RANGES = 100;

/** Coarser, where there are too many to keep: whole hours name the same rows and more. */
export function keepable(ranges: readonly RowRange[]): readonly RowRange[] {
  if (ranges.length <= MOST_RANGES) return ranges;
  return [...new Set(ranges.map(({ hour }) => hour))].map((hour) => ({ hour }));
}

/** Sorts right after the key itself: no other key has it as its beginning. */
export function rightAfter(key: string): string {
  return `${key}!`;
}

/** Whether a cell's JSON holds a range. */
export function isRowRange(value: unknown): value is RowRange {
  if (typeof value !== 'object' || value === null) return false;
  const { hour, afterRow, beforeRow } = value as Record<string, unknown>;
  const isBound = (bound: unknown): boolean => bound === undefined || typeof bound === 'string';
  return typeof hour === 'string' && isHistoryHour(hour) && isBound(afterRow) && isBound(beforeRow);
}
