import { h } from '../dom.ts';

export interface LegendItem {
  readonly label: string;
  /** The custom property that holds the colour. */
  readonly colour: string;
}

/** What each colour means, with a figure beside it. */
export function renderLegend(
  list: HTMLElement,
  items: readonly (LegendItem & { readonly figure: string })[],
): void {
  list.replaceChildren(
    ...items.map(({ label, colour, figure }) => h('li', {}, swatch(colour), label, h('b', {}, figure))),
  );
}

/** A small mark in the colour; the meaning never depends on it alone. */
export function swatch(colour: string): HTMLElement {
  const mark = h('i', { class: 'swatch', 'aria-hidden': 'true' });
  mark.style.background = `var(${colour})`;
  return mark;
}
