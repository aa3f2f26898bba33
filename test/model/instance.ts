import { type AllocationAnswer, Broker } from '../../lib/broker.ts';
import { LEASE_MARGIN_MS } from '../../lib/broker/lease.ts';
import type { Clock } from '../../lib/clock.ts';
import type { GameMode } from '../../lib/broker/dependencies.ts';
import type { AllocationRequest } from '../../lib/contract/request.ts';
import type { EntityTable, Row } from '../../lib/ledger/tables/entityTable.ts';
import type { History } from '../../lib/ledger/history/history.ts';
import type { Claim, ClaimResult, Ledger, Settlement } from '../../lib/ledger/sessions/ledger.ts';
import { TableHistory } from '../../lib/ledger/history/tableHistory.ts';
import { TableLedger } from '../../lib/ledger/sessions/tableLedger.ts';
import type { FleetCall, ModelFleet } from './modelFleet.ts';
import type { ModelTable } from './modelTable.ts';
import type { Process, World } from './world.ts';

export const FLEET_TIMEOUT_MS = 8_000;
export const LEASE_MS = FLEET_TIMEOUT_MS + LEASE_MARGIN_MS;
const BOOTED_MS = Date.parse('2026-11-20T00:00:00Z');

/** What an instance may have in its settings while the game mode moves, and gets a new build. */
export const MODE_SETTINGS: readonly GameMode[] = [
  setting('sessionhosts', 'build-1'),
  setting('playfab', 'build-1'),
  setting('playfab', 'build-2'),
];

function setting(fleet: string, build: string): GameMode {
  const targets = new Map([
    ['sessionhosts', 'mode-1'],
    ['playfab', build],
  ]);
  return { fleet, targets, place: () => ({ locations: ['West US'], placement: '{}', hints: '{}' }) };
}

/** What instances share, and what is noted down of what they do. */
export interface Shared {
  readonly world: World;
  readonly sessions: ModelTable;
  readonly history: ModelTable;
  readonly fleet: ModelFleet;
  /** Rules broken at the moment when they were. */
  readonly violations: string[];
  readonly reached: (state: string) => void;
}

/** One instance of the broker: the real broker and the real ledger, on time, storage and fleet of the model. */
export class Instance implements Process {
  readonly name: string;
  frozen = false;
  dead = false;
  readonly gone: () => void;
  /** Resolves when the process dies, as a connection to it breaks. */
  readonly crashed = Promise.withResolvers<'crashed'>();
  readonly #shared: Shared;
  readonly #mode: GameMode;
  readonly #broker: Broker;
  readonly #deadlines = new WeakMap<AbortSignal, number>();
  /** Attempts whose history row this process was told of. */
  readonly #recorded = new Set<string>();
  /** Attempts for which this process is claiming the session just now. */
  readonly #proposed = new Set<string>();
  #attemptId = '';

