import type { Stock, StockEntry } from '../lib/contract/stock.ts';
import { formatCount } from '../lib/insights/figures.ts';
import { h, section, showText, table } from './dom.ts';
import type { Shown } from './feed.ts';
import { clockTime } from './format.ts';

/** Which servers the fleets have now: a table for the game modes that share them, or a line that says why not. */
export function renderStock(stock: Shown['stock']): void {
  section('stock-view').hidden = stock === undefined;
  const said = typeof stock === 'object' ? stock : undefined;
  showText(section('stock-at'), said === undefined ? '' : `Asked at ${clockTime(Date.parse(said.at))} UTC.`);
  section('stock-entries').replaceChildren(
    ...(typeof stock === 'string' ? [h('p', { class: 'none' }, stock)] : (said?.entries ?? []).map(entryOf)),
  );
}

function entryOf(entry: Stock['entries'][number]): HTMLElement {
  const whose = `${entry.fleet}, ${entry.gameModes.join(', ')}`;
  switch (entry.status) {
    case 'not-offered':
      return h('p', { class: 'none' }, `${whose}: this fleet does not say which servers it has.`);
    case 'failed':
      return h('p', { class: 'error' }, `${whose}: not known. ${entry.reason}`);
    case 'known':
      return h('div', {}, h('h3', {}, whose), locationsOf(whose, entry));
  }
}

function locationsOf(whose: string, { locations }: Extract<StockEntry, { status: 'known' }>): HTMLElement {
  if (locations.length === 0) return h('p', { class: 'none' }, 'It is deployed nowhere.');
  const cell = (count: number | undefined): string => (count === undefined ? 'not said' : formatCount(count));
  return table(
    `Servers of ${whose} by location`,
    ['Location', 'Standing by', 'Active', 'Propping'],
    locations.map(({ region, servers }) => [
      region,
      cell(servers?.standingBy),
      cell(servers?.active),
      cell(servers?.propping),
    ]),
  );
}
