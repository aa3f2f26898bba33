import {
  historyHour,
  historyKey,
  hourStartMs as parsedStartMs,
} from '../../lib/ledger/history/historyKey.ts';

const HOUR_MS = 3_600_000;
/** The countdown of the epoch: the key of any other moment is this less its milliseconds. */
const COUNTED_FROM = Number(historyKey(0, '', '').rowKey.split('_')[0]);

/** The broker dies in one attempt of so many; the row of that one stays open until a sweep closes it. */
const ONE_DIES_OF = 1_000;

/** How long an attempt takes that does not die. */
export const ATTEMPT_MS = 2_000;

/**
 * The attempts of an hour by number, spread evenly from its beginning on: nothing of them is kept, everything follows
 * from the number. Each names a session of its own.
 */
export class Attempts {
  readonly anHour: number;
  readonly #firstMs: number;
  /** Dates are read and written once for each hour, and not for each attempt. */
  readonly #startMs = new Map<string, number>();
  readonly #hours = new Map<number, string>();

  /** @param firstHour before every hour that is asked for */
  constructor(anHour: number, firstHour: string) {
    this.anHour = anHour;
    this.#firstMs = parsedStartMs(firstHour);
  }

  /** The hour's first millisecond. */
  startMs(hour: string): number {
    let startMs = this.#startMs.get(hour);
    if (startMs === undefined) this.#startMs.set(hour, (startMs = parsedStartMs(hour)));
    return startMs;
  }

  beganMs(hour: string, number: number): number {
    return this.startMs(hour) + Math.floor((number * HOUR_MS) / this.anHour);
  }

  sessionId(hour: string, number: number): string {
    const hours = (this.startMs(hour) - this.#firstMs) / HOUR_MS;
    return `00000000-0000-4000-8000-${String(hours * 10_000_000 + number).padStart(12, '0')}`;
  }

  rowKey(hour: string, number: number): string {
    return `${String(COUNTED_FROM - this.beganMs(hour, number)).padStart(15, '0')}_${this.sessionId(hour, number)}_a`;
  }

  /** Which attempt a session, or a row's key, belongs to. */
  find(sessionId: string): { readonly hour: string; readonly number: number } {
    const digits = Number(sessionId.slice(24));
    const number = digits % 10_000_000;
    const hours = (digits - number) / 10_000_000;
    let hour = this.#hours.get(hours);
    if (hour === undefined) this.#hours.set(hours, (hour = historyHour(this.#firstMs + hours * HOUR_MS)));
    return { hour, number };
  }

  /** How many of the hour's attempts have begun. */
  begun(hour: string, nowMs: number): number {
    const share = (nowMs - this.startMs(hour)) / HOUR_MS;
    return Math.max(0, Math.min(this.anHour, Math.floor(share * this.anHour)));
  }

  dies(number: number): boolean {
    return number % ONE_DIES_OF === 0;
  }
}
