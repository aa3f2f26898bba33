import type { Attempt } from '../lib/contract/attempt.ts';
import { beganAtMs, regionOf } from '../lib/insights/attempt.ts';
import { formatCount, formatMs } from '../lib/insights/figures.ts';
import { swatch } from './charts/legend.ts';
import { byId, h } from './dom.ts';
import { clockTime, moment } from './format.ts';
import { colourName } from './palette.ts';

const STEP = 100;
const DAY_MS = 86_400_000;

/** The latest attempts, a hundred at a time; a row's time opens its details. */
export class AttemptsTable {
  readonly #body = byId('attempts', HTMLTableElement).tBodies[0] ?? h('tbody');
  readonly #more = byId('more', HTMLButtonElement);
  readonly #shown = byId('shown', HTMLElement);
  readonly #onOpen: (attempt: Attempt) => void;
  #attempts: readonly Attempt[] = [];
  #known = 0;
  #most = STEP;

  constructor(onOpen: (attempt: Attempt) => void) {
    this.#onOpen = onOpen;
    this.#more.addEventListener('click', () => {
      this.#most += STEP;
      this.#render();
    });
    this.#body.addEventListener('click', ({ target }) => this.#open(target));
  }

  /** @param known how many there are without the filters */
  show(attempts: readonly Attempt[], known: number): void {
    this.#attempts = attempts;
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
    const visible = this.#attempts.slice(0, this.#most);
    this.#body.replaceChildren(...(visible.length === 0 ? [NONE()] : visible.map(rowOf)));
    if (focused !== undefined) this.focus(focused);
    this.#more.hidden = visible.length === this.#attempts.length;
    const text = `${formatCount(visible.length)} of ${formatCount(this.#attempts.length)} shown`;
    const filtered =
      this.#attempts.length === this.#known ? '' : `, ${formatCount(this.#known)} without the filters`;
    // A status that does not change is not read out again.
    if (this.#shown.textContent !== text + filtered) this.#shown.textContent = text + filtered;
  }

  /** The whole row can be clicked; the keyboard uses the button in it. */
  #open(target: EventTarget | null): void {
    const id = target instanceof Element ? target.closest('tr')?.dataset['attempt'] : undefined;
    const attempt = this.#attempts.find(({ attemptId }) => attemptId === id);
    if (attempt !== undefined) this.#onOpen(attempt);
  }
}

const NONE = (): HTMLElement =>
  h('tr', {}, h('td', { colspan: 8, class: 'none' }, 'No attempt of this range passes the filters.'));

function rowOf(attempt: Attempt): HTMLTableRowElement {
  const { attemptId, outcome, fleetMs, fleetCalls, upstreamStatus, gameMode, sessionId } = attempt;
  const began = beganAtMs(attempt);
  const time = Date.now() - began < DAY_MS ? clockTime(began) : moment(began);
  return h(
    'tr',
    { 'data-attempt': attemptId },
    h(
      'th',
      { scope: 'row' },
      h('button', { type: 'button', class: 'link', 'aria-haspopup': 'dialog' }, time),
    ),
    h('td', {}, h('span', { class: 'outcome' }, swatch(colourName(outcome)), outcome)),
    h('td', {}, ...regionCell(attempt)),
    h('td', { class: 'number' }, formatMs(fleetMs)),
    h('td', { class: 'number minor' }, fleetCalls?.toString() ?? '–'),
    h('td', { class: 'number minor' }, upstreamStatus?.toString() ?? '–'),
    h('td', { class: 'minor' }, gameMode),
    h('td', { class: 'minor mono' }, sessionId),
  );
}

function regionCell(attempt: Attempt): (Node | string)[] {
  const region = regionOf(attempt);
  if (region === undefined) return ['–'];
  const { preferenceRank } = attempt;
  if (preferenceRank === 1) return [region];
  return [
    region,
    ' ',
    h('span', { class: 'chip' }, preferenceRank === undefined ? 'not asked' : `choice ${preferenceRank}`),
  ];
}
