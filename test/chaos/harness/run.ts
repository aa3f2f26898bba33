import { setTimeout as sleep } from 'node:timers/promises';
import type { FleetNames } from '../../../local/flags.ts';
import { seededRandom } from '../../../local/data/random.ts';
import { buildApp } from './app.ts';
import { runCaller, until } from './caller.ts';
import { Drought } from './drought.ts';
import { runEndedMatch } from './ender.ts';
import { Evidence } from './evidence.ts';
import { endFaultRules, fleetFaultRules, fleetFlags, longestDelayMs } from './fleetFaults.ts';
import { Havoc } from './havoc.ts';
import { Lab } from './lab.ts';
import { type Match, planMatch, sessionIdOf } from './plan.ts';

export interface ChaosOptions {
  /** The second one is asked where the first one has no host to give. */
  readonly fleet: FleetNames;
  readonly sessions: number;
  readonly callers: number;
  readonly processes: number;
  /** The share of storage requests, and of fleet calls, that go wrong. */
  readonly faults: number;
  /** Seconds. */
  readonly killEvery: number;
  /** Seconds. */
  readonly pauseEvery: number;
  readonly seed: number;
  /** No session is begun after so many minutes. */
  readonly minutes?: number | undefined;
  /** Sessions under way at the same time. */
  readonly inFlight: number;
  readonly timeoutMs: number;
  /** Whether every mode gathers its callers. */
  readonly gather?: true | undefined;
  /** The share of the sessions that are ended at a random time; 0: none. */
  readonly end: number;
  /** Whether the first fleet has no host to give for a third of the run. */
  readonly dry?: true | undefined;
}

/** Where a run is. */
export interface Progress {
  readonly phase: 'starting' | 'faults on' | 'faults off' | 'sweeping' | 'looking' | 'judging';
  readonly begun: number;
  readonly finished: number;
  readonly answers: number;
  readonly storageRequests: number;
  /** Processes that were killed, or asked to end. */
  readonly ends: number;
}

/** Shorter than a lease: a holder that dies in it leaves a window that is over. */
const GATHER_MS = 1_500;

/** Short: how soon everybody hears of an end is one of the promises. */
const CONFIRM_SECONDS = 2;

/** The storage clock is told in whole seconds, so a lease may seem to run that much longer. */
const LEASES_OVER_MS = 2_000;

/** One run: faults everywhere while sessions are asked for, then none, then the sweep, then a look at everything. */
export class ChaosRun {
  readonly #options: ChaosOptions;
  readonly #begun: string[] = [];
  #finished = 0;
  #phase: Progress['phase'] = 'starting';
  #lab: Lab | undefined;
  #drought: Drought | undefined;

  constructor(options: ChaosOptions) {
    this.#options = options;
  }

  progress(): Progress {
    const lab = this.#lab;
    return {
      phase: this.#phase,
      begun: this.#begun.length,
      finished: this.#finished,
      answers: lab?.answers.length ?? 0,
      storageRequests: lab?.proxy.counts().requests ?? 0,
      ends: lab?.ends ?? 0,
    };
  }

  async run(): Promise<Evidence> {
    const {
      fleet: [fleetName, next],
      timeoutMs,
      sessions,
      gather,
      end,
    } = this.#options;
    const app = await buildApp();
    try {
      const standingBy = sessions * 2;
      const lab = await Lab.open({
        app: app.folder,
        fleetTimeoutMs: timeoutMs,
        fleetName,
        fleet: { standingBy, ...fleetFlags(fleetName) },
        next: next && { fleetName: next, fleet: { standingBy, ...fleetFlags(next) } },
        rollsOut: true,
        gatherMs: gather === true ? GATHER_MS : 0,
        confirmSeconds: end > 0 ? CONFIRM_SECONDS : undefined,
      });
      this.#lab = lab;
      try {
        return await this.#in(lab);
      } finally {
        await lab.close();
      }
    } finally {
      app.remove();
    }
  }

