import type { AllocationAnswer } from '../../lib/broker.ts';
import { Problem, PROBLEMS } from '../../lib/contract/problem.ts';
import { Instance, MODE_SETTINGS, type Shared } from './instance.ts';
import { ModelFleet } from './modelFleet.ts';
import { ModelTable } from './modelTable.ts';
import { World } from './world.ts';

export const SESSION = '3536d3e6-e85d-4f47-b898-9617d19dabcd';

export interface CallerPlan {
  readonly instance: number;
  readonly cookie: string | undefined;
  readonly waitMs: number;
  readonly startsAfterMs: number;
}

export interface InstancePlan {
  /** So many hours its wall clock is wrong. */
  readonly skewHours: number;
  /** Which of the settings it has. */
  readonly mode: number;
}

export interface Plan {
  readonly callers: readonly CallerPlan[];
  readonly instances: readonly InstancePlan[];
  /** What decides the order in which things happen, and what goes wrong. */
  readonly choices: readonly number[];
}

/** A 200 or 201 that a caller got. */
export interface Answered {
  readonly caller: string;
  readonly cookie: string | undefined;
  readonly body: string;
  readonly replayed: boolean;
}

export interface Outcome extends Shared {
  readonly answered: readonly Answered[];
  /** What callers were told instead: problem codes, `pending`, `crashed`. */
  readonly told: readonly string[];
}

/** How often a caller repeats what may be repeated; the last caller, when nothing fails any more, always gets there. */
const TRIES = 6;
const LAST_CALLER: CallerPlan = { instance: 0, cookie: undefined, waitMs: 15_000, startsAfterMs: 0 };
const LAST_TRIES = 12;

/** Runs a plan to its end; then, with nothing failing any more, one last caller asks for the session. */
export async function run(plan: Plan, reached: (state: string) => void): Promise<Outcome> {
  const world = new World(plan.choices);
  const shared: Shared = {
    world,
    sessions: new ModelTable(world, 'sessions'),
    history: new ModelTable(world, 'history'),
    fleet: new ModelFleet(world),
    violations: [],
    reached,
  };
  const callers = new Callers(shared, plan.instances);
  await world.until(
    Promise.all(plan.callers.map((caller, at) => callers.call(`caller ${at + 1}`, caller, TRIES))),
  );
  world.calm();
  await world.until(callers.call('last caller', LAST_CALLER, LAST_TRIES));
  return { ...shared, answered: callers.answered, told: callers.told };
}

/** The clients of a run, and the instances that they reach. */
class Callers {
  readonly answered: Answered[] = [];
  readonly told: string[] = [];
  readonly #shared: Shared;
  readonly #instances = new Map<number, Instance>();
  #started = 0;

  constructor(shared: Shared, instances: readonly InstancePlan[]) {
    this.#shared = shared;
    instances.forEach((instance, slot) => this.#start(slot, instance));
  }

  /** One client: repeats what may be repeated, elsewhere, with the same sessionId. */
  async call(name: string, plan: CallerPlan, tries: number): Promise<void> {
    await this.#pause(plan.startsAfterMs);
    for (let attempt = 0; attempt < tries; attempt += 1) {
      const told = await this.#ask(plan, attempt);
      if (told instanceof Object && 'kind' in told && told.kind === 'allocated') {
        this.#shared.world.tell(`${name} has ${told.body}`);
        this.answered.push({ caller: name, cookie: plan.cookie, body: told.body, replayed: told.replayed });
        return;
      }
      const what = told === 'crashed' ? told : told instanceof Problem ? told.code : told.kind;
      this.#shared.world.tell(`${name} is told: ${what}`);
      this.told.push(what);
      if (told instanceof Problem && !PROBLEMS[told.code].retryable) return;
      const pauseSeconds = told === 'crashed' ? 0 : (told.retryAfterSeconds ?? 0);
      await this.#pause(1_000 * Math.max(1, pauseSeconds));
    }
  }

  #ask(
    { instance: slot, cookie, waitMs }: CallerPlan,
    attempt: number,
  ): Promise<AllocationAnswer | Problem | 'crashed'> {
    const instance = this.#instances.get((slot + attempt) % this.#instances.size);
    if (instance === undefined) throw new RangeError('no such instance');
    const sessionCookie = cookie === undefined ? {} : { sessionCookie: cookie };
    const request = { sessionId: SESSION, gameMode: 'duel', players: [], ...sessionCookie };
    const told = instance.allocate(request, waitMs).catch((error: unknown) => {
      if (error instanceof Problem && error.code !== 'internal') return error;
      this.#shared.violations.push(`${instance.name} throws ${String(error)}`);
      return 'crashed' as const;
    });
    return Promise.race([told, instance.crashed.promise]);
  }

  #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#shared.world.after(ms, undefined, () => resolve(undefined));
    return promise;
  }

  #start(slot: number, plan: InstancePlan): void {
    this.#started += 1;
    const name = `instance ${slot + 1}.${this.#started}`;
    const mode = MODE_SETTINGS[plan.mode];
    if (mode === undefined) throw new RangeError('no such settings');
    const instance = new Instance(name, { skewMs: plan.skewHours * 3_600_000, mode }, this.#shared, () => {
      this.#shared.reached('crash');
      this.#start(slot, plan);
    });
    this.#instances.set(slot, instance);
    this.#shared.world.start(instance);
  }
}
