import type { HistoryItem } from '../lib/contract/attempt.ts';
import { csvHead, csvRows } from '../lib/insights/csv.ts';
import { h } from './dom.ts';

/** What is shown, as a file of the operator's: made here, asked of nobody. */
export function download(format: 'csv' | 'json', items: readonly HistoryItem[], nowMs: number): void {
  const text = format === 'csv' ? csvHead() + csvRows(items) : `${JSON.stringify(items, undefined, 2)}\n`;
  const type = format === 'csv' ? 'text/csv' : 'application/json';
  const url = URL.createObjectURL(new Blob([text], { type }));
  const time = new Date(nowMs).toISOString().slice(0, 19).replaceAll(':', '');
  h('a', { href: url, download: `attempts-${time}Z.${format}` }).click();
  // After the browser has begun to read it.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
