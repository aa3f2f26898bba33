import { type HistoryItem, isEnding } from '../lib/contract/attempt.ts';
import { beganAtMs, regionOf } from '../lib/insights/attempt.ts';
import { outcomeText, waitsFor } from '../lib/insights/endings.ts';
import { formatCount, formatMs } from '../lib/insights/figures.ts';
import { swatch } from './charts/legend.ts';
import { byId, h } from './dom.ts';
import { clockTime, moment } from './format.ts';
import { colourName } from './palette.ts';

const STEP = 100;
const DAY_MS = 86_400_000;

/** The latest attempts and endings, a hundred at a time; a row's time opens its details. */
export class AttemptsTable {
  readonly #body = byId('attempts', HTMLTableElement).tBodies[0] ?? h('tbody');
  readonly #more = byId('more', HTMLButtonElement);
  readonly #shown = byId('shown', HTMLElement);
  readonly #onOpen: (item: HistoryItem) => void;
  #items: readonly HistoryItem[] = [];
  #known = 0;
  #most = STEP;

  constructor(onOpen: (item: HistoryItem) => void) {
    this.#onOpen = onOpen;
    this.#more.addEventListener('click', () => {
      this.#most += STEP;
      this.#render();
    });
    this.#body.addEventListener('click', ({ target }) => this.#open(target));
  }

  /** @param known how many there are without the filters */
  show(items: readonly HistoryItem[], known: number): void {
    this.#items = items;
    this.#known = known;
    this.#render();
  }

  /** From the first hundred again. */
  reset(): void {
    this.#most = STEP;
  }

  /** Puts the keyboard back where it was: on the row of this attempt, if it is shown. */
  focus(attemptId: string | undefined): void {
    const row = [...this.#body.rows].find(({ dataset }) => dataset['attempt'] === attemptId);
    row?.querySelector('button')?.focus({ preventScroll: true });
  }

  #render(): void {
    const focused = document.activeElement?.closest('tr')?.dataset['attempt'];
    const visible = this.#items.slice(0, this.#most);
    this.#body.replaceChildren(...(visible.length === 0 ? [NONE()] : visible.map(rowOf)));
    if (focused !== undefined) this.focus(focused);
    this.#more.hidden = visible.length === this.#items.length;
    const text = `${formatCount(visible.length)} of ${formatCount(this.#items.length)} shown`;
    const filtered =
      this.#items.length === this.#known ? '' : `, ${formatCount(this.#known)} without the filters`;
    // A status that does not change is not read out again.
    if (this.#shown.textContent !== text + filtered) this.#shown.textContent = text + filtered;
  }

  /** The whole row can be clicked; the keyboard uses the button in it. */
  #open(target: EventTarget | null): void {
    const id = target instanceof Element ? target.closest('tr')?.dataset['attempt'] : undefined;
    const item = this.#items.find(({ attemptId }) => attemptId === id);
    if (item !== undefined) this.#onOpen(item);
  }
}

const NONE = (): HTMLElement =>
  h('tr', {}, h('td', { colspan: 8, class: 'none' }, 'No attempt of this range passes the filters.'));

function rowOf(item: HistoryItem): HTMLTableRowElement {
  const { attemptId, outcome, fleetMs, fleetCalls, upstreamStatus, gameMode, sessionId } = item;
  const began = beganAtMs(item);
  const time = Date.now() - began < DAY_MS ? clockTime(began) : moment(began);
  return h(
    'tr',
    { 'data-attempt': attemptId },
    h(
      'th',
      { scope: 'row' },
      h('button', { type: 'button', class: 'link', 'aria-haspopup': 'dialog' }, time),
    ),
    h(
      'td',
      {},
      h('span', { class: 'outcome' }, swatch(colourName(outcome)), outcomeText(item)),
      ...waitsCell(item),
    ),
    h('td', {}, ...regionCell(item)),
    h('td', { class: 'number' }, formatMs(fleetMs)),
    h('td', { class: 'number minor' }, fleetCalls?.toString() ?? '–'),
    h('td', { class: 'number minor' }, upstreamStatus?.toString() ?? '–'),
    h('td', { class: 'minor' }, gameMode),
    h('td', { class: 'minor mono' }, sessionId),
  );
}

function waitsCell(item: HistoryItem): Node[] {
  const text = waitsFor(item);
  return text === undefined ? [] : [h('span', { class: 'waits hint' }, text)];
}

function regionCell(item: HistoryItem): (Node | string)[] {
  const region = regionOf(item);
  if (region === undefined) return ['–'];
  if (isEnding(item)) return [region];
  const { preferenceRank } = item;
  if (preferenceRank === 1) return [region];
  return [
    region,
    ' ',
    h('span', { class: 'chip' }, preferenceRank === undefined ? 'not asked' : `choice ${preferenceRank}`),
  ];
}
