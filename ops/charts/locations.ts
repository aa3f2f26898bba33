import { formatCount, formatRate } from '../../lib/insights/figures.ts';
import type { LocationFigures } from '../../lib/insights/locations.ts';
import { section } from '../dom.ts';
import { barTable } from './bars.ts';

/** The two lists of bars: tables, so that each is its own text alternative. */
export function renderLocations(figures: readonly LocationFigures[]): void {
  const wanted = figures.filter(({ firstPreference }) => firstPreference.of > 0);
  section('first-bars').replaceChildren(
    barTable(
      'First-preference rate by location',
      ['Location', 'Rate', 'Met', 'Asked'],
      '--host',
      wanted.map(({ location, firstPreference }) => ({
        name: location,
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
      ['Location', 'Misses', 'Hosts got'],
      '--capacity',
      missed.map(({ location, misses, hosts }) => ({
        name: location,
        share: misses / most,
        cells: [formatCount(misses), formatCount(hosts)],
      })),
      'Every location had a free server each time.',
    ),
  );
}
