import { SESSION_ROW_KEY } from '../../lib/ledger/sessions/sessionRow.ts';
import type { GameMode } from '../../lib/broker/dependencies.ts';
import type { History } from '../../lib/ledger/history/history.ts';
import type { Claim, ClaimResult, Ledger, Settlement } from '../../lib/ledger/sessions/ledger.ts';
import type { Claimable } from '../../lib/ledger/sessions/session.ts';
import type { EntityTable, Row } from '../../lib/ledger/tables/entityTable.ts';
import type { Beginning, FleetCall, ModelFleet } from './modelFleet.ts';
import type { ModelTable } from './modelTable.ts';
import type { Process, World } from './world.ts';

/** What instances share, and what is noted down of what they do. */
export interface Shared {
  readonly sessionId: string;
  readonly world: World;
  readonly sessions: ModelTable;
  readonly history: ModelTable;
  readonly fleet: ModelFleet;
  /** Rules broken at the moment when they were. */
  readonly violations: string[];
  readonly reached: (state: string) => void;
  /** What attempts were placed by. */
  readonly placed: Placed[];
  /** What instances said of the session, in the order in which they did. */
  readonly answers: Answer[];
}

/** What an instance said of the session. */
export interface Answer {
  readonly instance: string;
  /** For how long the instance answers with what it knows. */
  readonly confirmAfterMs: number;
  /** `host`: 200 or 201. `over`: 410. `ended`: 204. */
  readonly said: 'host' | 'over' | 'ended';
  /** When the call came. */
  readonly begunAtMs: number;
  /** What the session was when the call came, and still was when it was answered. */
  readonly beginning: Beginning;
  /** Whether the session was a tombstone when it was answered. */
  readonly isEnded: boolean;
}

/** Whose measurements an attempt was placed by. */
export interface Placed {
  readonly attemptId: string;
  readonly ms: readonly number[];
  /** Whether its instance may not have read what callers have left: for storage, or because its settings gather nobody. */
  readonly isHindered: boolean;
}

/** Notes down what one process does to its ports, and the rules that it breaks at the moment when it does. */
export class Observer {
  /** Attempts whose claims this process has tried to write. */
  readonly attempts = new Set<string>();
  readonly #process: Process;
  readonly #shared: Shared;
  readonly #mode: Omit<GameMode, 'place'>;
  readonly #isStopping: () => boolean;
  /** Attempts whose history row this process knows to be there. */
  readonly #recorded = new Set<string>();
  /** Attempts for which this process is claiming the session just now. */
  readonly #proposed = new Set<string>();
  #attemptId = '';

  constructor(process: Process, shared: Shared, mode: Omit<GameMode, 'place'>, isStopping: () => boolean) {
    this.#process = process;
    this.#shared = shared;
    this.#mode = mode;
    this.#isStopping = isStopping;
  }

