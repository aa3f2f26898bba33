import { randomUUID } from 'node:crypto';
import { requireMode, type SessionTicket } from './auth/ticket.ts';
import type { AllocationCall, Asking, EndingAnswer, EndingCall } from './broker/call.ts';
import type { BrokerDependencies, ObtainDependencies } from './broker/dependencies.ts';
import { unreadable } from './broker/ending.ts';
import { SessionEnding } from './broker/sessionEnding.ts';
import { type Flight, type FlightEnd, Flights } from './broker/flights.ts';
import { requireSameSession } from './broker/identity.ts';
import { Gathering } from './broker/gathering.ts';
import { obtain } from './broker/obtain.ts';
import { FleetPace, within } from './broker/pauses.ts';
import { SessionMemory } from './broker/sessionMemory.ts';
import { Shutdown } from './broker/shutdown.ts';
import { sessionEnded, unknownSession } from './contract/problem.ts';
import type { AllocationRequest } from './contract/request.ts';
import type { EventSink } from './events.ts';
import { type AllocatedRecord, meaningOf } from './ledger/sessions/session.ts';

/**
 * - `allocated`: the body of 201, or of 200 when it is a replay.
 * - `pending`: 202; the same request again, after the pause, goes on where this one stopped.
 */
export type AllocationAnswer =
  | { readonly kind: 'allocated'; readonly body: string; readonly replayed: boolean }
  | { readonly kind: 'pending'; readonly retryAfterSeconds: number };

/** A session that is pending has a caller at work or a host on its way: a short pause is enough. */
const PENDING_RETRY_SECONDS = 1;

/**
 * Gives each session exactly one host, whoever asks for it, how often and through which instance.
 *
 * A request passes these phases until one of them answers it:
 *
 * 1. remembered: this instance knows the host, and has confirmed it lately.
 * 2. joined: another caller of this instance is obtaining it; what comes of that is shared.
 * 3. led: this caller obtains it (broker/obtain.ts): it looks at the session's row, waits while another
 *    instance holds it, or claims it and makes an attempt (broker/attempt.ts).
 */
export class Broker {
  readonly #dependencies: ObtainDependencies;
  /** Names this process among those that hear a session's callers. */
  readonly #instance = randomUUID();
  readonly #flights = new Flights();
  readonly #memory: SessionMemory;
  readonly #shutdown = new Shutdown();

  constructor(dependencies: BrokerDependencies) {
    this.#dependencies = { ...dependencies, stopping: this.#shutdown, pace: new FleetPace() };
    this.#memory = new SessionMemory(dependencies.clock, dependencies.confirmAfterMs);
  }

