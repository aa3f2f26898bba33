import { canonicalGuid, guidDigits } from '../lib/guid.ts';
import type { Attempt } from '../lib/contract/attempt.ts';
import { regionOf } from '../lib/insights/attempt.ts';
import { countOutcomes } from '../lib/insights/outcomes.ts';
import { byId, h } from './dom.ts';
import { formatCount } from './format.ts';

/** What the table is narrowed to; an empty text means all. */
export interface Filter {
  readonly outcome: string;
  readonly region: string;
  readonly gameMode: string;
  readonly fleet: string;
  /** A session's id, or its beginning, in any spelling of a GUID. */
  readonly session: string;
}

export function isWanted(attempt: Attempt, { outcome, region, gameMode, fleet, session }: Filter): boolean {
  return (
    (outcome === '' || attempt.outcome === outcome) &&
    (region === '' || regionOf(attempt) === region) &&
    (gameMode === '' || attempt.gameMode === gameMode) &&
    (fleet === '' || attempt.fleet === fleet) &&
    guidDigits(attempt.sessionId).startsWith(guidDigits(session))
  );
}

/** The form above the table. */
export class Filters {
  readonly #form = byId('filters', HTMLFormElement);
  readonly #outcome = byId('filter-outcome', HTMLSelectElement);
  readonly #region = byId('filter-region', HTMLSelectElement);
  readonly #mode = byId('filter-mode', HTMLSelectElement);
  readonly #fleet = byId('filter-fleet', HTMLSelectElement);
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
      const sessionId = canonicalGuid(this.value().session);
      if (sessionId !== undefined) onSession(sessionId);
      else this.fail('Enter the whole id of the session: 32 digits, with or without hyphens.');
    });
  }

  fail(message: string): void {
    this.#error.textContent = message;
    this.#session.focus();
  }

  value(): Filter {
    return {
      outcome: this.#outcome.value,
      region: this.#region.value,
      gameMode: this.#mode.value,
      fleet: this.#fleet.value,
      session: this.#session.value.trim(),
    };
  }

  /** Offers what occurs; what is chosen stays, even when it occurs no more. */
  offer(attempts: readonly Attempt[]): void {
    const outcomes = countOutcomes(attempts);
    fill(
      this.#outcome,
      outcomes.map(({ outcome, count }) => [outcome, `${outcome} (${formatCount(count)})`]),
    );
    fill(this.#region, names(attempts.flatMap((attempt) => regionOf(attempt) ?? [])));
    fill(this.#mode, names(attempts.map(({ gameMode }) => gameMode)));
    fill(this.#fleet, names(attempts.flatMap(({ fleet }) => fleet ?? [])));
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