  /** A fleet call at the moment when it is sent. */
  sending(asked: string): FleetCall {
    const { world, sessions, sessionId, fleet } = this.#shared;
    const row = sessions.stored(sessionId, SESSION_ROW_KEY)?.row;
    if (row?.['attemptId'] === this.#attemptId && row['gathering'] === true) {
      this.#broken('asks the fleet while the session still gathers');
    }
    if (!this.#recorded.has(this.#attemptId)) this.#broken('asks the fleet without a confirmed history row');
    return {
      attemptId: this.#attemptId,
      process: this.#process,
      asked,
      beginning: fleet.beginning,
      sentAtMs: world.nowMs,
      endedAtMs: Infinity,
      isDry: false,
    };
  }

  /** A call in flight is cut. A lease that nothing hinders is renewed before it ends. */
  cutting(reason: string): void {
    const { sessions, reached } = this.#shared;
    reached(`call cut: ${reason}`);
    const isHindered = sessions.troubles(this.#process) || this.#process.freezes.length > 0;
    if (reason === 'the lease ran out' && !isHindered) this.#broken('lets its lease run out during a call');
  }

  /** The placer of its mode, noting by whose measurements an attempt is placed. */
  placer(gathers: boolean): GameMode['place'] {
    return (players) => {
      const ms = players.flatMap(({ latencies }) => latencies.map((hint) => hint.ms));
      const { sessions, placed } = this.#shared;
      placed.push({
        attemptId: this.#attemptId,
        ms,
        isHindered: !gathers || sessions.troubles(this.#process),
      });
      return { locations: ['West US'], placement: '{}', hints: '{}' };
    };
  }

  /** The history table, noting which rows the process knows to be there. */
  recording(table: EntityTable): EntityTable {
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
        // What a sweep has closed meanwhile is not the process's own any more.
        if (stored !== undefined && stored.row['closedBy'] !== 'sweep') note(stored.row);
        return stored;
      },
    };
  }

  history(history: History): History {
    return {
      openEnding: (opening) => history.openEnding(opening),
      open: async (opening) => {
        try {
          return await history.open(opening);
        } catch (error) {
          if (this.#recorded.has(opening.attemptId)) this.#broken('takes its own history row for a fault');
          throw error;
        }
      },
    };
  }

  ledger(ledger: Ledger): Ledger {
    return {
      read: (sessionId) => ledger.read(sessionId),
      tombstone: (sessionId, endedBy) => ledger.tombstone(sessionId, endedBy),
      end: async (tombstone, seen, endFleet) => {
        if (!this.#recorded.has(tombstone.attemptId)) this.#broken('ends the session without a history row');
        const result = await ledger.end(tombstone, seen, endFleet);
        this.#shared.reached(result.kind === 'ended' ? `ended: ${seen.state}` : 'ended: changed meanwhile');
        return result;
      },
      confirmEnd: async (ended, endFleet) => {
        const confirmed = await ledger.confirmEnd(ended, endFleet);
        this.#shared.reached(`end ${confirmed ? 'confirmed' : 'confirmed by another'}`);
        return confirmed;
      },
      claim: async (proposal, found) => {
        this.#proposed.clear();
        if (this.#isStopping()) this.#broken('claims although it stops');
        const result = await ledger.claim(proposal, found);
        this.#noteClaim(result, found);
        if (result.kind === 'seen' && this.#proposed.has(result.record.attemptId)) {
          this.#broken('takes its own claim for another’s');
        }
        return result;
      },
    };
  }

  /** The sessions' table, noting what the process tries to write. */
  proposing(table: EntityTable): EntityTable {
    const note = (row: Row): Row => {
      if (row.rowKey !== SESSION_ROW_KEY || row['state'] === 'ended') return row;
      const attemptId = String(row['attemptId']);
      this.#proposed.add(attemptId);
      this.attempts.add(attemptId);
      return row;
    };
    return {
      ...table,
      insert: (row) => table.insert(note(row)),
      replace: (row, etag, withinMs) => table.replace(note(row), etag, withinMs),
    };
  }

  #noteClaim(result: ClaimResult, found: Claimable): void {
    if (result.kind !== 'claimed') return;
    const { claim } = result;
    this.#attemptId = claim.session.attemptId;
    this.#shared.reached(wayOf(found));
    const { fleet, targets } = this.#mode;
    if (claim.session.fleet !== fleet || claim.session.fleetTarget !== targets.get(fleet)) {
      this.#shared.reached('take-over against the settings');
    }
    this.#watch(claim);
  }

  #watch(claim: Claim): void {
    const { reached } = this.#shared;
    const settle = claim.settle.bind(claim);
    const renew = claim.renew.bind(claim);
    const release = claim.release.bind(claim);
    claim.settle = async (...given): Promise<Settlement> => {
      const settlement = await settle(...given);
      const isRefused = settlement.kind === 'unconfirmed' && this.#isOfBefore(claim);
      const { kind } = settlement;
      const how = kind === 'ended' ? 'settled too late: the session is ended' : kind;
      reached(isRefused ? 'unconfirmed: of an old incarnation' : how);
      if (settlement.kind === 'superseded' && settlement.record.attemptId === claim.session.attemptId) {
        this.#broken('takes its own settling for another’s');
      }
      return settlement;
    };
    claim.renew = async (...given): Promise<boolean> => {
      const renewed = await renew(...given);
      reached(renewed ? `renewed ${this.#isCalling(claim) ? 'during' : 'before'} a call` : 'lost');
      return renewed;
    };
    const moveTo = claim.moveTo.bind(claim);
    claim.moveTo = async (...given): Promise<boolean> => {
      const moved = await moveTo(...given);
      reached(moved ? 'overflow' : 'overflow: lost');
      return moved;
    };
    claim.release = async (...given): Promise<boolean> => {
      const when = this.#isStopping() ? 'released by a process that stops' : 'released';
      const released = await release(...given);
      reached(released ? `${when}: ${given[0]}` : `${when}: lost`);
      return released;
    };
  }

  #isCalling({ session }: Claim): boolean {
    return this.#shared.fleet.calls.some(
      ({ attemptId, endedAtMs }) => attemptId === session.attemptId && endedAtMs === Infinity,
    );
  }

  /** Whether the row is another's by now, who began anew. */
  #isOfBefore({ session }: Claim): boolean {
    const row = this.#shared.sessions.stored(session.sessionId, SESSION_ROW_KEY)?.row;
    return row !== undefined && row['incarnation'] !== session.incarnation;
  }

  #broken(what: string): void {
    this.#shared.violations.push(`${this.#process.name} ${what}`);
  }
}

/** How the session came to be claimed: what the claim was found upon. */
function wayOf({ kind, session }: Claimable): string {
  if (session === undefined) return 'claim of a new session';
  if (session.state === 'allocated') return 'claim of an expired session';
  if (session.state === 'ended') return 'claim of a session that was ended long ago';
  if (session.state === 'released') {
    return kind === 'claim' ? 'claim of a released session' : 'take-over of a released session';
  }
  return session.leaseLeftMs > 0 ? 'take-over by watching' : 'take-over by the clock of storage';
}
