import type { AllocationRequest } from '../contract/request.ts';
import type { EventSink } from '../events.ts';

/** Who asks, beside what is asked for. */
export interface AllocationCall {
  /** Names the call in the log, in the history and in problems. */
  readonly invocationId: string;
  /** How long the caller cares to wait. */
  readonly waitMs: number;
  /** W3C trace context, handed on to the fleet. */
  readonly traceparent?: string | undefined;
  /** Whom a new allocation is counted for (lib/auth/callerKey.ts); absent: nothing tells the caller from others. */
  readonly caller?: string | undefined;
  /** Who the caller is, where its token says so: a pseudonym, as `caller` is. Its repeated calls are one. */
  readonly subject?: string | undefined;
  /** How many new allocations that caller may start, where it is not what all may; Infinity: not counted. */
  readonly limit?: number | undefined;
  readonly emit: EventSink;
}

/** One call on its way through the broker. */
export interface Asking {
  readonly request: AllocationRequest;
  readonly call: AllocationCall;
  /** The end of the caller's wait (monotonic). */
  readonly deadlineMs: number;
}
