import type { BrokerEvent } from '../lib/events.ts';

type RequestLine = Extract<BrokerEvent, { event: 'allocation.request' }>;
type Request = Omit<RequestLine, 'requests'>;

/** How long the requests that got a host are counted before they have another line. */
const COUNTED_MS = 10_000;

interface Counted {
  last: Request | undefined;
  requests: number;
  dueMs: number;
}

/**
 * Which lines are due with a request. Whatever is not a host has a line of its own. Hosts come in numbers, and what is
 * worth knowing of each is in its attempt's line: the first has its line at once, and those of the next 10 s are counted
 * into one, which any request brings. Replays are counted apart. What an instance has counted when it ends is lost.
 */
export class RequestLog {
  readonly #nowMs: () => number;
  readonly #counted = [false, true].map((): Counted => ({ last: undefined, requests: 0, dueMs: -Infinity }));

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  due(request: Request): readonly RequestLine[] {
    const own = request.outcome === 'allocated' ? [] : [{ ...request, requests: 1 }];
    if (own.length === 0) this.#count(request);
    return [...this.#counted.flatMap((counted) => this.#lineOf(counted)), ...own];
  }

  #count(request: Request): void {
    const counted = this.#counted[Number(request.replayed)];
    if (counted === undefined) return;
    counted.last = request;
    counted.requests += 1;
  }

  #lineOf(counted: Counted): readonly RequestLine[] {
    const { last, requests, dueMs } = counted;
    const nowMs = this.#nowMs();
    if (last === undefined || nowMs < dueMs) return [];
    Object.assign(counted, { last: undefined, requests: 0, dueMs: nowMs + COUNTED_MS });
    return [{ ...last, requests }];
  }
}
