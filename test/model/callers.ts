import type { AllocationAnswer } from '../../lib/broker.ts';
import { Problem, PROBLEMS } from '../../lib/contract/problem.ts';
import { Instance, MODE_SETTINGS } from './instance.ts';
import type { Beginning } from './modelFleet.ts';
import type { Shared } from './observer.ts';

export interface CallerPlan {
  readonly instance: number;
  readonly cookie: string | undefined;
  readonly waitMs: number;
  readonly startsAfterMs: number;
  /** What it measured, unlike anybody else; absent: nothing. */
  readonly ms?: number | undefined;
  readonly partySize?: number | undefined;
  /** It asks what the ledger says of the session (GET), and for no host. */
  readonly looks?: boolean | undefined;
}

/** Who ends the session. */
export interface EnderPlan {
  readonly instance: number;
  readonly startsAfterMs: number;
}

export interface InstancePlan {
  /** So many hours its wall clock is wrong. */
  readonly skewHours: number;
  /** Which of the settings it has. */
  readonly mode: number;
  /** Whether its settings say that the mode gathers its callers. */
  readonly gathers: boolean;
  /** For how long it answers with what it knows. */
  readonly confirmAfterMs: number;
}

/** A 200 or 201 that a caller got. */
export interface Answered {
  readonly caller: string;
  readonly cookie: string | undefined;
  readonly body: string;
  readonly replayed: boolean;
  /** What the session was when the answer came. */
  readonly beginning: Beginning;
}

type Told<T> = T | Problem | 'crashed' | 'hung-up';

/** How often whoever ends a session tries to, and how long it waits for an answer. */
const END_TRIES = 4;
const END_WAIT_MS = 20_000;

/** A client hangs up when its answer is so much later than the wait that it asked for. */
const HANGS_UP_AFTER_MS = 5_000;

/** The clients of a run, and the instances that they reach. */
export class Callers {
  readonly answered: Answered[] = [];
  /** What callers were told instead: problem codes, `pending`, `crashed`, `hung-up`. */
  readonly told: string[] = [];
  readonly #shared: Shared;
  readonly #plans: readonly InstancePlan[];
  readonly #instances: Instance[] = [];
  #started = 0;

  constructor(shared: Shared, plans: readonly InstancePlan[]) {
    this.#shared = shared;
    this.#plans = plans;
    plans.forEach((_, slot) => this.#start(slot));
  }

  /** One client: repeats what may be repeated, elsewhere, with the same sessionId. */
  async call(name: string, plan: CallerPlan, tries: number): Promise<void> {
    const { world, fleet } = this.#shared;
    await this.#pause(plan.startsAfterMs);
    for (let attempt = 0; attempt < tries; attempt += 1) {
      const told = await this.#ask(plan, attempt);
      if (told instanceof Object && 'kind' in told && told.kind === 'allocated') {
        world.tell(`${name} has ${told.body}`);
        const { body, replayed } = told;
        this.answered.push({ caller: name, cookie: plan.cookie, body, replayed, beginning: fleet.beginning });
        return;
      }
      const what = typeof told === 'string' ? told : told instanceof Problem ? told.code : told.kind;
      world.tell(`${name} is told: ${what}`);
      this.told.push(plan.looks === true ? `${what} of GET` : what);
      if (told instanceof Problem && !PROBLEMS[told.code].retryable) return;
      const pauseSeconds = typeof told === 'string' ? 0 : (told.retryAfterSeconds ?? 0);
      await this.#pause(1_000 * Math.max(1, pauseSeconds));
    }
  }

  /** Processes that have stood still for very long get no callers any more. */
  replaceFrozen(): void {
    this.#instances.forEach((instance, slot) => {
      if (instance.frozen) this.#start(slot);
    });
  }

  /** Ends the session, whether or not there is one yet. */
  async end(name: string, { instance, startsAfterMs }: EnderPlan): Promise<void> {
    const { world, sessionId, reached } = this.#shared;
    await this.#pause(startsAfterMs);
    for (let attempt = 0; attempt < END_TRIES; attempt += 1) {
      const told = await this.#reach(instance + attempt, END_WAIT_MS, (broker) => broker.end(sessionId));
      const isEnded = told instanceof Object && 'fleet' in told;
      const what = told instanceof Problem ? told.code : isEnded ? told.fleet : told;
      world.tell(`${name} is told: ${what}`);
      reached(`${isEnded ? 'told of its fleet' : 'end'}: ${what}`);
      if (isEnded) return;
      await this.#pause(2_000);
    }
  }

  #ask(plan: CallerPlan, attempt: number): Promise<Told<AllocationAnswer>> {
    const { cookie, waitMs, ms, partySize, looks } = plan;
    const { sessionId } = this.#shared;
    const sessionCookie = cookie === undefined ? {} : { sessionCookie: cookie };
    const players = ms === undefined ? [] : [{ latencies: [{ location: 'West US', ms }] }];
    const size = partySize === undefined ? {} : { partySize };
    const request = { sessionId, gameMode: 'duel', players, ...sessionCookie, ...size };
    return this.#reach(plan.instance + attempt, waitMs, (instance) =>
      looks === true ? instance.find(sessionId) : instance.allocate(request, waitMs),
    );
  }

  #reach<T>(slot: number, waitMs: number, ask: (instance: Instance) => Promise<T>): Promise<Told<T>> {
    const instance = this.#instances[slot % this.#instances.length];
    if (instance === undefined) throw new RangeError('no such instance');
    const told = ask(instance).catch((error: unknown) => {
      if (error instanceof Problem && error.code !== 'internal') return error;
      this.#shared.violations.push(`${instance.name} throws ${String(error)}`);
      return 'crashed' as const;
    });
    const hangsUp = Promise.withResolvers<'hung-up'>();
    const callOff = this.#shared.world.after(waitMs + HANGS_UP_AFTER_MS, undefined, () =>
      hangsUp.resolve('hung-up'),
    );
    return Promise.race([told, instance.crashed.promise, hangsUp.promise]).finally(callOff);
  }

  #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#shared.world.after(ms, undefined, () => resolve(undefined));
    return promise;
  }

  /** Starts the slot's instance, or the one after it: which of the two callers reach while one stops is open. */
  #start(slot: number): void {
    this.#started += 1;
    const plan = this.#plans[slot];
    const mode = MODE_SETTINGS[plan?.mode ?? -1];
    if (plan === undefined || mode === undefined) throw new RangeError('no such settings');
    const { world, reached } = this.#shared;
    const replace = (): void => {
      if (this.#instances[slot] === instance) this.#start(slot);
    };
    const instance = new Instance(
      `instance ${slot + 1}.${this.#started}`,
      { ...plan, skewMs: plan.skewHours * 3_600_000, mode },
      this.#shared,
      {
        stopping: () => {
          if (world.pick(2) === 1) replace();
        },
        gone: (how) => {
          reached(how === 'crash' ? 'crash' : 'left in order');
          replace();
        },
      },
    );
    this.#instances[slot] = instance;
    world.start(instance);
  }
}
