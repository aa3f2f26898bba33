import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../../local/data/random.ts';
import type { Lab } from './lab.ts';
import type { LabBroker } from './labBroker.ts';

export interface HavocOptions {
  /** Seconds between two ends of a process; 0: none. */
  readonly killEvery: number;
  /** Seconds between two freezes; 0: none. */
  readonly pauseEvery: number;
  readonly random: Random;
}

/** A frozen process stays so until its lease has run out and somebody else has had time to take over. */
const FROZEN_PAST_LEASE_MS = 1_500;

/** Of so many ends one is orderly, the second first: a short run has one as well. */
const ORDERLY_ONE_IN = 3;

/** Ends brokers, most of them by SIGKILL, and starts new ones, and freezes others past their leases, until it is stopped. */
export class Havoc {
  readonly #lab: Lab;
  readonly #options: HavocOptions;
  readonly #end = new AbortController();
  readonly #running: Promise<void>[];
  #ends = 0;

  constructor(lab: Lab, options: HavocOptions) {
    this.#lab = lab;
    this.#options = options;
    this.#running = [
      this.#repeat(options.killEvery, () => this.#endOne()),
      this.#repeat(options.pauseEvery, () => this.#pauseOne()),
    ];
  }

  /** Resolves when every broker runs again. */
  async stop(): Promise<void> {
    this.#end.abort();
    await Promise.all(this.#running);
  }

  async #repeat(everySeconds: number, act: () => Promise<void>): Promise<void> {
    if (everySeconds === 0) return;
    const { signal } = this.#end;
    // Some earlier, some later: a steady beat would always meet the same steps.
    const beatMs = (): number => everySeconds * 1_000 * (0.5 + this.#options.random());
    const beat = (): Promise<boolean> => sleep(beatMs(), true, { signal }).catch(() => false);
    while (await beat()) await act();
  }

  async #endOne(): Promise<void> {
    const broker = this.#draw();
    this.#ends += 1;
    if (this.#ends % ORDERLY_ONE_IN === 2) {
      await Promise.all([broker?.stop(), this.#lab.startBroker()]);
    } else {
      await broker?.kill();
      await this.#lab.startBroker();
    }
  }

  async #pauseOne(): Promise<void> {
    const broker = this.#draw();
    // With nobody beside it there is nobody who could take over.
    if (broker === undefined || this.#awake().length < 2) return;
    broker.pause();
    await sleep(this.#lab.leaseMs + FROZEN_PAST_LEASE_MS);
    broker.resume();
  }

  #draw(): LabBroker | undefined {
    const awake = this.#awake();
    return awake[Math.floor(this.#options.random() * awake.length)];
  }

  #awake(): LabBroker[] {
    return this.#lab.live.filter(({ life }) => life.pauses.every(({ until }) => until !== undefined));
  }
}
