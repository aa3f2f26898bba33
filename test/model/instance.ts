import { type AllocationAnswer, Broker } from '../../lib/broker.ts';
import type { GameMode } from '../../lib/broker/dependencies.ts';
import type { EndingAnswer } from '../../lib/broker/call.ts';
import { LEASE_MS } from '../../lib/broker/lease.ts';
import { Problem } from '../../lib/contract/problem.ts';
import type { AllocationRequest } from '../../lib/contract/request.ts';
import { TableHistory } from '../../lib/ledger/history/tableHistory.ts';
import { SESSION_ROW_KEY } from '../../lib/ledger/sessions/sessionRow.ts';
import { TableHints } from '../../lib/ledger/sessions/tableHints.ts';
import { TableLedger } from '../../lib/ledger/sessions/tableLedger.ts';
import { clockOf } from './modelClock.ts';
import { type Answer, Observer, type Shared } from './observer.ts';
import type { Process } from './world.ts';

export const FLEET_TIMEOUT_MS = 8_000;
export const SESSION_TTL_MS = 3_600_000;

/** What an instance may have in its settings while the game mode moves, gets a new build, and may overflow. */
export const MODE_SETTINGS: readonly Omit<GameMode, 'place'>[] = [
  setting('sessionhosts', 'build-1'),
  setting('playfab', 'build-1'),
  setting('playfab', 'build-2'),
  {
    ...setting('sessionhosts', 'build-1'),
    choices: [
      { fleet: 'sessionhosts', target: 'mode-1' },
      { fleet: 'playfab', target: 'build-1' },
    ],
  },
  {
    ...setting('playfab', 'build-2'),
    choices: [
      { fleet: 'playfab', target: 'build-2' },
      { fleet: 'playfab', target: 'build-1' },
      { fleet: 'sessionhosts', target: 'mode-1' },
    ],
  },
];

/** Longer than a round trip, and shorter than a lease: a holder that dies in it leaves a window that is over. */
export const GATHER_MS = 1_500;

const CALL = { invocationId: 'model', emit: () => undefined };

const saidBy = ({ kind }: AllocationAnswer): 'host' | undefined =>
  kind === 'allocated' ? 'host' : undefined;

function setting(fleet: string, build: string): Omit<GameMode, 'place'> {
  const targets = new Map([
    ['sessionhosts', 'mode-1'],
    ['playfab', build],
  ]);
  return { fleet, targets };
}

interface InstanceSettings {
  readonly skewMs: number;
  readonly mode: Omit<GameMode, 'place'>;
  readonly gathers: boolean;
  readonly confirmAfterMs: number;
}

/** What becomes of an instance, as its platform sees it. */
interface Fate {
  /** It is asked to stop. */
  readonly stopping: () => void;
  /** It has gone, by a crash or in order. */
  readonly gone: (how: 'crash' | 'stop') => void;
}

/** One instance of the broker: the real broker and the real ledger, on time, storage and fleet of the model. */
export class Instance implements Process {
  readonly name: string;
  /** For how long it answers with what it knows. */
  readonly confirmAfterMs: number;
  frozen = false;
  readonly freezes: Process['freezes'] = [];
  diedAtMs = Infinity;
  /** Resolves when the process dies, as a connection to it breaks. */
  readonly crashed = Promise.withResolvers<'crashed'>();
  readonly #shared: Shared;
  readonly #broker: Broker;
  readonly #observer: Observer;
  readonly #fate: Fate;
  #hasStopped = false;

