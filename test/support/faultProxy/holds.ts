import type { Fault } from './faults.ts';
import { type RequestMatch, type TableRequest, matches } from './tableRequest.ts';

/** `before`: the service has not seen the request. `after`: the service has done it, and its answer waits. */
export type HoldPoint = 'before' | 'after';

export interface HoldOptions extends RequestMatch {
  readonly point: HoldPoint;
  /** How many requests are held; those after pass. Default: all that fit. */
  readonly times?: number;
}

interface Held {
  readonly request: TableRequest;
  readonly letGo: (fate: Fault | undefined) => void;
}

/** Requests kept at one point, so that a test can force a race instead of hoping for it. */
export class Hold {
  readonly #options: HoldOptions;
  readonly #held: Held[] = [];
  readonly #waiters = new Set<() => void>();
  #caught = 0;
  #released = false;

  constructor(options: HoldOptions) {
    this.#options = options;
  }

  /** The requests that are held now, in the order of their arrival at the point. */
  get held(): readonly TableRequest[] {
    return this.#held.map(({ request }) => request);
  }

  /**
   * Resolves with the held requests as soon as there are `count` of them.
   *
   * @throws Error when there are fewer after `timeoutMs`
   */
  async waitForHeld(count = 1, timeoutMs = 10_000): Promise<readonly TableRequest[]> {
    const deadline = AbortSignal.timeout(timeoutMs);
    while (this.#held.length < count) {
      if (deadline.aborted) {
        throw new Error(`${this.#held.length} of ${count} requests were held after ${timeoutMs} ms`);
      }
      await new Promise<void>((resolve) => {
        this.#waiters.add(resolve);
        deadline.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    return this.held;
  }

  /**
   * Lets everything go and holds nothing any more. A held request is forwarded even if its sender has given up: that
   * is a write that lands late.
   *
   * @param fate what becomes of the requests instead of going on as if nothing had been
   * @returns how many went
   */
  release(fate?: Fault): number {
    this.#released = true;
    const going = this.#held.splice(0);
    for (const { letGo } of going) letGo(fate);
    return going.length;
  }

  /** Lets one request go; the hold stays. */
  releaseOne(request: TableRequest, fate?: Fault): void {
    const at = this.#held.findIndex((held) => held.request.id === request.id);
    if (at < 0) throw new Error(`request ${request.id} is not held`);
    for (const { letGo } of this.#held.splice(at, 1)) letGo(fate);
  }

  /** For the proxy: resolves when the request may go on. `undefined`: it is not held here. */
  pass(point: HoldPoint, request: TableRequest): Promise<Fault | undefined> | undefined {
    const { point: own, times = Infinity, ...match } = this.#options;
    if (this.#released || point !== own || this.#caught >= times || !matches(match, request))
      return undefined;
    this.#caught += 1;
    return new Promise((letGo) => {
      this.#held.push({ request, letGo });
      for (const wake of this.#waiters) wake();
      this.#waiters.clear();
    });
  }
}
