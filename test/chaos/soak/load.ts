import { setTimeout as sleep } from 'node:timers/promises';
import { postAllocation } from '../harness/client.ts';
import { type Match, planMatch } from '../harness/plan.ts';

/** Callers of one session: one obtains the host, the others share its flight or get a replay. */
const CALLERS = 3;

/** What came of the requests so far. */
export interface LoadCounts {
  sessions: number;
  allocated: number;
  other: number;
}

/** Sessions at a steady rate, whether or not those before are done, as players come. */
export class Load {
  readonly counts: LoadCounts = { sessions: 0, allocated: 0, other: 0 };
  readonly #url: string;
  readonly #perSecond: number;
  readonly #under = new Set<Promise<void>>();

  constructor(url: string, perSecond: number) {
    this.#url = url;
    this.#perSecond = perSecond;
  }

  /** Resolves when every session that was begun in this time is done. */
  async runFor(seconds: number): Promise<void> {
    const startedAt = performance.now();
    for (let begun = 0; begun < seconds * this.#perSecond; begun += 1) {
      const dueMs = startedAt + (begun * 1_000) / this.#perSecond - performance.now();
      if (dueMs > 0) await sleep(dueMs);
      this.counts.sessions += 1;
      const playing = this.#play(planMatch(1, this.counts.sessions, { callers: CALLERS }));
      this.#under.add(playing);
      void playing.then(() => this.#under.delete(playing));
    }
    await Promise.all(this.#under);
  }

  async #play({ session, callers }: Match): Promise<void> {
    const target = { name: 'broker', url: this.#url };
    const answers = await Promise.all(callers.map((caller) => postAllocation(target, session, caller)));
    for (const { status } of answers)
      this.counts[status === 200 || status === 201 ? 'allocated' : 'other'] += 1;
  }
}
