import { type AllocationAnswer, Broker } from '../../lib/broker.ts';
import type { GameMode } from '../../lib/broker/dependencies.ts';
import { LEASE_MS } from '../../lib/broker/lease.ts';
import type { Clock } from '../../lib/clock.ts';
import type { AllocationRequest } from '../../lib/contract/request.ts';
import { TableHistory } from '../../lib/ledger/history/tableHistory.ts';
import { SESSION_ROW_KEY } from '../../lib/ledger/sessions/sessionRow.ts';
import { TableHints } from '../../lib/ledger/sessions/tableHints.ts';
import { TableLedger } from '../../lib/ledger/sessions/tableLedger.ts';
import { Observer, type Shared } from './observer.ts';
import type { Process } from './world.ts';

export const FLEET_TIMEOUT_MS = 8_000;
export const SESSION_TTL_MS = 3_600_000;
const BOOTED_MS = Date.parse('2026-11-20T00:00:00Z');

/** What an instance may have in its settings while the game mode moves, and gets a new build. */
export const MODE_SETTINGS: readonly Omit<GameMode, 'place'>[] = [
  setting('sessionhosts', 'build-1'),
  setting('playfab', 'build-1'),
  setting('playfab', 'build-2'),
];

/** Longer than a round trip, and shorter than a lease: a holder that dies in it leaves a window that is over. */
export const GATHER_MS = 1_500;

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

  constructor(name: string, { skewMs, mode, gathers }: InstanceSettings, shared: Shared, fate: Fate) {
    this.name = name;
    this.#shared = shared;
    this.#fate = fate;
    const observer = new Observer(this, shared, mode, () => this.#broker.isStopping);
    this.#observer = observer;
    const clock = this.#clock(skewMs);
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
      confirmAfterMs: 60_000,
    });
  }

  allocate(request: AllocationRequest, waitMs: number): Promise<AllocationAnswer> {
    return this.#broker.allocate(request, { invocationId: 'model', waitMs, emit: () => undefined });
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

  /** Whether the session is claimed by this process. */
  #holds(): boolean {
    const row = this.#shared.sessions.stored(this.#shared.sessionId, SESSION_ROW_KEY)?.row;
    return row?.['state'] === 'claimed' && this.#observer.attempts.has(String(row['attemptId']));
  }

  /** Wall clocks are wrong by hours, and monotonic ones start anywhere; all tick alike. */
  #clock(skewMs: number): Clock {
    const { world } = this.#shared;
    const sleep = (ms: number, signal?: AbortSignal): Promise<void> => {
      const { promise, resolve, reject } = Promise.withResolvers<undefined>();
      const callOff = world.after(ms, this, () => resolve(undefined));
      signal?.addEventListener('abort', () => {
        callOff();
        reject(signal.reason as Error);
      });
      return promise;
    };
    return {
      wallMs: () => world.nowMs + skewMs,
      monotonicMs: () => world.nowMs - BOOTED_MS + 3 * skewMs,
      sleep,
      timeout: (ms) => {
        const controller = new AbortController();
        world.after(ms, this, () => controller.abort(new DOMException('timed out', 'TimeoutError')));
        return controller.signal;
      },
    };
  }
}
