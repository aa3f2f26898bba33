import { formatCount, formatRate } from '../../lib/insights/figures.ts';
import type { Summary } from '../../lib/insights/summary.ts';
import { section } from '../dom.ts';
import { barTable } from './bars.ts';

/** What the fleet answered last, by attempts; the rest got no answer. */
export function renderStatuses({ upstreamStatuses, attempts: of }: Summary): void {
  const answered = upstreamStatuses.reduce((sum, { attempts }) => sum + attempts, 0);
  const lines = [
    ...upstreamStatuses.map(({ status, attempts }) => ({ name: String(status), attempts })),
    ...(answered < of ? [{ name: 'no answer', attempts: of - answered }] : []),
  ];
  section('statuses-bars').replaceChildren(
    barTable(
      'Status of the fleet\u2019s last answer',
      ['Status', 'Attempts', 'Share'],
      '--p95',
      lines.map(({ name, attempts }) => ({
        name,
        share: attempts / of,
        cells: [formatCount(attempts), formatRate({ count: attempts, of })],
      })),
      'No attempt in this time.',
    ),
  );
}
