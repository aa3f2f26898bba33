import { type HistoryItem, isEnding } from '../lib/contract/attempt.ts';
import { type AttemptDetails, detailsOf } from '../lib/insights/attemptDetails.ts';
import { utc } from '../lib/insights/figures.ts';
import { storyOf, titlesOf } from '../lib/insights/story.ts';
import { swatch } from './charts/legend.ts';
import { byId, h } from './dom.ts';
import { colourName } from './palette.ts';

/** The dialog with the details of one attempt, of one ending, or of all of a session. */
export class AttemptDialog {
  readonly #dialog = byId('details', HTMLDialogElement);
  readonly #title = byId('details-title', HTMLHeadingElement);
  readonly #body = byId('details-body', HTMLElement);
  readonly #copied = byId('details-copied', HTMLElement);
  readonly #onSession: (sessionId: string) => void;
  #attemptId: string | undefined;
  #story = '';

  /** @param onClosed called with the attempt that was shown */
  constructor(onSession: (sessionId: string) => void, onClosed: (attemptId: string | undefined) => void) {
    this.#onSession = onSession;
    this.#dialog.addEventListener('close', () => onClosed(this.#attemptId));
    byId('details-copy', HTMLButtonElement).addEventListener('click', () => void this.#copy());
    // A click on the backdrop hits the dialog itself.
    this.#dialog.addEventListener('click', ({ target }) => {
      if (target === this.#dialog) this.#dialog.close();
    });
  }

  showItem(item: HistoryItem): void {
    this.#attemptId = item.attemptId;
    const whole = h('button', { type: 'button', class: 'quiet' }, 'All attempts of this session');
    whole.addEventListener('click', () => this.#onSession(item.sessionId));
    this.#story = storyOf(item.sessionId, [item]);
    this.#show(isEnding(item) ? 'End of a session' : 'Attempt', [...itemParts(item), h('p', {}, whole)]);
  }

  /** @param items oldest first */
  showSession(sessionId: string, items: readonly HistoryItem[]): void {
    const titles = titlesOf(items);
    const parts = items.flatMap((item, index) => [
      h('h3', { class: 'numbered' }, `${titles[index] ?? ''}, ${utc(item.claimedAt)}`),
      ...itemParts(item),
    ]);
    this.#story = storyOf(sessionId, items);
    this.#show('Session', [h('p', { class: 'mono' }, sessionId), ...parts]);
  }

  close(): void {
    this.#dialog.close();
  }

  #show(title: string, parts: readonly Node[]): void {
    this.#title.textContent = title;
    this.#copied.textContent = '';
    this.#body.replaceChildren(...parts);
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#dialog.scrollTop = 0;
    this.#title.focus();
  }

  async #copy(): Promise<void> {
    this.#copied.textContent = await navigator.clipboard.writeText(this.#story).then(
      () => 'Copied',
      () => 'The browser did not allow it',
    );
  }
}

function itemParts(item: HistoryItem): readonly Node[] {
  const details = detailsOf(item);
  const [outcome, meaning, ...facts] = details.facts;
  return [
    h(
      'p',
      { class: 'verdict' },
      swatch(colourName(item.outcome)),
      h('b', {}, outcome?.text ?? ''),
      meaning?.text ?? '',
    ),
    h(
      'dl',
      { class: 'facts' },
      ...facts.map(({ label, text }) => h('div', {}, h('dt', {}, label), h('dd', {}, text))),
    ),
    ...rankingParts(details),
    ...hintParts(details),
  ];
}

function rankingParts({ rule, ranking }: AttemptDetails): readonly Node[] {
  if (ranking.length === 0) return [];
  return [
    h('h3', {}, 'Order of the locations'),
    h('p', { class: 'hint' }, rule ?? ''),
    grid(
      'Order of the locations',
      ['#', 'Location', 'Why', 'Figure', 'Farthest', 'Measured by'],
      ranking.map(({ rank, location, why, figure, worst, measuredBy }) => [
        rank,
        location,
        why,
        figure,
        worst,
        measuredBy,
      ]),
    ),
  ];
}

function hintParts({ hints }: AttemptDetails): readonly Node[] {
  if (hints === undefined) return [];
  const heading = [h('h3', {}, 'Latency hints'), h('p', { class: 'hint' }, `${hints.summary}.`)];
  if (hints.lines.length === 0) return heading;
  const rows = hints.lines.map(({ location, players, range }) => [location, String(players), range]);
  return [...heading, grid('Latency hints', ['Location', 'Players', 'Least / mean / most'], rows)];
}

function grid(label: string, columns: readonly string[], rows: readonly (readonly string[])[]): HTMLElement {
  return h(
    'div',
    { class: 'scroll', role: 'region', tabindex: 0, 'aria-label': label },
    h(
      'table',
      { class: 'small' },
      h('thead', {}, h('tr', {}, ...columns.map((column) => h('th', { scope: 'col' }, column)))),
      h('tbody', {}, ...rows.map((cells) => h('tr', {}, ...cells.map((cell) => h('td', {}, cell))))),
    ),
  );
}
