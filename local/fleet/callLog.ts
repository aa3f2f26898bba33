import type { IncomingHttpHeaders } from 'node:http';
import type { Clock, Instant } from './clock.ts';
import type { Allocation } from './state.ts';

/** What the fleet decided on a call (see `Allocation`); `refused` when the protocol answered without asking it. */
export type CallOutcome = Allocation['kind'] | 'refused';

export interface CallRecord {
  readonly callId: number;
  readonly method: string;
  readonly path: string;
  readonly arrivedAt: Instant;
  sessionId?: string;
  locations?: readonly string[];
  cookie?: string;
  /** Whether the call carried the right token. The token itself is never kept. */
  authorized?: boolean;
  /** Those of HEADERS_OF_INTEREST that were sent. */
  readonly headers: Readonly<Record<string, string>>;
  outcome?: CallOutcome;
  hostId?: string;
  /** Types of the faults that hit the call, in order. */
  readonly faults: string[];
  status?: number;
  /** What marks this very answer (sessionhosts: its secureContext), so that a body can be traced to its call. */
  answerMark?: string;
  /** When the last byte of the answer was handed to the socket. */
  answeredAt?: Instant;
  /** When the client closed the connection before it had the answer. */
  closedByClientAt?: Instant;
  /** When the simulator broke the connection off: by a fault, or by a reset of its state. */
  resetAt?: Instant;
}

export const HEADERS_OF_INTEREST = [
  'content-type',
  'content-length',
  'user-agent',
  'traceparent',
  'tracestate',
  'x-xbl-contract-version',
  'x-ms-client-request-id',
] as const;

export interface CallCounts {
  calls: number;
  /** Calls no longer listed, because only the newest are kept. */
  droppedCalls: number;
  readonly byStatus: Record<string, number>;
  readonly byOutcome: Record<string, number>;
  readonly byFault: Record<string, number>;
  closedByClient: number;
}

/** The calls seen, the newest `maxCalls` in full; the counts are of all. */
export class CallLog {
  readonly maxCalls: number;
  readonly #clock: Clock;
  readonly #nextId: () => number;
  readonly #calls = new Map<number, CallRecord>();
  readonly counts: CallCounts = {
    calls: 0,
    droppedCalls: 0,
    byStatus: {},
    byOutcome: {},
    byFault: {},
    closedByClient: 0,
  };

  /** @param nextId gives each call its id; logs that share it have no id in common */
  constructor(maxCalls: number, clock: Clock, nextId: () => number = counter()) {
    this.maxCalls = maxCalls;
    this.#clock = clock;
    this.#nextId = nextId;
  }

  open(method: string, path: string, headers: IncomingHttpHeaders): CallRecord {
    this.counts.calls += 1;
    const callId = this.#nextId();
    const call: CallRecord = {
      callId,
      method,
      path,
      arrivedAt: this.#clock(),
      headers: interesting(headers),
      faults: [],
    };
    this.#calls.set(callId, call);
    if (this.#calls.size > this.maxCalls) this.#dropOldest();
    return call;
  }

  outcome(call: CallRecord, outcome: CallOutcome, hostId?: string): void {
    call.outcome = outcome;
    if (hostId !== undefined) call.hostId = hostId;
    increase(this.counts.byOutcome, outcome);
  }

  fault(call: CallRecord, type: string): void {
    call.faults.push(type);
    increase(this.counts.byFault, type);
  }

  answered(call: CallRecord, status: number): void {
    call.answeredAt = this.#clock();
    call.status = status;
    increase(this.counts.byStatus, String(status));
  }

  reset(call: CallRecord): void {
    call.resetAt ??= this.#clock();
  }

  closedByClient(call: CallRecord): void {
    call.closedByClientAt = this.#clock();
    this.counts.closedByClient += 1;
  }

  /** The calls still kept, oldest first. */
  calls(): CallRecord[] {
    return [...this.#calls.values()];
  }

  #dropOldest(): void {
    const [oldest] = this.#calls.keys();
    if (oldest !== undefined) this.#calls.delete(oldest);
    this.counts.droppedCalls += 1;
  }
}

/** Counts from 1. */
export function counter(): () => number {
  let last = 0;
  return () => ++last;
}

function increase(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

function interesting(headers: IncomingHttpHeaders): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of HEADERS_OF_INTEREST) {
    const value = headers[name];
    if (typeof value === 'string') kept[name] = value;
  }
  return kept;
}