  /**
   * The session's host: obtained by this call, by one that runs beside it, or long ago.
   *
   * @throws Problem what the caller gets instead
   */
  async allocate(request: AllocationRequest, call: AllocationCall): Promise<AllocationAnswer> {
    const { clock, confirmAfterMs } = this.#dependencies;
    const { sessionId } = request;
    const startedMs = clock.monotonicMs();
    const asking: Asking = { request, call, deadlineMs: startedMs + call.waitMs };
    for (;;) {
      const remembered = this.#memory.get(sessionId);
      if (remembered?.kind === 'ended') throw sessionEnded();
      if (remembered?.kind === 'fresh') {
        requireSameSession(remembered.record, request);
        return replay(remembered.record);
      }
      const flight = this.#flights.running(sessionId);
      const end = await (flight === undefined ? this.#lead(asking) : this.#join(flight, asking));
      switch (end.kind) {
        case 'refused':
          throw end.problem;
        case 'ended':
          throw sessionEnded();
        case 'host':
          // Read, perhaps, before this instance heard that the session is over.
          if (this.#memory.get(sessionId)?.kind === 'ended') throw sessionEnded();
          // Joined late, the flight says no more than memory: what it read is confirmed by the next one.
          if (startedMs - end.asOfMs > confirmAfterMs) break;
          // This process has stood still for longer than the allocation lasts.
          if (meaningOf(end.record, clock.monotonicMs() - end.asOfMs).kind !== 'replay') break;
          if (flight !== undefined) requireSameSession(end.record, request);
          return { kind: 'allocated', body: end.record.body, replayed: flight !== undefined || !end.own };
        case 'no-host':
          if (flight === undefined) return pending(end.retryAfterSeconds);
          // A caller that has joined leads the next flight while its own wait is not over.
          if (clock.monotonicMs() >= asking.deadlineMs) return pending();
      }
    }
  }

  /**
   * What the ledger says of a session; never asks the fleet.
   *
   * @param ticket what the caller may look up; a game mode that it names is compared with the session's
   * @throws Problem unknown-session, session-ended, forbidden, storage-unavailable
   */
  async find(sessionId: string, emit: EventSink, ticket?: SessionTicket): Promise<AllocationAnswer> {
    const { ledger, clock } = this.#dependencies;
    const remembered = this.#memory.get(sessionId);
    if (remembered !== undefined && remembered.kind !== 'stale') {
      requireMode(ticket, remembered.record);
      if (remembered.kind === 'ended') throw sessionEnded();
      return replay(remembered.record);
    }
    const asOfMs = clock.monotonicMs();
    const record = await ledger.read(sessionId).catch((error: unknown) => {
      throw unreadable(error, sessionId, emit);
    });
    if (record !== undefined) requireMode(ticket, record);
    // This process may have stood still for longer than the allocation lasts.
    const meaning = meaningOf(record, clock.monotonicMs() - asOfMs);
    if (meaning.kind === 'ended') this.#memory.bury(meaning.session);
    if (meaning.kind === 'replay') this.#memory.put(meaning.session, asOfMs);
    // It may have been ended here while the row was being read.
    if (meaning.kind === 'ended' || this.#memory.get(sessionId)?.kind === 'ended') throw sessionEnded();
    if (meaning.kind === 'replay') return replay(meaning.session);
    if (meaning.kind === 'wait') return pending();
    // An attempt that died says nothing; one that ended well said that a host may be on its way.
    if (meaning.kind === 'take-over' && meaning.session.state === 'released') return pending();
    throw unknownSession();
  }

  /**
   * Ends a session: from here on its id gets no host any more, and the one that it has is given back. To be called as often
   * as one likes.
   *
   * @throws Problem unknown-session, storage-unavailable
   */
  async end(sessionId: string, call: EndingCall): Promise<EndingAnswer> {
    const { record, told } = await new SessionEnding(this.#dependencies, sessionId, call).run();
    this.#memory.bury(record);
    return { fleet: told.fleet };
  }

  /** Whether this instance is about to stop: it replays what it remembers, and begins nothing new. */
  get isStopping(): boolean {
    return this.#shutdown.begun.isTaken;
  }

  /**
   * Stops this instance's work in order: calls in flight get a second, and sessions that have no host by then are
   * released, so that whoever asks next, elsewhere, goes on at once. Callers that wait get 202.
   */
  async stop(): Promise<void> {
    await this.#shutdown.run(() => this.#flights.idle(), this.#dependencies.clock);
  }

  async #join(flight: Flight, asking: Asking): Promise<FlightEnd> {
    const { clock } = this.#dependencies;
    const { request, deadlineMs } = asking;
    const identity = await within(flight.identified, deadlineMs, clock);
    if (identity !== 'too-late') {
      requireSameSession(identity, request);
      await flight.gathering?.hear(asking);
    }
    const end = await within(flight.ended, deadlineMs, clock);
    return end === 'too-late' ? { kind: 'no-host' } : end;
  }

  #gatheringOf(asking: Asking): Gathering | undefined {
    const { gameModes, hints, clock } = this.#dependencies;
    const gathers = gameModes.get(asking.request.gameMode)?.gatherMs !== undefined;
    return gathers && hints !== undefined ? new Gathering(hints, clock, this.#instance, asking) : undefined;
  }

  #lead(asking: Asking): Promise<FlightEnd> {
    const { sessionId } = asking.request;
    const gathering = this.#gatheringOf(asking);
    return this.#flights.lead(sessionId, gathering, async (identify) => {
      const isKnown = this.#memory.get(sessionId) !== undefined;
      const obtained = await obtain(this.#dependencies, asking, isKnown, identify, gathering).catch(
        (error: unknown): FlightEnd => {
          return { kind: 'refused', problem: unreadable(error, sessionId, asking.call.emit) };
        },
      );
      if (obtained.kind === 'host') this.#memory.put(obtained.record, obtained.asOfMs);
      if (obtained.kind === 'ended') this.#memory.bury(obtained.record);
      return obtained;
    });
  }
}

function pending(retryAfterSeconds = PENDING_RETRY_SECONDS): AllocationAnswer {
  return { kind: 'pending', retryAfterSeconds };
}

function replay({ body }: AllocatedRecord): AllocationAnswer {
  return { kind: 'allocated', body, replayed: true };
}
