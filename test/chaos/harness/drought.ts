import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from './lab.ts';

/** Of what a third of the sessions have taken: with the time that the other two then take, a third of the run. */
const LASTS = 1.5;

/** A fleet that runs dry when a third of the sessions are finished: nothing stands by but what is given back meanwhile. */
export class Drought {
  readonly #lab: Lab;
  readonly #fromFinished: number;
  readonly #startedAt = performance.now();
  #ending: Promise<unknown> = Promise.resolve();
  /** How long it was dry, in milliseconds. */
  lastedMs = 0;

  constructor(lab: Lab, sessions: number) {
    this.#lab = lab;
    this.#fromFinished = Math.ceil(sessions / 3);
  }

  /** To be called before each session begins. @param finished how many are */
  async before(finished: number): Promise<void> {
    if (this.lastedMs > 0 || finished < this.#fromFinished) return;
    const full = (await this.#lab.fleet.summary()).pools;
    await this.#lab.fleet.setPools(Object.fromEntries(Object.keys(full).map((location) => [location, 0])));
    this.lastedMs = (performance.now() - this.#startedAt) * LASTS;
    this.#ending = sleep(this.lastedMs).then(() => this.#lab.fleet.setPools(full));
  }

  /** Resolves when the fleet has stock again. */
  async over(): Promise<void> {
    await this.#ending;
  }
}
