import { formatMs, formatRate } from '../lib/insights/figures.ts';
import type { Summary } from '../lib/insights/summary.ts';
import { h, section } from './dom.ts';
import { counted, formatCount } from './format.ts';

/** The range in five figures. */
export function renderTiles(summary: Summary): void {
  const { attempts, sessions, allocations, outcomes, firstPreference, fallback, fleetMs } = summary;
  const refused = outcomes.find(({ outcome }) => outcome === 'no-capacity')?.count ?? 0;
  const tiles = [
    ['Attempts', formatCount(attempts), counted(sessions, 'session')],
    [
      'Allocated',
      formatCount(allocations),
      `${formatRate({ count: allocations, of: attempts })} of the attempts`,
    ],
    ['First preference', formatRate(firstPreference), `${formatCount(fallback.count)} elsewhere`],
    ['No capacity', formatCount(refused), `${formatRate({ count: refused, of: attempts })} of the attempts`],
    ['Fleet time p95', formatMs(fleetMs.p95), `p50 ${formatMs(fleetMs.p50)}`],
  ] as const;
  section('tiles').replaceChildren(
    ...tiles.map(([label, figure, note]) =>
      h('div', {}, h('dt', {}, label), h('dd', {}, figure), h('dd', { class: 'note' }, note)),
    ),
  );
}
