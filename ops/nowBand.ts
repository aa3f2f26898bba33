import { type Now, nowOf } from '../lib/insights/now.ts';
import { refusingOf } from '../lib/insights/requests.ts';
import type { Check } from './api.ts';
import { h, section } from './dom.ts';
import { moment, clockTime } from './format.ts';
import type { Shown } from './feed.ts';

/** How it stands now, in words, and what the broker says of itself; beside the range, which may hide both. */
export class NowBand {
  readonly #band = section('now');
  readonly #title = section('now-title');
  readonly #text = section('now-text');
  readonly #cause = section('now-cause');
  readonly #checks = section('now-checks');
  #asOfMs: number | undefined;

  show({ attempts, nowMs, range, checks, latest }: Shown): void {
    this.#asOfMs = nowMs;
    // What ended in the past is not how it stands.
    if (range.untilMs !== undefined) {
      this.#say(
        'held',
        `Held at ${moment(nowMs)} UTC`,
        'The range stands still. This is not how it stands now.',
      );
    } else this.#sayNow(withChecks(nowOf(attempts, nowMs, latest && refusingOf(latest)), checks));
    this.#checks.replaceChildren(...checks.map(checkOf));
  }

  /** The last load failed: what is shown keeps its time. */
  stale(): void {
    if (this.#asOfMs === undefined) return;
    this.#say(
      'stale',
      `Not known since ${clockTime(this.#asOfMs)} UTC`,
      'The broker has not answered since then. Everything below is of that time.',
    );
    this.#checks.replaceChildren();
  }

  #sayNow({ kind, title, text, sinceMs, orEarlier, cause }: Now): void {
    const since =
      sinceMs === undefined ? '' : ` since ${clockTime(sinceMs)} UTC${orEarlier ? ' or earlier' : ''}`;
    this.#say(kind, title + since, text);
    if (cause === undefined) return;
    this.#cause.replaceChildren(
      h('b', {}, 'Likely cause: '),
      cause.text,
      ' What to do: ',
      h('code', {}, 'docs/operating.md'),
      `, \u201c${cause.page}\u201d.`,
    );
    this.#cause.hidden = false;
  }

  #say(kind: string, title: string, text: string): void {
    this.#band.hidden = false;
    this.#band.dataset['kind'] = kind;
    // A status that does not change is not read out again.
    if (this.#title.textContent !== title) this.#title.textContent = title;
    this.#text.textContent = text;
    this.#cause.hidden = true;
    document.title = `${title} · Allocations`;
  }
}

/** A broker that is not ready is what is wrong, whatever the attempts look like. */
function withChecks(now: Now, checks: readonly Check[]): Now {
  const failed = checks.find(({ ok }) => !ok);
  if (failed === undefined) return now;
  const cause = { text: `${failed.name}: ${failed.message ?? 'failed'}`, page: 'The broker is at fault' };
  if (now.kind === 'failing') return { ...now, cause };
  return { ...now, kind: 'struggling', title: `Not ready; ${now.title.toLowerCase()}`, cause };
}

function checkOf({ name, ok, message }: Check): HTMLElement {
  return h(
    'li',
    { 'data-ok': String(ok) },
    h('span', { class: 'mark', 'aria-hidden': 'true' }, ok ? '\u2713' : '\u2717'),
    h('span', {}, `${name}${ok ? '' : ' failed'}`, h('span', { class: 'unseen' }, ok ? ' ok' : '')),
    ...(message === undefined ? [] : [h('span', { class: 'hint' }, message)]),
  );
}
