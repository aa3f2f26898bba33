import type { EndingFigures } from '../lib/insights/endings.ts';
import { formatAbout, formatCount, formatMs, formatRate } from '../lib/insights/figures.ts';
import { overText } from '../lib/insights/outcomes.ts';
import type { Summary } from '../lib/insights/summary.ts';
import { h, section } from './dom.ts';
import { counted } from './format.ts';

/** The range in figures. Those of overflows and of ended sessions are there where there are any. */
export function renderTiles(summary: Summary, endings: EndingFigures): void {
  const { attempts, sessions, allocations, over, outcomes, firstPreference, fallback, fleetMs, totalMs } =
    summary;
  const refused = outcomes.find(({ outcome }) => outcome === 'no-capacity')?.count ?? 0;
  const about = (count: number): string =>
    summary.estimated ? `\u2248 ${formatAbout(count)}` : formatCount(count);
  const ofAttempts = (count: number): string => `${formatRate({ count, of: attempts - over })} of attempts`;
  const tiles = [
    ['Attempts', about(attempts), sessions === undefined ? 'estimated' : counted(sessions, 'session')],
    ['Allocated', about(allocations), ofAttempts(allocations) + overText(over, about(over))],
    ['First preference', formatRate(firstPreference), `${about(fallback.count)} elsewhere`],
    ['No capacity', about(refused), ofAttempts(refused)],
    ['Fleet time p95', formatMs(fleetMs.p95), `p50 ${formatMs(fleetMs.p50)}`],
    ['Total time p95', formatMs(totalMs.p95), `p50 ${formatMs(totalMs.p50)}`],
    ['Several calls', about(summary.severalCalls.count), takeovers(summary, about)],
    ...overflowTile(summary, about),
    ...endingTile(endings, about),
  ] as const;
  section('tiles').replaceChildren(
    ...tiles.map(([label, figure, note]) =>
      h('div', {}, h('dt', {}, label), h('dd', {}, figure), h('dd', { class: 'note' }, note)),
    ),
  );
}

function takeovers(
  { severalCalls, takeovers: { count } }: Summary,
  about: (count: number) => string,
): string {
  return `${formatRate(severalCalls)}; ${about(count)} ${count === 1 ? 'take-over' : 'take-overs'}`;
}

type Tile = readonly [label: string, figure: string, note: string];

function overflowTile({ overflows }: Summary, about: (count: number) => string): Tile[] {
  if (overflows === undefined) return [];
  const count = overflows.reduce((sum, { rate }) => sum + rate.count, 0);
  const notes = overflows.map(({ gameMode, rate }) => `${gameMode} ${formatRate(rate)}`);
  return [['Overflow', about(count), notes.join(', ')]];
}

function endingTile(
  { sessions, bySaid, withoutEffect }: EndingFigures,
  about: (count: number) => string,
): Tile[] {
  if (sessions + withoutEffect === 0) return [];
  const notes = bySaid.map((each) => `${about(each.sessions)} ${each.said}`);
  if (withoutEffect > 0) notes.push(`${about(withoutEffect)} without effect`);
  return [['Ended sessions', about(sessions), notes.join(', ')]];
}
