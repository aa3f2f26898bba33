import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { AllocationRequest } from '../contract/request.ts';
import type { GatheredSession, HeardCaller, Hints } from '../ledger/sessions/hints.ts';
import type { SessionRecord } from '../ledger/sessions/session.ts';
import { StorageFault } from '../ledger/storageFault.ts';
import type { AllocationCall, Asking } from './call.ts';

/** A caller that this instance has heard. */
interface LocalCaller {
  readonly heard: HeardCaller;
  readonly call: AllocationCall;
}

/** More callers of one session than this are not heard: a party has no more players. */
const MOST_CALLERS = 64;

/**
 * The callers of one session that reach this instance while the session's callers are gathered. Where this instance
 * asks the fleet, it takes them from here (gather.ts); where another one does, they are left for it, a row each.
 */
export class Gathering {
  readonly hints: Hints;
  readonly #clock: Clock;
  readonly #instance: string;
  readonly #callers = new Map<string, LocalCaller>();
  /** The keys of those whose measurements are a row by now, for whoever asks the fleet. */
  readonly #left = new Set<string>();
  readonly #listeners = new Set<() => void>();
  /** Another instance's window, and until when callers are left for it (monotonic). */
  #elsewhere: { readonly session: GatheredSession; readonly untilMs: number } | undefined;
  #isOver = false;

  /**
   * @param instance names this process among those that hear callers of the session
   * @param first who leads the session's flight here
   */
  constructor(hints: Hints, clock: Clock, instance: string, first: Asking) {
    this.hints = hints;
    this.#clock = clock;
    this.#instance = instance;
    void this.hear(first);
  }

  get callers(): readonly HeardCaller[] {
    return [...this.#callers.values()].map(({ heard }) => heard);
  }

  /** Calls back when somebody is heard; returns how to end that. */
  onHeard(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Hears a caller: once, however often it repeats its call, and only while the window is open. */
  async hear({ request, call }: Asking): Promise<void> {
    const heard = heardOf(request, call, this.#instance);
    if (this.#callers.has(heard.key) || this.#callers.size >= MOST_CALLERS) return;
    const caller = { heard, call };
    if (this.#isOver) {
      reportLate(caller, request.sessionId);
      return;
    }
    this.#callers.set(heard.key, caller);
    for (const listener of this.#listeners) listener();
    const elsewhere = this.#elsewhere;
    if (elsewhere !== undefined && this.#clock.monotonicMs() < elsewhere.untilMs) {
      await this.#leave(caller, elsewhere.session);
    }
  }

  /**
   * Another instance has the session. While it gathers, the callers of this one are left for it; a write that fails is
   * tried again at the next look.
   *
   * @param sinceReadMs how long ago the row was read
   */
  async see(session: SessionRecord, sinceReadMs: number): Promise<void> {
    const { gather, sessionId } = session;
    if (gather === undefined) return;
    if (gather.isOpen) {
      this.#isOver = false;
      this.#elsewhere = { session, untilMs: this.#clock.monotonicMs() + gather.leftMs - sinceReadMs };
      await this.leave(session);
      return;
    }
    if (this.#isOver) return;
    for (const [key, caller] of this.#callers) if (!this.#left.has(key)) reportLate(caller, sessionId);
    this.end();
  }

  /** Leaves the callers that were heard here as rows, for another instance. */
  async leave(session: GatheredSession): Promise<void> {
    await Promise.all([...this.#callers.values()].map((caller) => this.#leave(caller, session)));
  }

  /** This instance has the session, and a window to hold open: also where an earlier one was over. */
  begin(): void {
    this.#isOver = false;
    this.#elsewhere = undefined;
  }

  /** The window is over: whoever comes now comes too late. */
  end(): void {
    this.#isOver = true;
    this.#elsewhere = undefined;
  }

  async #leave(caller: LocalCaller, session: GatheredSession): Promise<void> {
    const { heard, call } = caller;
    if (this.#left.has(heard.key) || (heard.players.length === 0 && heard.partySize === undefined)) return;
    this.#left.add(heard.key);
    try {
      await this.hints.add(session, heard);
    } catch (error) {
      if (!(error instanceof StorageFault)) throw error;
      this.#left.delete(heard.key);
      const { sessionId } = session;
      call.emit('warn', { event: 'ledger.fault', step: 'leave-hints', sessionId, reason: error.message });
    }
  }
}

/**
 * The caller behind a request. Its token's subject tells it from others; without one, what it measured does: a repeated
 * request says the same, and two players hardly ever do.
 */
function heardOf(
  { players, partySize }: AllocationRequest,
  { subject }: AllocationCall,
  instance: string,
): HeardCaller {
  const measured = players.map(({ latencies }) =>
    latencies.map(({ location, ms }) => [location, ms]).sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
  );
  const identity = JSON.stringify(subject === undefined ? { measured } : { subject });
  const key = createHash('sha256').update(identity).digest('base64url');
  return { key, instance, partySize, players };
}

function reportLate({ heard, call }: LocalCaller, sessionId: string): void {
  const { length: players } = heard.players;
  if (players > 0) call.emit('info', { event: 'hints.late', sessionId, players });
}