  constructor(name: string, settings: InstanceSettings, shared: Shared, fate: Fate) {
    const { skewMs, mode, gathers, confirmAfterMs } = settings;
    this.name = name;
    this.confirmAfterMs = confirmAfterMs;
    this.#shared = shared;
    this.#fate = fate;
    const observer = new Observer(this, shared, mode, () => this.#broker.isStopping);
    this.#observer = observer;
    const clock = clockOf(this, shared.world, skewMs);
    const sessions = observer.proposing(shared.sessions.reachedBy(this));
    const scan = shared.sessions.scannedBy(this);
    const gatherMs = gathers ? GATHER_MS : undefined;
    const place = observer.placer(gathers);
    this.#broker = new Broker({
      ledger: observer.ledger(
        new TableLedger({ sessions, clock, leaseMs: LEASE_MS, sessionTtlMs: SESSION_TTL_MS }),
      ),
      hints: new TableHints({ sessions, scan, clock, sessionTtlMs: SESSION_TTL_MS }),
      history: observer.history(new TableHistory(observer.recording(shared.history.reachedBy(this)))),
      fleets: new Map(
        ['sessionhosts', 'playfab'].map((fleet) => [fleet, shared.fleet.reachedBy(this, fleet, observer)]),
      ),
      clock,
      gameModes: new Map([['duel', { ...mode, gatherMs, place }]]),
      locations: [{ name: 'West US' }],
      fleetTimeoutMs: FLEET_TIMEOUT_MS,
      confirmAfterMs,
    });
  }

  allocate(request: AllocationRequest, waitMs: number): Promise<AllocationAnswer> {
    return this.#noting(() => this.#broker.allocate(request, { ...CALL, waitMs }), saidBy);
  }

  find(sessionId: string): Promise<AllocationAnswer> {
    return this.#noting(() => this.#broker.find(sessionId, CALL.emit), saidBy);
  }

  end(sessionId: string): Promise<EndingAnswer> {
    return this.#noting(
      () => this.#broker.end(sessionId, { ...CALL, by: 'backend' }),
      () => 'ended',
    );
  }

  readonly gone = (): void => {
    this.crashed.resolve('crashed');
    this.#fate.gone(this.#hasStopped ? 'stop' : 'crash');
  };

  stop(): void {
    if (this.#broker.isStopping) return;
    const { world, reached } = this.#shared;
    world.tell(`${this.name} is asked to stop`);
    reached(this.#holds() ? 'stop while it holds the session' : 'stop');
    this.#fate.stopping();
    void this.#stopInOrder(world.nowMs);
  }

  async #stopInOrder(fromMs: number): Promise<void> {
    const { world, sessions, history, reached, violations } = this.#shared;
    const held = this.#holds();
    await this.#broker.stop();
    if (this.diedAtMs < Infinity) return;
    world.tell(`${this.name} has stopped`);
    const excused =
      sessions.troubles(this) ||
      history.troubles(this) ||
      this.freezes.some(({ untilMs }) => untilMs >= fromMs);
    if (held && !excused) reached('stopped in order, and had held the session');
    if (this.#holds() && !excused) violations.push(`${this.name} has stopped and still holds the session`);
    this.#hasStopped = true;
    world.leave(this);
  }

  /** Notes down what is answered of the session, where it does not begin anew meanwhile. */
  async #noting<T>(ask: () => Promise<T>, saidBy: (answer: T) => Answer['said'] | undefined): Promise<T> {
    const { world, fleet, answers } = this.#shared;
    const { beginning } = fleet;
    const begunAtMs = world.nowMs;
    const note = (said: Answer['said'] | undefined): void => {
      if (said === undefined || fleet.beginning !== beginning) return;
      const { name: instance, confirmAfterMs } = this;
      const isEnded = beginning.endedAtMs < Infinity;
      answers.push({ instance, confirmAfterMs, said, begunAtMs, beginning, isEnded });
    };
    try {
      const answer = await ask();
      note(saidBy(answer));
      return answer;
    } catch (error) {
      if (error instanceof Problem && error.code === 'session-ended') note('over');
      throw error;
    }
  }

  /** Whether the session is claimed by this process. */
  #holds(): boolean {
    const row = this.#shared.sessions.stored(this.#shared.sessionId, SESSION_ROW_KEY)?.row;
    return row?.['state'] === 'claimed' && this.#observer.attempts.has(String(row['attemptId']));
  }
}
