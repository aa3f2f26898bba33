import { type HistoryItem, type SessionEnding, isEnding } from '../contract/attempt.ts';
import { beganAtMs, weightOf } from './attempt.ts';
import { utc } from './figures.ts';
import { Tally } from './tally.ts';

/** Where operators read on: a heading of docs/operating.md. */
export const ENDINGS_PAGE = 'Ended sessions';

/** The sweep has repeated an ending by then: one that is still open needs an operator. */
const OVERDUE_MS = 10 * 60_000;
/** Enough to begin with; the list of open endings has the others. */
const MOST_NAMED = 10;

/** What the fleet said of the hosts of ended sessions, in the order in which it is shown. */
const SAID = ['told', 'no-host', 'not-told', 'pending', 'unrecognised'] as const;
/** `pending`: it has not confirmed the end yet; `unrecognised`: only a newer version knows the word. */
export type Said = (typeof SAID)[number];

/** The sessions that were ended in a period. */
export interface EndingFigures {
  /** Those that are not confirmed yet are among them. */
  readonly sessions: number;
  readonly bySaid: readonly { readonly said: Said; readonly sessions: number }[];
  /** Endings that came to nothing, so that their callers got no 204; and those that another one was faster than. */
  readonly withoutEffect: number;
  /** Endings that are open for more than ten minutes. */
  readonly overdue: {
    readonly sessions: number;
    /** The oldest of them, at most ten, the oldest first. */
    readonly oldest: readonly { readonly sessionId: string; readonly claimedAt: string }[];
  };
}

const NOT_CONFIRMED = 'the fleet has not confirmed the end; the sweep repeats it';

const MEANINGS: Readonly<Record<Said, string>> = {
  told: 'the fleet shut the server down',
  'no-host': 'the fleet has no server of it left',
  'not-told': 'the API of the fleet has no such call, so the server ends by itself',
  pending: NOT_CONFIRMED,
  unrecognised: 'what the fleet said is a word of a newer version',
};

/** Who ended the session, when, and what the fleet said, in a sentence. */
export function meaningOfEnding(ending: SessionEnding): string {
  const { claimedAt, endedBy = 'an unknown caller', outcome } = ending;
  const ended = `nded at ${utc(claimedAt)} by ${endedBy}`;
  if (outcome === 'unknown') return `To be e${ended}, which came to nothing, or another was faster.`;
  // Its row comes before the session's: whether the session is over is certain once the row is closed.
  return `${outcome === 'open' ? `To be e${ended}:` : `E${ended};`} ${MEANINGS[saidOf(ending)]}.`;
}

const saidOf = ({ outcome, endFleet }: SessionEnding): Said =>
  outcome === 'open' ? 'pending' : (endFleet ?? 'unrecognised');

/** What an ending that is open waits for: its row has no reason. */
export function waitsFor(item: HistoryItem): string | undefined {
  return isEnding(item) && item.outcome === 'open' ? NOT_CONFIRMED : undefined;
}

/** An item's outcome where attempts and endings stand in one list: `no-capacity`, `ended (told)`, `open (ending)`. */
export function outcomeText(item: HistoryItem): string {
  if (!isEnding(item)) return item.outcome;
  const { outcome, endFleet } = item;
  return `${outcome} (${outcome === 'ended' && endFleet !== undefined ? endFleet : 'ending'})`;
}

/** Sums up endings one by one, the newest first, and keeps none of them but the oldest that are overdue. */
export class EndingTally {
  readonly #nowMs: number;
  readonly #said = new Tally<Said>();
  readonly #oldest: SessionEnding[] = [];
  #sessions = 0;
  #withoutEffect = 0;
  #overdue = 0;

  /** @param nowMs which endings are overdue is judged by it */
  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  add(ending: SessionEnding): void {
    const weight = weightOf(ending);
    if (ending.outcome === 'unknown') {
      this.#withoutEffect += weight;
      return;
    }
    this.#sessions += weight;
    this.#said.add(saidOf(ending), weight);
    if (ending.outcome !== 'open' || this.#nowMs - beganAtMs(ending) <= OVERDUE_MS) return;
    this.#overdue += weight;
    this.#oldest.unshift(ending);
    this.#oldest.splice(MOST_NAMED);
  }

  figures(): EndingFigures {
    return {
      sessions: Math.round(this.#sessions),
      bySaid: SAID.map((said) => ({ said, sessions: this.#said.count(said) })).filter(
        ({ sessions }) => sessions > 0,
      ),
      withoutEffect: Math.round(this.#withoutEffect),
      overdue: {
        sessions: Math.round(this.#overdue),
        oldest: this.#oldest.map(({ sessionId, claimedAt }) => ({ sessionId, claimedAt })),
      },
    };
  }
}
