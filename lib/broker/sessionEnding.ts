import type { EndFleet } from '../contract/outcomes.ts';
import { unknownSession } from '../contract/problem.ts';
import type { EndingClosing, OpenEnding } from '../ledger/history/history.ts';
import type { ToldFleet, Tombstone } from '../ledger/sessions/ledger.ts';
import { type EndedRecord, finalWord, meaningOf, type SessionRecord } from '../ledger/sessions/session.ts';
import { StorageFault } from '../ledger/storageFault.ts';
import type { EndingCall } from './call.ts';
import type { BrokerDependencies } from './dependencies.ts';
import { unrecordedEnd } from './ending.ts';
import { tellFleet } from './tellFleet.ts';

/** The holder of a session writes its row each second: each failure means that it came first. */
const TRIES = 8;

/** A session that is over, and what its fleet said. */
export interface SessionEnd {
  readonly record: EndedRecord;
  readonly told: ToldFleet;
}

interface Buried {
  readonly record: EndedRecord;
  readonly before: SessionRecord;
  /** When it was being written, or read, that the session is over (monotonic). */
  readonly asOfMs: number;
}

/**
 * One call that ends a session. Its phases, in this order, so that a process that dies at any point leaves nothing that is
 * not finished later:
 *
 * 1. recorded: its history row is open, where the sweep finds it;
 * 2. buried: the session is a tombstone. Nobody gets its host any more, and whoever holds it loses it;
 * 3. told: its fleet;
 * 4. confirmed: the tombstone says what the fleet said, once no call can be in flight that would start another host;
 * 5. closed in the history, and reported.
 *
 * The sweep does what is missing of the last three. A session that is a tombstone already is not ended again; its fleet is
 * told again, unless it has confirmed it.
 */
export class SessionEnding {
  readonly #dependencies: BrokerDependencies;
  readonly #sessionId: string;
  readonly #call: EndingCall;

  constructor(dependencies: BrokerDependencies, sessionId: string, call: EndingCall) {
    this.#dependencies = dependencies;
    this.#sessionId = sessionId;
    this.#call = call;
  }

  /** @throws Problem unknown-session, storage-unavailable */
  async run(): Promise<SessionEnd> {
    try {
      const asOfMs = this.#dependencies.clock.monotonicMs();
      const seen = endable(await this.#dependencies.ledger.read(this.#sessionId));
      return seen.state === 'ended' ? await this.#again(seen, asOfMs) : await this.#end(seen);
    } catch (error) {
      if (!(error instanceof StorageFault)) throw error;
      this.#fault(error);
      throw unrecordedEnd(error);
    }
  }

  async #end(seen: SessionRecord): Promise<SessionEnd> {
    const { clock, ledger } = this.#dependencies;
    const startedMs = clock.monotonicMs();
    const tombstone = ledger.tombstone(this.#sessionId, this.#call.by);
    const entry = await this.#record(tombstone, seen);
    const { record, before, asOfMs } = await this.#bury(tombstone, seen);
    if (before.state === 'ended') {
      // Its own tombstone, under another write, was confirmed by a sweep meanwhile, which closes its row as well.
      const isOwn = record.attemptId === tombstone.attemptId;
      if (!isOwn) await this.#close(entry, { outcome: 'unknown', reason: 'another call ended the session' });
      return this.#again(record, asOfMs);
    }
    const told = await this.#tell(record, asOfMs);
    const endFleet = await this.#confirm(record, before, told);
    if (endFleet !== undefined) {
      const { fleetCalls, fleetMs, upstreamStatus, reason } = told;
      const calls = { fleetCalls, fleetMs, upstreamStatus, reason };
      const { region, hostName } = record.hosted ?? {};
      await this.#close(entry, { outcome: 'ended', endFleet, ...calls, region, hostName });
    }
    this.#report(told, clock.monotonicMs() - startedMs);
    return { record, told };
  }

  /** The session is a tombstone: somebody else's, or that of the same caller, who repeats. */
  async #again(record: EndedRecord, asOfMs: number): Promise<SessionEnd> {
    return { record, told: await this.#tell(record, asOfMs) };
  }

  #record(tombstone: Tombstone, seen: SessionRecord): Promise<OpenEnding> {
    const { attemptId, endedAtMs: claimedAtMs, endedBy, history: key } = tombstone;
    const { sessionId, generation, gameMode, fleet, history: previous } = seen;
    const session = { sessionId, generation, gameMode, fleet, previous };
    const { invocationId } = this.#call;
    const opening = { key, ...session, attemptId, claimedAtMs, endedBy, invocationId };
    return this.#dependencies.history.openEnding(opening);
  }

