import type { Origin } from './judge.ts';

/** So many violations are shown in full; more of them seldom tell more. */
const SHOWN_FAULTS = 20;
const PROGRESS_MS = 2_000;

/** What the run has come to so far, told as it goes. */
export class Tally {
  readonly #requests: number;
  readonly #counts = new Map<string, number>();
  readonly #byOrigin: Record<Origin, number> = { broker: 0, platform: 0, nobody: 0 };
  readonly #startedMs = performance.now();
  #toldMs = performance.now();
  #sent = 0;
  #faults = 0;

  constructor(requests: number) {
    this.#requests = requests;
  }

  get faults(): number {
    return this.#faults;
  }

  count(origin: Origin, label: string): void {
    this.#sent += 1;
    this.#byOrigin[origin] += 1;
    this.#counts.set(label, (this.#counts.get(label) ?? 0) + 1);
    if (performance.now() - this.#toldMs < PROGRESS_MS) return;
    this.#toldMs = performance.now();
    const perSecond = Math.round(this.#sent / ((this.#toldMs - this.#startedMs) / 1_000));
    console.error(`${this.#sent} of ${this.#requests} sent (${perSecond}/s), ${this.#faults} violations`);
  }

  fault(what: string): void {
    this.#faults += 1;
    if (this.#faults <= SHOWN_FAULTS) console.error(`VIOLATION ${what}`);
  }

  print(): void {
    const { broker, platform, nobody } = this.#byOrigin;
    console.log(
      `answers: ${broker} of the broker, ${platform} of the platform before it, ${nobody} of nobody`,
    );
    for (const [label, times] of [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
      console.log(`${String(times).padStart(9)}  ${label}`);
    }
  }
}
