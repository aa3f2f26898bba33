import { formatRate } from '../../lib/insights/figures.ts';
import type { LocationFigures } from '../../lib/insights/locations.ts';
import { h, section } from '../dom.ts';
import { formatCount } from '../format.ts';

interface Bar {
  readonly location: string;
  /** 0 to 1 */
  readonly share: number;
  readonly cells: readonly string[];
}

/** The two lists of bars: tables, so that each is its own text alternative. */
export function renderLocations(figures: readonly LocationFigures[]): void {
  const wanted = figures.filter(({ firstPreference }) => firstPreference.of > 0);
  section('first-bars').replaceChildren(
    barTable(
      'First-preference rate by location',
      ['Rate', 'Met', 'Asked'],
      '--host',
      wanted.map(({ location, firstPreference }) => ({
        location,
        share: firstPreference.count / firstPreference.of,
        cells: [
          formatRate(firstPreference),
          formatCount(firstPreference.count),
          formatCount(firstPreference.of),
        ],
      })),
      'No allocation in this time.',
    ),
  );
  const missed = figures.filter(({ misses }) => misses > 0).sort((a, b) => b.misses - a.misses);
  const most = missed[0]?.misses ?? 1;
  section('misses-bars').replaceChildren(
    barTable(
      'Capacity misses by location',
      ['Misses', 'Hosts got'],
      '--capacity',
      missed.map(({ location, misses, hosts }) => ({
        location,
        share: misses / most,
        cells: [formatCount(misses), formatCount(hosts)],
      })),
      'Every location had a free server each time.',
    ),
  );
}

function barTable(
  caption: string,
  columns: readonly string[],
  colour: string,
  bars: readonly Bar[],
  none: string,
): HTMLElement {
  if (bars.length === 0) return h('p', { class: 'none' }, none);
  const head = ['Location', ...columns].map((column, index) =>
    h('th', { scope: 'col', class: index === 0 ? undefined : 'number' }, column),
  );
  return h(
    'table',
    { class: 'bars' },
    h('caption', { class: 'unseen' }, caption),
    h('thead', {}, h('tr', {}, ...head)),
    h('tbody', {}, ...bars.map((bar) => barRow(bar, colour))),
  );
}

function barRow({ location, share, cells }: Bar, colour: string): HTMLTableRowElement {
  const fill = h('i', { class: 'bar', 'aria-hidden': 'true' });
  fill.style.width = `${Math.max(share * 100, 0.5)}%`;
  fill.style.background = `var(${colour})`;
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, location, h('span', { class: 'track' }, fill)),
    ...cells.map((cell) => h('td', { class: 'number' }, cell)),
  );
}