  /** @returns the tombstone, and what was there before; the tombstone of another call is both */
  async #bury(tombstone: Tombstone, seen: SessionRecord): Promise<Buried> {
    const { ledger, clock } = this.#dependencies;
    let before = seen;
    let asOfMs = clock.monotonicMs();
    for (let tries = 0; tries < TRIES; tries += 1) {
      if (before.state === 'ended') return { record: before, before, asOfMs };
      asOfMs = clock.monotonicMs();
      const result = await ledger.end(tombstone, before, this.#knownOf(before));
      if (result.kind === 'ended') return { record: result.record, before, asOfMs };
      before = endable(result.record);
      // The sweep takes an ending for dead once its session is gone: this one must not come upon the next.
      if (before.state !== 'ended' && before.incarnation !== seen.incarnation) {
        throw new StorageFault('end', 'sessions', 'the session was begun anew');
      }
    }
    throw new StorageFault('end', 'sessions', 'other writers keep changing the row');
  }

  /** What is known of the session's host without asking its fleet. */
  #knownOf(session: SessionRecord): EndFleet | undefined {
    const fleet = this.#dependencies.fleets.get(session.fleet);
    if (session.state === 'released' && !session.maybeStarted) return 'no-host';
    return fleet !== undefined && fleet.end === undefined ? 'not-told' : undefined;
  }

  async #tell(record: EndedRecord, asOfMs: number): Promise<ToldFleet> {
    const { endFleet } = record;
    if (endFleet !== undefined) return { fleet: endFleet, fleetCalls: 0, fleetMs: 0 };
    return tellFleet(this.#dependencies, record, asOfMs, this.#call.traceparent);
  }

  /** What the tombstone says of the fleet from here on; undefined: nothing yet, and the sweep tells the fleet again. */
  async #confirm(
    record: EndedRecord,
    before: SessionRecord,
    { fleet }: ToldFleet,
  ): Promise<EndFleet | undefined> {
    if (record.endFleet !== undefined) return record.endFleet;
    const endFleet = finalWord(fleet, before);
    if (endFleet === undefined) return undefined;
    try {
      return (await this.#dependencies.ledger.confirmEnd(record, endFleet)) ? endFleet : undefined;
    } catch (error) {
      this.#fault(error);
      return undefined;
    }
  }

  /** A row that stays open is closed by the sweep. */
  async #close(entry: OpenEnding, closing: Omit<EndingClosing, 'closedAtMs'>): Promise<void> {
    try {
      await entry.close({ ...closing, closedAtMs: this.#dependencies.clock.wallMs() });
    } catch (error) {
      this.#fault(error);
    }
  }

  #report(told: ToldFleet, ms: number): void {
    const { by, emit } = this.#call;
    const level = told.fleet === 'pending' ? 'warn' : 'info';
    emit(level, {
      event: 'session.ended',
      sessionId: this.#sessionId,
      by,
      ...told,
      totalMs: Math.round(ms),
    });
  }

  /** @throws error where it is no storage fault */
  #fault(error: unknown): void {
    if (!(error instanceof StorageFault)) throw error;
    const { message: reason } = error;
    this.#call.emit('warn', { event: 'ledger.fault', step: 'end', sessionId: this.#sessionId, reason });
  }
}

/** @throws Problem unknown-session, where there is nothing to end: no row, or one that has expired */
function endable(seen: SessionRecord | undefined): SessionRecord {
  const meaning = meaningOf(seen);
  const isOver = meaning.kind === 'claim' && meaning.session?.state !== 'released';
  if (seen === undefined || isOver) throw unknownSession();
  return seen;
}
