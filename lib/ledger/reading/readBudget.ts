import { type Clock, systemClock } from '../../clock.ts';
import { StorageFault } from '../storageFault.ts';

/** Storage requests. An hour without attempts costs one of some 5 ms, so this is usually half a second. */
const MOST_REQUESTS = 100;
/** A sample is made of many requests for a few rows each, side by side. */
const MOST_REQUESTS_OF_A_SAMPLE = 500;
/** The service takes up to 5 s for one request that has to look through many rows. */
const MOST_MS = 10_000;

/**
 * What one request for the history may cost, whatever it asks for. Where it is spent, the answer carries a continuation
 * in place of the rest.
 */
export class ReadBudget {
  readonly #clock: Clock;
  readonly #endMs: number;
  readonly #timeIsUp: Promise<undefined>;
  readonly #mostRequests: number;
  #requests = 0;
  #answers = 0;

  constructor(clock: Clock = systemClock, mostRequests = MOST_REQUESTS) {
    this.#clock = clock;
    this.#mostRequests = mostRequests;
    this.#endMs = clock.monotonicMs() + MOST_MS;
    const signal = clock.timeout(MOST_MS);
    this.#timeIsUp = new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
  }

  static ofSample(clock?: Clock): ReadBudget {
    return new ReadBudget(clock, MOST_REQUESTS_OF_A_SAMPLE);
  }

  /** Whether no further storage request may be begun. */
  get isSpent(): boolean {
    return this.#requests >= this.#mostRequests || this.#clock.monotonicMs() >= this.#endMs;
  }

  /**
   * One storage request. `undefined` when the time was up before it was answered: then it runs on to its own
   * limit, its result is dropped, and the continuation reads it again.
   *
   * @throws StorageFault when storage fails, or has answered nothing in the whole time
   */
  async spend<T>(request: () => Promise<T>): Promise<{ readonly value: T } | undefined> {
    this.#requests += 1;
    const answer = request().then((value) => ({ value }));
    // Handled even if nobody waits for it any more.
    answer.catch(() => undefined);
    const first = await Promise.race([answer, this.#timeIsUp]);
    if (first !== undefined) this.#answers += 1;
    else if (this.#answers === 0) throw this.fault();
    return first;
  }

  /** What to throw where the time is up and there is nothing yet that a continuation could begin with. */
  fault(): StorageFault {
    return new StorageFault('query', 'history', undefined, new Error('the time of the request is up'));
  }
}
