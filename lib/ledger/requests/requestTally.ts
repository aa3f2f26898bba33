import type { AnswerCounts } from '../../contract/requestCounts.ts';

/** Times are kept within a tenth: 120 different ones from a millisecond to a minute and a half. */
const STEP = Math.log(1.1);

/** The time as it is kept: the next power of 1.1 above it, in whole milliseconds. */
export function keptMs(ms: number): number {
  return Math.round(Math.exp(Math.ceil(Math.log(Math.max(1, ms)) / STEP - 1e-9) * STEP));
}

/** Requests by answer, with their times. */
export class RequestTally {
  readonly #answers = new Map<string, { requests: number; readonly ms: Map<string, number> }>();

  get isEmpty(): boolean {
    return this.#answers.size === 0;
  }

  add(answer: string, ms: number): void {
    this.merge(answer, { requests: 1, ms: { [keptMs(ms)]: 1 } });
  }

  merge(answer: string, counts: AnswerCounts): void {
    const own = this.#answers.get(answer) ?? { requests: 0, ms: new Map<string, number>() };
    own.requests += counts.requests;
    for (const [ms, count] of Object.entries(counts.ms)) own.ms.set(ms, (own.ms.get(ms) ?? 0) + count);
    this.#answers.set(answer, own);
  }

  /** Fit for JSON. */
  counts(): Readonly<Record<string, AnswerCounts>> {
    return Object.fromEntries(
      [...this.#answers].map(([answer, { requests, ms }]) => [
        answer,
        { requests, ms: Object.fromEntries(ms) },
      ]),
    );
  }
}
