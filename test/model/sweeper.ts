import { tellFleet } from '../../lib/broker/tellFleet.ts';
import { LEASE_MS } from '../../lib/broker/lease.ts';
import { TableLedger } from '../../lib/ledger/sessions/tableLedger.ts';
import { StorageFault } from '../../lib/ledger/storageFault.ts';
import type { SweepReport } from '../../lib/ledger/upkeep/reports.ts';
import { sweep } from '../../lib/ledger/upkeep/sweep.ts';
import { FLEET_TIMEOUT_MS, SESSION_TTL_MS } from './instance.ts';
import { clockOf } from './modelClock.ts';
import type { Shared } from './observer.ts';
import type { Process } from './world.ts';

const RETENTION_MS = 6 * 3_600_000;

/** A process that sweeps once: the real sweep, with a clock that is right, since it goes by the history's hours. */
export class Sweeper implements Process {
  readonly name: string;
  frozen = false;
  readonly freezes: Process['freezes'] = [];
  diedAtMs = Infinity;
  readonly #gone = Promise.withResolvers<undefined>();
  readonly #shared: Shared;

  constructor(name: string, shared: Shared) {
    this.name = name;
    this.#shared = shared;
  }

  /** @returns what it did; undefined: it died, or storage failed it */
  async run(): Promise<SweepReport | undefined> {
    const { world, reached } = this.#shared;
    world.start(this);
    const report = await Promise.race([this.#sweep(), this.#gone.promise]);
    if (report !== undefined) {
      world.tell(`${this.name} has seen ${report.open} open rows, ${report.pending} of them still pending`);
      if (report.ended > 0) reached('ending finished by a sweep');
      if (report.pending > 0) reached('ending still pending after a sweep');
    }
    if (this.diedAtMs === Infinity) world.leave(this);
    return report;
  }

  readonly gone = (): void => this.#gone.resolve(undefined);

  /** Whoever looks again finds what is left. */
  stop(): void {
    this.#shared.world.leave(this);
  }

  async #sweep(): Promise<SweepReport | undefined> {
    const { world, sessions, history, fleet } = this.#shared;
    const clock = clockOf(this, world, 0);
    const tables = { sessions: sessions.reachedBy(this), history: history.reachedBy(this) };
    const times = { clock, leaseMs: LEASE_MS, sessionTtlMs: SESSION_TTL_MS };
    const ledger = new TableLedger({ sessions: tables.sessions, ...times });
    const fleets = new Map(
      ['sessionhosts', 'playfab'].map((name) => [name, { ...NEVER_ASKED, ...fleet.endedBy(this, name) }]),
    );
    const telling = { fleets, clock, fleetTimeoutMs: FLEET_TIMEOUT_MS };
    const teller = {
      tell: (session: Parameters<typeof tellFleet>[1], asOfMs: number) => tellFleet(telling, session, asOfMs),
      confirm: ledger.confirmEnd.bind(ledger),
    };
    const historyScan = history.scannedBy(this);
    try {
      const options = { ...tables, historyScan, clock, teller, retentionMs: RETENTION_MS };
      return await sweep(options, { everything: true, mostMs: 600_000 });
    } catch (error) {
      if (error instanceof StorageFault) return undefined;
      throw error;
    }
  }
}

const never = (): never => {
  throw new Error('a sweep asks for no host');
};
const NEVER_ASKED = { allocate: never, checkCredentials: never };
