import { h } from '../dom.ts';

export interface Bar {
  readonly name: string;
  /** 0 to 1 */
  readonly share: number;
  /** In place of the table's. */
  readonly colour?: string;
  readonly cells: readonly string[];
}

/** Names with a bar each, and figures: a table, so that it is its own text alternative. */
export function barTable(
  caption: string,
  columns: readonly string[],
  colour: string,
  bars: readonly Bar[],
  none: string,
): HTMLElement {
  if (bars.length === 0) return h('p', { class: 'none' }, none);
  const head = columns.map((column, index) =>
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

function barRow({ name, share, cells, colour }: Bar, usual: string): HTMLTableRowElement {
  const fill = h('i', { class: 'bar', 'aria-hidden': 'true' });
  fill.style.width = `${Math.max(share * 100, 0.5)}%`;
  fill.style.background = `var(${colour ?? usual})`;
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, name, h('span', { class: 'track' }, fill)),
    ...cells.map((cell) => h('td', { class: 'number' }, cell)),
  );
}