  async #in(lab: Lab): Promise<Evidence> {
    const { processes, killEvery, pauseEvery, seed } = this.#options;
    await Promise.all(Array.from({ length: processes }, () => lab.startBroker()));
    await this.#faultsOn(lab);
    const havoc = new Havoc(lab, { killEvery, pauseEvery, random: seededRandom(seed) });
    const under = await this.#beginSessions(lab);
    this.#phase = 'faults off';
    lab.proxy.clear();
    await Promise.all([havoc.stop(), ...lab.fleets.map(({ control }) => control.faults.clear())]);
    await Promise.all(under);
    const sweep = await this.#sweep(lab);
    await this.#lookAtAll(lab);
    this.#phase = 'judging';
    return new Evidence({ ...(await lab.records(this.#begun, sweep)), dryMs: this.#drought?.lastedMs });
  }

  async #faultsOn(lab: Lab): Promise<void> {
    const { faults: rate, seed, sessions, timeoutMs: fleetTimeoutMs } = this.#options;
    this.#phase = 'faults on';
    lab.proxy.schedule({ seed, rate });
    const sessionIds = Array.from({ length: sessions }, (_, index) => sessionIdOf(seed, index + 1));
    for (const { name: fleet, control } of lab.fleets)
      await control.faults.set(...fleetFaultRules({ fleet, rate, fleetTimeoutMs, sessionIds }));
  }

  /** Resolves when the last session is begun: with what is still under way then. */
  async #beginSessions(lab: Lab): Promise<ReadonlySet<Promise<void>>> {
    const { sessions, callers, seed, minutes = Infinity, inFlight, gather, end, dry } = this.#options;
    const endsAt = performance.now() + minutes * 60_000;
    const under = new Set<Promise<void>>();
    this.#drought = dry === true ? new Drought(lab, sessions) : undefined;
    for (let number = 1; number <= sessions && performance.now() < endsAt; number += 1) {
      await this.#drought?.before(this.#finished);
      const match = planMatch(seed, number, { callers, gathers: gather, ended: end });
      this.#begun.push(match.session.sessionId);
      const playing = this.#play(lab, match, seed + number).finally(() => {
        this.#finished += 1;
        under.delete(playing);
      });
      under.add(playing);
      if (under.size >= inFlight) await Promise.race(under);
    }
    await this.#drought?.over();
    return under;
  }

  async #play(lab: Lab, match: Match, seed: number): Promise<void> {
    const random = seededRandom(seed);
    const { session, callers, ending } = match;
    if (ending !== undefined) return runEndedMatch(lab, match, ending, random);
    await Promise.all(callers.map((caller) => runCaller(lab, session, caller, random)));
  }

  async #sweep(lab: Lab): Promise<{ readonly status: number }> {
    const { timeoutMs, end } = this.#options;
    this.#phase = 'sweeping';
    await sleep(Math.max(lab.leaseMs + LEASES_OVER_MS, longestDelayMs(timeoutMs)));
    const swept = await this.#sweepOnce(lab);
    return end === 0 || swept.status !== 200 ? swept : this.#sweepEndings(lab);
  }

  /**
   * A broker that ends a session leaves it to the sweep to tell the fleet again, and to believe it, when calls for the
   * session are over: once while the fleet's calls go wrong, then once while they do not.
   */
  async #sweepEndings(lab: Lab): Promise<{ readonly status: number }> {
    const { faults: rate, timeoutMs: fleetTimeoutMs } = this.#options;
    lab.letCallsEnd();
    for (const { name: fleet, control } of lab.fleets)
      await control.faults.set(...endFaultRules({ fleet, rate, fleetTimeoutMs }));
    await this.#sweepOnce(lab);
    for (const { control } of lab.fleets) await control.faults.clear();
    return this.#sweepOnce(lab);
  }

  async #sweepOnce(lab: Lab): Promise<{ readonly status: number }> {
    // The real service ends a page where it likes; a sweep that stops at an empty one leaves rows open.
    lab.proxy.inject({ match: { operation: 'query' }, fault: { type: 'empty-page' } });
    const [broker] = lab.live;
    if (broker === undefined) throw new Error('no broker is left to sweep');
    const swept = await lab.sweep(broker);
    lab.proxy.clear();
    return swept;
  }

  /** A late joiner of every session: what is there must be what all others got. */
  async #lookAtAll(lab: Lab): Promise<void> {
    this.#phase = 'looking';
    const random = seededRandom(this.#options.seed);
    const left = [...this.#begun];
    const look = async (): Promise<void> => {
      for (let sessionId = left.pop(); sessionId !== undefined; sessionId = left.pop()) {
        const id = sessionId;
        await until(lab, random, (broker) => lab.get(broker, id, { caller: 'late joiner' }));
      }
    };
    await Promise.all(Array.from({ length: this.#options.inFlight }, look));
  }
}
