import type { EndFleet } from '../contract/outcomes.ts';
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

/** Who ends a session, beside which. */
export interface EndingCall {
  /** Names the call in the log, in the history and in problems. */
  readonly invocationId: string;
  /** For operators: the caller's pseudonym (lib/auth/callerKey.ts), or by what it showed that it may. */
  readonly by: string;
  /** W3C trace context, handed on to the fleet. */
  readonly traceparent?: string | undefined;
  readonly emit: EventSink;
}

/**
 * The session is over: nobody gets its host any more. What its fleet said of the host:
 *
 * - `told`: it is being shut down.
 * - `no-host`: there is none.
 * - `pending`: the fleet has not confirmed it yet; the sweep repeats it until it does.
 * - `not-told`: the fleet's API has no such call; the game server ends by itself.
 */
export interface EndingAnswer {
  readonly fleet: EndFleet | 'pending';
}
