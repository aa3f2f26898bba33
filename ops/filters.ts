import { formatCount } from '../lib/insights/figures.ts';
import { type HistoryItem, upstreamStatusOf } from '../lib/contract/attempt.ts';
import { canonicalGuid } from '../lib/guid.ts';
import { regionsOf } from '../lib/insights/attempt.ts';
import { countOutcomes } from '../lib/insights/outcomes.ts';
import { byId, h } from './dom.ts';
import type { Filter } from './filter.ts';

/** The form above the table. */
export class Filters {
  readonly #form = byId('filters', HTMLFormElement);
  readonly #selects = {
    outcome: byId('filter-outcome', HTMLSelectElement),
    region: byId('filter-region', HTMLSelectElement),
    gameMode: byId('filter-mode', HTMLSelectElement),
    fleet: byId('filter-fleet', HTMLSelectElement),
    upstream: byId('filter-upstream', HTMLSelectElement),
    effort: byId('filter-effort', HTMLSelectElement),
  } as const satisfies Partial<Record<keyof Filter, HTMLSelectElement>>;
  readonly #session = byId('filter-session', HTMLInputElement);
  readonly #error = byId('filter-error', HTMLElement);

  /** @param onSession asked for everything about one session, whatever its age */
  constructor(onChange: () => void, onSession: (sessionId: string) => void) {
    this.#form.addEventListener('input', () => {
      this.#error.textContent = '';
      onChange();
    });
    // After the fields have been emptied, which follows the event.
    this.#form.addEventListener('reset', () => setTimeout(onChange));
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      const sessionId = canonicalGuid(this.value().id);
      if (sessionId !== undefined) onSession(sessionId);
      else this.fail('Enter the whole id of the session: 32 digits, with or without hyphens.');
    });
  }

  fail(message: string): void {
    this.#error.textContent = message;
    this.#session.focus();
  }

  value(): Filter {
    const { outcome, region, gameMode, fleet, upstream, effort } = this.#selects;
    return {
      ...{ outcome: outcome.value, region: region.value, gameMode: gameMode.value, fleet: fleet.value },
      ...{ upstream: upstream.value, effort: effort.value, id: this.#session.value.trim() },
    };
  }

  /** As an address says. */
  set(filter: Filter): void {
    for (const [name, select] of Object.entries(this.#selects)) choose(select, filter[name as keyof Filter]);
    this.#session.value = filter.id;
  }

  /** Offers what occurs; what is chosen stays, even when it occurs no more. */
  offer(items: readonly HistoryItem[]): void {
    const { outcome, region, gameMode, fleet, upstream } = this.#selects;
    fill(
      outcome,
      countOutcomes(items).map((each) => [each.outcome, `${each.outcome} (${formatCount(each.count)})`]),
    );
    fill(region, names(regionsOf(items)));
    fill(gameMode, names(items.map((item) => item.gameMode)));
    fill(fleet, names(items.flatMap((item) => item.fleet ?? [])));
    fill(upstream, names(items.flatMap((item) => upstreamStatusOf(item)?.toString() ?? [])));
  }
}

const names = (values: readonly string[]): (readonly [string, string])[] =>
  [...new Set(values)].sort().map((name) => [name, name]);

function fill(
  select: HTMLSelectElement,
  offered: readonly (readonly [value: string, label: string])[],
): void {
  const { value: chosen } = select;
  const all = [['', 'all'] as const, ...offered];
  if (!all.some(([value]) => value === chosen)) all.push([chosen, chosen]);
  const now = [...select.options].map(({ value, text }) => `${value}\n${text}`).join('\n\n');
  // A list that is open while it is replaced would close.
  if (now === all.map(([value, label]) => `${value}\n${label}`).join('\n\n')) return;
  select.replaceChildren(...all.map(([value, label]) => h('option', { value }, label)));
  select.value = chosen;
}

/** Also what does not occur. */
function choose(select: HTMLSelectElement, value: string): void {
  if (![...select.options].some((option) => option.value === value)) {
    select.append(h('option', { value }, value === '' ? 'all' : value));
  }
  select.value = value;
}