  constructor(
    name: string,
    { skewMs, mode }: { readonly skewMs: number; readonly mode: GameMode },
    shared: Shared,
    gone: () => void,
  ) {
    this.name = name;
    this.#mode = mode;
    this.gone = (): void => {
      this.crashed.resolve('crashed');
      gone();
    };
    this.#shared = shared;
    const clock = this.#clock(skewMs);
    const sessions = this.#proposing(shared.sessions.reachedBy(this));
    this.#broker = new Broker({
      ledger: this.#observed(
        new TableLedger({ sessions, clock, leaseMs: LEASE_MS, sessionTtlMs: 24 * 3_600_000 }),
      ),
      history: this.#observedHistory(new TableHistory(this.#recording(shared.history.reachedBy(this)))),
      fleets: new Map(
        ['sessionhosts', 'playfab'].map((fleet) => [
          fleet,
          shared.fleet.reachedBy(this, fleet, (signal) => this.#sending(signal)),
        ]),
      ),
      clock,
      gameModes: new Map([['duel', mode]]),
      locations: [{ name: 'West US' }],
      fleetTimeoutMs: FLEET_TIMEOUT_MS,
    });
  }

  allocate(request: AllocationRequest, waitMs: number): Promise<AllocationAnswer> {
    return this.#broker.allocate(request, { invocationId: 'model', waitMs, emit: () => undefined });
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
        this.#deadlines.set(controller.signal, world.nowMs + ms);
        world.after(ms, this, () => controller.abort(new DOMException('timed out', 'TimeoutError')));
        return controller.signal;
      },
    };
  }

  #sending(signal: AbortSignal): FleetCall {
    const { world, violations } = this.#shared;
    if (!this.#recorded.has(this.#attemptId)) {
      violations.push(`${this.name} asks the fleet without a confirmed history row`);
    }
    const deadlineMs = this.#deadlines.get(signal) ?? Infinity;
    return { attemptId: this.#attemptId, sentAtMs: world.nowMs, deadlineMs, endedAtMs: Infinity };
  }

  /** The history table, noting which rows the process knows to be there. */
  #recording(table: EntityTable): EntityTable {
    const note = (row: Row): void => void this.#recorded.add(String(row['attemptId']));
    return {
      ...table,
      insert: async (row) => {
        const result = await table.insert(row);
        if (result.ok) note(row);
        return result;
      },
      read: async (partitionKey, rowKey) => {
        const stored = await table.read(partitionKey, rowKey);
        if (stored !== undefined) note(stored.row);
        return stored;
      },
    };
  }

  #observedHistory(history: History): History {
    return {
      open: async (opening) => {
        try {
          return await history.open(opening);
        } catch (error) {
          if (this.#recorded.has(opening.attemptId)) {
            this.#shared.violations.push(`${this.name} takes its own history row for a fault`);
          }
          throw error;
        }
      },
    };
  }

  #observed(ledger: Ledger): Ledger {
    return {
      read: (sessionId) => ledger.read(sessionId),
      claim: async (proposal, found) => {
        this.#proposed.clear();
        const result = await ledger.claim(proposal, found);
        this.#noteClaim(result, found.session?.state);
        if (result.kind === 'seen' && this.#proposed.has(result.record.attemptId)) {
          this.#shared.violations.push(`${this.name} takes its own claim for another's`);
        }
        return result;
      },
    };
  }

  /** The sessions' table, noting what the process tries to write. */
  #proposing(table: EntityTable): EntityTable {
    const note = (row: Row): Row => {
      this.#proposed.add(String(row['attemptId']));
      return row;
    };
    return {
      ...table,
      insert: (row) => table.insert(note(row)),
      replace: (row, etag) => table.replace(note(row), etag),
    };
  }

  #noteClaim(result: ClaimResult, before: string | undefined): void {
    if (result.kind !== 'claimed') return;
    const { claim } = result;
    this.#attemptId = claim.session.attemptId;
    this.#shared.reached(before === undefined ? 'new' : `take-over of ${before}`);
    const { fleet, targets } = this.#mode;
    if (claim.session.fleet !== fleet || claim.session.fleetTarget !== targets.get(fleet)) {
      this.#shared.reached('take-over against the settings');
    }
    this.#watch(claim);
  }

  #watch(claim: Claim): void {
    const { reached, violations } = this.#shared;
    const settle = claim.settle.bind(claim);
    const renew = claim.renew.bind(claim);
    claim.settle = async (...given): Promise<Settlement> => {
      const settlement = await settle(...given);
      reached(settlement.kind);
      if (settlement.kind === 'superseded' && settlement.record.attemptId === claim.session.attemptId) {
        violations.push(`${this.name} takes its own settling for another's`);
      }
      return settlement;
    };
    claim.renew = async (charge): Promise<boolean> => {
      const renewed = await renew(charge);
      reached(renewed ? 'renewed' : 'lost');
      return renewed;
    };
  }
}
