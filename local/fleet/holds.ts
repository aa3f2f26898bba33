import type { CallMatch, CallPoint } from './faultSchema.ts';
import { type CallFacts, matches } from './faults.ts';

export interface Hold {
  readonly holdId: number;
  readonly match?: CallMatch;
  readonly point: CallPoint;
}

export interface ParkedCall {
  readonly callId: number;
  readonly holdId: number;
  readonly point: CallPoint;
  readonly sessionId?: string | undefined;
}

interface Parked extends ParkedCall {
  readonly resume: () => void;
}

interface Waiter {
  readonly count: number;
  readonly reached: () => void;
}

/** Keeps matching calls parked at a point until they are released, so that a test can force a race without a sleep. */
export class Holds {
  #holds: Hold[] = [];
  #parked: Parked[] = [];
  #waiters = new Set<Waiter>();
  #next = 1;

  add(hold: { match?: CallMatch; point: CallPoint }): Hold {
    const added = { holdId: this.#next++, ...hold };
    this.#holds.push(added);
    return added;
  }

  /** Resolves when no hold keeps the call at this point (any more). */
  pass(point: CallPoint, callId: number, facts: CallFacts): Promise<void> | undefined {
    const hold = this.#holds.find((held) => held.point === point && matches(held.match, facts));
    if (!hold) return undefined;
    return new Promise((resume) => {
      this.#parked.push({ callId, holdId: hold.holdId, point, sessionId: facts.sessionId, resume });
      for (const waiter of this.#waiters) if (this.#parked.length >= waiter.count) waiter.reached();
    });
  }

  /** Lets calls go: one call (its hold stays), or one hold and all it parked, or everything. Returns how many went. */
  release(which: { holdId?: number; callId?: number }): number {
    const goes = (call: Parked): boolean =>
      which.callId === undefined
        ? which.holdId === undefined || call.holdId === which.holdId
        : call.callId === which.callId;
    if (which.callId === undefined) {
      this.#holds = this.#holds.filter((hold) => which.holdId !== undefined && hold.holdId !== which.holdId);
    }
    const going = this.#parked.filter(goes);
    this.#parked = this.#parked.filter((call) => !goes(call));
    for (const call of going) call.resume();
    return going.length;
  }

  parked(): ParkedCall[] {
    return this.#parked.map(({ callId, holdId, point, sessionId }) => ({ callId, holdId, point, sessionId }));
  }

  /** Resolves to true once at least `count` calls are parked, to false when `timeoutMs` have passed before that. */
  waitForParked(count: number, timeoutMs: number): Promise<boolean> {
    if (this.#parked.length >= count) return Promise.resolve(true);
    return new Promise((resolve) => {
      const settle = (reached: boolean): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        resolve(reached);
      };
      const timer = setTimeout(() => settle(false), timeoutMs);
      const waiter: Waiter = { count, reached: () => settle(true) };
      this.#waiters.add(waiter);
    });
  }
}
