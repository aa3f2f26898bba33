import { type SessionTicket, requireMode } from './auth/ticket.ts';
import { Attempt } from './broker/attempt.ts';
import { storageUnavailable } from './broker/ending.ts';
import { type Flight, type FlightEnd, Flights } from './broker/flights.ts';
import { type SessionIdentity, identityOf, requireSameSession } from './broker/identity.ts';
import type { AllocationCall, BrokerParts } from './broker/parts.ts';
import { lookAgainMs } from './broker/pauses.ts';
import { SessionMemory } from './broker/sessionMemory.ts';
import { within } from './broker/within.ts';
import type { GameModeSetting } from './config/settings.ts';
import { type Problem, unknownSession } from './contract/problem.ts';
import type { AllocationRequest } from './contract/request.ts';
import type { EventSink } from './events.ts';
import { StorageFault } from './ledger/storageFault.ts';
import type { AllocatedRecord, Claim, SessionRecord } from './ledger/sessions/ledger.ts';
import { isClaimable } from './ledger/sessions/sessionRow.ts';
import { type Placement, normaliseLocation, place } from './placement/placement.ts';

/**
 * - `allocated`: the body of 201, or of 200 when it is a replay.
 * - `pending`: 202; the same request again, after the pause, goes on where this one stopped.
 */
export type AllocationAnswer =
  | { readonly kind: 'allocated'; readonly body: string; readonly replayed: boolean }
  | { readonly kind: 'pending'; readonly retryAfterSeconds: number };

/** A session that is pending has a caller at work or a host on its way: a short pause is enough. */
const PENDING_RETRY_SECONDS = 1;
const PENDING: AllocationAnswer = { kind: 'pending', retryAfterSeconds: PENDING_RETRY_SECONDS };

/** Gives each session exactly one host, whoever asks for it, how often and through which instance. */
export class Broker {
  readonly #parts: BrokerParts;
  readonly #flights = new Flights();
  readonly #memory: SessionMemory;

  constructor(parts: BrokerParts) {
    this.#parts = parts;
    this.#memory = new SessionMemory(parts.clock);
  }

  /**
   * The session's host: obtained by this call, by one that runs beside it, or long ago.
   *
   * @throws Problem what the caller is told instead
   */
  async allocate(request: AllocationRequest, call: AllocationCall): Promise<AllocationAnswer> {
    const { clock } = this.#parts;
    const deadlineMs = clock.monotonicMs() + call.waitMs;
    for (;;) {
      const remembered = this.#memory.get(request.sessionId);
      if (remembered !== undefined) {
        requireSameSession(remembered, request);
        return replay(remembered);
      }
      const flight = this.#flights.running(request.sessionId);
      if (flight === undefined) return this.#lead(request, call, deadlineMs);
      const end = await this.#join(flight, request, deadlineMs);
      if (end.kind === 'refused') throw end.problem;
      // A host is in memory now; without one, this call leads the next flight while its own wait is not over.
      if (end.kind === 'no-host' && clock.monotonicMs() >= deadlineMs) return PENDING;
    }
  }

