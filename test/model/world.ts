import { setImmediate as macrotask } from 'node:timers/promises';

/** Something that stops when it crashes and stands still while it is frozen. */
export interface Process {
  readonly name: string;
  frozen: boolean;
  dead: boolean;
  /** Called when it has crashed. */
  readonly gone: () => void;
}

/** One thing that can happen next. Without a `process` it happens on the network, which nothing freezes. */
interface Happening {
  readonly process: Process | undefined;
  readonly run: () => void;
  /** Whose message it is, for happenings on the network: what a dead process has sent may still arrive, or not. */
  readonly sender: Process | undefined;
}

interface Timer extends Happening {
  readonly atMs: number;
}

const START_MS = Date.parse('2026-11-22T08:15:30.250Z');
/** More than any run needs: one that goes on beyond does not end. */
const MOST_STEPS = 20_000;

/** What a step does, out of 64: most let something happen that is due, the others let time pass, or a process fail. */
const STEPS = { happen: 50, pass: 57, stall: 60, freeze: 63 } as const;

/**
 * Everything that happens in a run, one thing at a time, in an order that a list of numbers decides. When the numbers
 * are used up, everything happens in the order in which it came, nothing fails, and time passes only when nothing
 * else is left: so a shorter list is a simpler run, and a failing run shrinks.
 */
export class World {
  /** The storage service's clock; the instances' own are off by some hours. */
  nowMs = START_MS;
  readonly trace: string[] = [];
  readonly #choices: readonly number[];
  #used = 0;
  #due: Happening[] = [];
  #timers: Timer[] = [];
  readonly #processes: Process[] = [];

  constructor(choices: readonly number[]) {
    this.#choices = choices;
  }

  /** Whether things may still go wrong. */
  get faulty(): boolean {
    return this.#used < this.#choices.length;
  }

  /** One of `count` alternatives; the first, when nothing is left to decide with. */
  pick(count: number): number {
    return this.#next() % count;
  }

  /** One of the alternatives, each with its weight; the first, when nothing is left to decide with. */
  weigh<T>(alternatives: readonly (readonly [T, number])[]): T {
    const total = alternatives.reduce((sum, [, weight]) => sum + weight, 0);
    let left = this.pick(total);
    for (const [alternative, weight] of alternatives) {
      if (left < weight) return alternative;
      left -= weight;
    }
    throw new RangeError('no alternatives');
  }

  /** Starts a process, which may crash or freeze from now on. */
  start(process: Process): void {
    this.#processes.push(process);
  }

  tell(line: string): void {
    this.trace.push(`${((this.nowMs - START_MS) / 1_000).toFixed(3)} ${line}`);
  }

  /** Happens at some time from now on. */
  soon(process: Process | undefined, run: () => void, sender?: Process): void {
    if (process?.dead !== true) this.#due.push({ process, run, sender });
  }

  /** Happens after so long, or later; returns how to call it off. */
  after(ms: number, process: Process | undefined, run: () => void): () => void {
    if (process?.dead === true) return () => undefined;
    const timer = { atMs: this.nowMs + Math.max(0, ms), process, run, sender: undefined };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
      this.#due = this.#due.filter((other) => other !== timer);
    };
  }

  /** A process stands still for longer than a lease, and the others go on. */
  stall(process: Process): void {
    process.frozen = true;
    this.tell(`${process.name} freezes for longer than a lease`);
    this.#pass(10_000 + 4 * this.pick(1_024));
  }

  /** Ends a process: nothing of it goes on, and what it has sent may be lost on its way. */
  crash(process: Process): void {
    process.dead = true;
    this.tell(`${process.name} crashes`);
    this.#processes.splice(this.#processes.indexOf(process), 1);
    this.#timers = this.#timers.filter((timer) => timer.process !== process);
    this.#due = this.#due.filter(
      (one) => one.process !== process && (one.sender !== process || this.pick(2) === 0),
    );
    process.gone();
  }

  /** Lets things happen until the promise is settled. */
  async until(promise: Promise<unknown>): Promise<void> {
    const state = { ended: false };
    const end = (): void => {
      state.ended = true;
    };
    promise.then(end, end);
    await macrotask();
    for (let steps = 0; !state.ended; steps += 1) {
      if (steps > MOST_STEPS) throw new Error('the run does not end');
      this.#step();
      // One turn of the event loop runs every promise reaction there is.
      await macrotask();
    }
  }

  /** From here on nothing fails any more. */
  calm(): void {
    this.#used = this.#choices.length;
  }

  #step(): void {
    const [choice, number] = [this.pick(64), this.pick(1_024)];
    if (!this.faulty) for (const process of this.#processes) process.frozen = false;
    if (choice < STEPS.happen) this.#happen(number);
    else if (choice < STEPS.pass) this.#pass(1 + number);
    else if (choice < STEPS.stall) this.#stallOne(number);
    else if (choice < STEPS.freeze) this.#toggle(number);
    else this.#crashOne(number);
  }

  #happen(number: number): void {
    const able = this.#due.filter(({ process }) => process?.frozen !== true);
    const one = able[number % Math.max(1, able.length)];
    if (one === undefined) {
      this.#pass(0);
      return;
    }
    this.#due.splice(this.#due.indexOf(one), 1);
    one.run();
  }

  /** @param ms 0: until the next timer */
  #pass(ms: number): void {
    const next = Math.min(...this.#timers.map(({ atMs }) => atMs));
    if (ms === 0 && next === Infinity) {
      // Nothing can happen: whoever is frozen comes back.
      for (const process of this.#processes) process.frozen = false;
      if (this.#due.length === 0) throw new Error('nothing is left to happen');
      return;
    }
    this.nowMs = ms === 0 ? Math.max(this.nowMs, next) : this.nowMs + ms;
    const due = this.#timers.filter(({ atMs }) => atMs <= this.nowMs).sort((a, b) => a.atMs - b.atMs);
    this.#timers = this.#timers.filter((timer) => !due.includes(timer));
    this.#due.push(...due);
  }

  #stallOne(number: number): void {
    const busy = this.#due.find(({ process }) => process !== undefined)?.process;
    const process = busy ?? this.#processes[number % this.#processes.length];
    if (process !== undefined) this.stall(process);
  }

  #toggle(number: number): void {
    const process = this.#processes[number % Math.max(1, this.#processes.length)];
    if (process === undefined) return;
    process.frozen = !process.frozen;
    this.tell(`${process.name} ${process.frozen ? 'freezes' : 'goes on'}`);
  }

  #crashOne(number: number): void {
    const process = this.#processes[number % Math.max(1, this.#processes.length)];
    if (process !== undefined) this.crash(process);
  }

  #next(): number {
    const choice = this.#choices[this.#used];
    if (choice === undefined) return 0;
    this.#used += 1;
    return choice;
  }
}
