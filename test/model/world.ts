import { setImmediate as macrotask } from 'node:timers/promises';

/** A time in which a process stood still. */
interface Freeze {
  readonly fromMs: number;
  /** Infinity while it lasts. */
  untilMs: number;
}

/** Something that stops when it crashes and stands still while it is frozen. */
export interface Process {
  readonly name: string;
  frozen: boolean;
  /** When it stood still, oldest first. */
  readonly freezes: Freeze[];
  /** When it died, or left in order; Infinity while it lives. */
  diedAtMs: number;
  /** Called when it has gone, by a crash or in order. */
  readonly gone: () => void;
  /** Asks it to stop in order; it leaves when it has. */
  stop(): void;
}

/** One thing that can happen next. Without a `process` it happens on the network, which nothing freezes. */
interface Happening {
  readonly process: Process | undefined;
  readonly run: () => void;
  /** Whose message it is, for happenings on the network: what a dead process has sent may still arrive, or not. */
  readonly sender: Process | undefined;
  /** By when its process does it, unless it is frozen; Infinity for what the network delays as it likes. */
  byMs: number;
}

interface Timer extends Happening {
  readonly atMs: number;
}

const START_MS = Date.parse('2026-11-22T08:15:30.250Z');
/** So late a process that runs may be with its timers: less than the margin that a lease leaves over. */
export const PROMPT_MS = 200;
/** More than any run needs: one that goes on beyond does not end. */
const MOST_STEPS = 20_000;

/** What a step does: most let something happen that is due, the others let time pass, or something fail. */
const STEPS = [
  ['happen', 97],
  ['pass', 12],
  ['skip', 3],
  ['stall', 4],
  ['toggle', 5],
  ['outage', 3],
  ['stop', 2],
  ['crash', 2],
] as const;

/**
 * Everything that happens in a run, one thing at a time, in an order that a list of numbers decides. When the numbers
 * are used up, everything happens in the order in which it came, nothing fails, and time passes only when nothing
 * else is left: so a shorter list is a simpler run, and a failing run shrinks.
 *
 * A process that runs is at most {@link PROMPT_MS} late with its timers; one that is later was frozen, and counts as such.
 */
export class World {
  /** The storage service's clock; the instances' own are off by some hours. */
  nowMs = START_MS;
  readonly trace: string[] = [];
  #choices: readonly number[];
  #used = 0;
  #due: Happening[] = [];
  #timers: Timer[] = [];
  readonly #processes: Process[] = [];
  /** Until then everything goes on in order, except for who is frozen. */
  #skipUntilMs = 0;
  #outageUntilMs = 0;

  constructor(choices: readonly number[]) {
    this.#choices = choices;
  }

  /** Whether the storage service is out of reach, for everyone. */
  get isStorageOut(): boolean {
    return this.nowMs < this.#outageUntilMs;
  }

  get frozen(): readonly Process[] {
    return this.#processes.filter(({ frozen }) => frozen);
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
    if (lives(process)) this.#due.push({ process, run, sender, byMs: Infinity });
  }

