/** A share: `count` out of `of`. */
export interface Rate {
  readonly count: number;
  readonly of: number;
}

/** How long something took, in milliseconds; the percentiles are absent when nothing was measured. */
export interface Durations {
  readonly count: number;
  readonly p50?: number;
  readonly p95?: number;
}

/**
 * The smallest value that at least `percent` of all values do not exceed (nearest rank): always one that was measured.
 * `undefined` without values.
 */
export function percentile(values: readonly number[], percent: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}

/** `87.5 %`; a dash when there is nothing to divide by. */
export function formatRate({ count, of }: Rate): string {
  return of === 0 ? '–' : `${(Math.round((1000 * count) / of) / 10).toFixed(1)} %`;
}

/** `840 ms`, `1.25 s`; a dash when nothing was measured. */
export function formatMs(ms: number | undefined): string {
  if (ms === undefined) return '–';
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** `2026-11-22 08:15:00.123 UTC` */
export function utc(iso: string): string {
  return `${iso.replace('T', ' ').replace('Z', '')} UTC`;
}

const COUNT = new Intl.NumberFormat('en-GB');
const ABOUT = new Intl.NumberFormat('en-GB', { notation: 'compact', maximumSignificantDigits: 3 });

/** `12,000` */
export const formatCount = (count: number): string => COUNT.format(count);

/** `985K`: no more digits than an estimate has. */
export const formatAbout = (count: number): string => ABOUT.format(count).toUpperCase();
