import type { BrokerEvent } from '../lib/events.ts';

type RequestLine = Extract<BrokerEvent, { event: 'allocation.request' }>;
type Request = Omit<RequestLine, 'requests'>;

const WINDOW_MS = 10_000;
/** Hosts that have a line of their own in a window: all of them in a development, and few of a busy instance's. */
const MOST_LINES = 20;

/**
 * Which lines are due with a request. Whatever is not a host has a line of its own. Hosts come in numbers, and what is
 * worth knowing of each is in its attempt's line: the first 20 of 10 s have lines, and the others are counted into one,
 * which the first request after the 10 s brings. Replays are counted apart. What an instance has counted when it ends is
 * lost.
 */
export class RequestLog {
  readonly #nowMs: () => number;
  #endsMs = -Infinity;
  #lines = 0;
  /** The last of those without a line, by whether they were replays, and how many. */
  readonly #counted = new Map<boolean, RequestLine>();

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  due(request: Request): readonly RequestLine[] {
    const counted = this.#nowMs() < this.#endsMs ? [] : this.#beginWindow();
    if (request.outcome === 'allocated' && this.#lines === MOST_LINES) {
      const { requests } = this.#counted.get(request.replayed) ?? { requests: 0 };
      this.#counted.set(request.replayed, { ...request, requests: requests + 1 });
      return counted;
    }
    if (request.outcome === 'allocated') this.#lines += 1;
    return [...counted, { ...request, requests: 1 }];
  }

  #beginWindow(): readonly RequestLine[] {
    const counted = [...this.#counted.values()];
    this.#counted.clear();
    this.#lines = 0;
    this.#endsMs = this.#nowMs() + WINDOW_MS;
    return counted;
  }
}