  /** Happens after so long, or later; returns how to call it off. */
  after(ms: number, process: Process | undefined, run: () => void): () => void {
    if (!lives(process)) return () => undefined;
    const atMs = this.nowMs + Math.max(0, ms);
    const byMs = process === undefined ? Infinity : atMs + PROMPT_MS;
    const timer = { atMs, byMs, process, run, sender: undefined };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
      this.#due = this.#due.filter((other) => other !== timer);
    };
  }

  /** A process stands still, mostly for longer than a lease, and the others go on. */
  stall(process: Process): void {
    this.#freeze(process);
    this.#skip(1_500 + 6 * this.pick(1_024));
  }

  /** Ends a process: nothing of it goes on, and what it has sent may be lost on its way. */
  crash(process: Process): void {
    this.tell(`${process.name} crashes`);
    this.#due = this.#due.filter((one) => one.sender !== process || this.pick(2) === 0);
    this.leave(process);
  }

  /** The process ends, and is replaced. */
  leave(process: Process): void {
    process.diedAtMs = this.nowMs;
    this.#processes.splice(this.#processes.indexOf(process), 1);
    this.#timers = this.#timers.filter((timer) => timer.process !== process);
    this.#due = this.#due.filter((one) => one.process !== process);
    process.gone();
  }

  /** Lets things happen until the promise is settled. */
  async until(promise: Promise<unknown>): Promise<void> {
    const state = { ended: false };
    const end = (): void => {
      state.ended = true;
    };
    promise.then(end, end);
    await this.#while(
      () => !state.ended,
      () => this.#step(),
    );
  }

  /** Lets everything happen that can, except for who is frozen. */
  async drain(): Promise<void> {
    const isOpen = ({ process }: Happening): boolean => process?.frozen !== true;
    await this.#while(
      () => this.#due.some(isOpen) || this.#timers.some(isOpen),
      () => this.#happen(0),
    );
  }

  /** A long time passes in which nothing happens. Whoever is frozen comes back some time after it. */
  sleepOver(ms: number, choices: readonly number[]): void {
    this.#pass(ms);
    this.tell('a long time has passed');
    [this.#choices, this.#used, this.#skipUntilMs, this.#outageUntilMs] = [choices, 0, 0, 0];
    for (const process of this.frozen) {
      this.after(4 * this.pick(1_024), undefined, () => this.#thaw(process));
    }
  }

  /** From here on nothing fails any more. */
  calm(): void {
    this.#used = this.#choices.length;
    this.#outageUntilMs = 0;
    for (const process of this.frozen) this.#thaw(process);
  }

  async #while(goesOn: () => boolean, step: () => void): Promise<void> {
    await macrotask();
    for (let steps = 0; goesOn(); steps += 1) {
      if (steps > MOST_STEPS) throw new Error('the run does not end');
      step();
      // One turn of the event loop runs every promise reaction there is.
      await macrotask();
    }
  }

  #step(): void {
    if (this.nowMs < this.#skipUntilMs) {
      this.#happen(0, this.#skipUntilMs - this.nowMs);
      return;
    }
    const [step, number] = [this.weigh(STEPS), this.pick(1_024)];
    const process = this.#processes[number % Math.max(1, this.#processes.length)];
    if (step === 'happen' || process === undefined) this.#happen(number);
    else if (step === 'pass') this.#pass(1 + number);
    else if (step === 'skip') this.#skip(4 * number);
    else if (step === 'stall') this.stall(this.#busy() ?? process);
    else if (step === 'outage') this.#outage(500 + 4 * number);
    else this.#befall(step, process);
  }

  /** @param mostMs how long it may take at the most until something does */
  #happen(number: number, mostMs = 0): void {
    const able = this.#due.filter(({ process }) => process?.frozen !== true);
    const one = able[number % Math.max(1, able.length)];
    if (one === undefined) this.#pass(0, mostMs);
    else this.#do(one);
  }

  #do(one: Happening): void {
    this.#due.splice(this.#due.indexOf(one), 1);
    one.run();
  }

  /** @param ms 0: until the next timer, or until `mostMs` have passed */
  #pass(ms: number, mostMs = 0): void {
    const next = Math.min(
      ...this.#timers.map(({ atMs }) => atMs),
      mostMs > 0 ? this.nowMs + mostMs : Infinity,
    );
    if (ms === 0 && next === Infinity) {
      if (this.#due.length === 0) throw new Error('nothing is left to happen');
      for (const process of this.frozen) this.#thaw(process);
      return;
    }
    const [urgent] = [...this.#due, ...this.#timers]
      .filter(({ process }) => process?.frozen !== true)
      .sort((a, b) => a.byMs - b.byMs);
    const untilMs = Math.min(ms === 0 ? next : this.nowMs + ms, urgent?.byMs ?? Infinity);
    // Time passes no further before a process that runs has done what it is late with.
    if (urgent !== undefined && untilMs <= this.nowMs && this.#due.includes(urgent)) this.#do(urgent);
    this.nowMs = Math.max(this.nowMs, untilMs);
    const due = this.#timers.filter(({ atMs }) => atMs <= this.nowMs).sort((a, b) => a.atMs - b.atMs);
    this.#timers = this.#timers.filter((timer) => !due.includes(timer));
    this.#due.push(...due);
  }

  #skip(ms: number): void {
    this.#skipUntilMs = Math.max(this.#skipUntilMs, this.nowMs + ms);
  }

  #outage(ms: number): void {
    this.tell(`storage is out of reach for ${ms} ms`);
    this.#outageUntilMs = this.nowMs + ms;
  }

  #befall(what: 'toggle' | 'stop' | 'crash', process: Process): void {
    if (what === 'crash') this.crash(process);
    else if (what === 'stop') this.#stop(process);
    else if (process.frozen) this.#thaw(process);
    else this.#freeze(process);
  }

  /** Who is frozen gets no signal. */
  #stop(process: Process): void {
    if (!process.frozen) process.stop();
  }

  #freeze(process: Process): void {
    if (process.frozen) return;
    this.tell(`${process.name} freezes`);
    process.frozen = true;
    process.freezes.push({ fromMs: this.nowMs, untilMs: Infinity });
  }

  #thaw(process: Process): void {
    const freeze = process.freezes.at(-1);
    if (!process.frozen || freeze === undefined) return;
    this.tell(`${process.name} goes on`);
    process.frozen = false;
    freeze.untilMs = this.nowMs;
    const late = this.#due.filter((one) => one.process === process && one.byMs < Infinity);
    for (const one of late) one.byMs = Math.max(one.byMs, this.nowMs + PROMPT_MS);
  }

  #busy(): Process | undefined {
    return this.#due.find(({ process }) => process?.frozen === false)?.process;
  }

  #next(): number {
    const choice = this.#choices[this.#used];
    if (choice === undefined) return 0;
    this.#used += 1;
    return choice;
  }
}

function lives(process: Process | undefined): boolean {
  return process === undefined || process.diedAtMs === Infinity;
}