  /**
   * What the ledger says of a session; never asks the fleet.
   *
   * @param ticket what the caller may look up; a game mode that it names is compared with the session's
   * @throws Problem unknown-session, forbidden, storage-unavailable
   */
  async find(sessionId: string, emit: EventSink, ticket?: SessionTicket): Promise<AllocationAnswer> {
    const remembered = this.#memory.get(sessionId);
    const record =
      remembered ??
      (await this.#parts.ledger.read(sessionId).catch((error: unknown) => {
        throw unreadable(error, sessionId, emit);
      }));
    if (record !== undefined) requireMode(ticket, record);
    if (remembered !== undefined) return replay(remembered);
    if (record?.state === 'allocated' && record.expiresInMs > 0) {
      this.#memory.put(record);
      return replay(record);
    }
    if (record?.state === 'claimed' && record.leaseLeftMs > 0) return PENDING;
    if (record?.state === 'released' && record.maybeStarted) return PENDING;
    throw unknownSession();
  }

  async #join(flight: Flight, request: AllocationRequest, deadlineMs: number): Promise<FlightEnd> {
    const { clock } = this.#parts;
    const identity = await within(flight.identified, deadlineMs, clock);
    if (identity !== 'too-late') requireSameSession(identity, request);
    const end = await within(flight.ended, deadlineMs, clock);
    return end === 'too-late' ? { kind: 'no-host' } : end;
  }

  async #lead(
    request: AllocationRequest,
    call: AllocationCall,
    deadlineMs: number,
  ): Promise<AllocationAnswer> {
    const end = await this.#flights.lead(request.sessionId, async (identify) => {
      const obtained = await this.#obtain(request, call, deadlineMs, identify).catch(
        (error: unknown): FlightEnd => {
          return { kind: 'refused', problem: unreadable(error, request.sessionId, call.emit) };
        },
      );
      if (obtained.kind === 'host') this.#memory.put(obtained.record);
      return obtained;
    });
    if (end.kind === 'refused') throw end.problem;
    if (end.kind === 'no-host') return PENDING;
    return { kind: 'allocated', body: end.record.body, replayed: !end.own };
  }

  /** Claims the session and asks for its host, or waits for whoever holds it in another instance. */
  async #obtain(
    request: AllocationRequest,
    call: AllocationCall,
    deadlineMs: number,
    identify: (identity: SessionIdentity) => void,
  ): Promise<FlightEnd> {
    const { ledger, clock } = this.#parts;
    const { sessionId, gameMode, sessionCookie: cookie } = request;
    const { fleet, targets } = this.#modeOf(request);
    const startedMs = clock.monotonicMs();
    let seen: SessionRecord | undefined;
    for (;;) {
      if (seen !== undefined) {
        const identity = identityOf(seen);
        requireSameSession(identity, request);
        if (identity !== undefined) identify(identity);
        if (seen.state === 'allocated' && !isClaimable(seen))
          return { kind: 'host', record: seen, own: false };
        if (!isClaimable(seen)) {
          if (clock.monotonicMs() >= deadlineMs) return { kind: 'no-host' };
          seen = await this.#lookAgain(seen, startedMs, deadlineMs);
          continue;
        }
      }
      const result = await ledger.claim(
        { sessionId, gameMode, cookie, fleet, fleetTarget: targets.get(fleet) },
        seen,
      );
      if (result.kind === 'seen') {
        seen = result.record;
        continue;
      }
      identify({ gameMode, cookieSeal: result.claim.cookieSeal });
      const end = await this.#attempt(result.claim, request, call, deadlineMs);
      if (end !== 'lost') return end;
      if (clock.monotonicMs() >= deadlineMs) return { kind: 'no-host' };
      seen = undefined;
    }
  }

  #attempt(
    claim: Claim,
    request: AllocationRequest,
    call: AllocationCall,
    deadlineMs: number,
  ): Promise<FlightEnd | 'lost'> {
    const subject = { claim, request, call, placement: this.#place(request) };
    return new Attempt(this.#parts, subject, deadlineMs).run();
  }

  /** Pauses, then reads the row. A look that fails tells nothing: the session is held as far as is known. */
  async #lookAgain(
    seen: SessionRecord,
    startedMs: number,
    deadlineMs: number,
  ): Promise<SessionRecord | undefined> {
    const { ledger, clock } = this.#parts;
    const nowMs = clock.monotonicMs();
    const leaseLeftMs = seen.state === 'claimed' ? seen.leaseLeftMs : 0;
    await clock.sleep(Math.min(lookAgainMs(nowMs - startedMs, leaseLeftMs), deadlineMs - nowMs));
    return ledger.read(seen.sessionId).catch((error: unknown) => {
      if (error instanceof StorageFault) return seen;
      throw error;
    });
  }

  #place(request: AllocationRequest): Placement {
    const { locations, placement } = this.#parts;
    const names = this.#modeOf(request).locations;
    const offered = names === undefined ? locations : locations.filter(({ name }) => isOneOf(names, name));
    return place(offered, request.players, placement);
  }

  #modeOf({ gameMode }: AllocationRequest): GameModeSetting {
    const mode = this.#parts.gameModes.get(gameMode);
    if (mode === undefined) throw new RangeError('A request was let in with an unknown game mode.');
    return mode;
  }
}

function replay({ body }: AllocatedRecord): AllocationAnswer {
  return { kind: 'allocated', body, replayed: true };
}

function isOneOf(names: readonly string[], name: string): boolean {
  const wanted = normaliseLocation(name);
  return names.some((other) => normaliseLocation(other) === wanted);
}

/** The ledger did not say how the session stands: the caller may repeat, and the operators are told. */
function unreadable(error: unknown, sessionId: string, emit: EventSink): Problem {
  if (!(error instanceof StorageFault)) throw error;
  emit('warn', { event: 'ledger.fault', step: 'claim', sessionId, reason: error.message });
  return storageUnavailable(error);
}
