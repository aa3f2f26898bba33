import type { EndedOutcome } from '../contract/outcomes.ts';
import { Problem } from '../contract/problem.ts';
import type { EventSink } from '../events.ts';
import type { FleetAnswer } from '../fleets/fleet.ts';
import { StorageFault } from '../ledger/storageFault.ts';
import type { FlightEnd } from './flights.ts';

/** How an attempt without a host ends: for the history, for the callers, and for whoever operates the broker. */
export interface Ending {
  readonly outcome: EndedOutcome;
  readonly end: FlightEnd;
  /** Told to the leader alone; the others may try again. */
  readonly leaderProblem?: Problem;
  readonly reason?: string | undefined;
}

/** A pool is refilled in some seconds at the least; the fleet's own Retry-After counts where it gives one. */
const NO_CAPACITY_RETRY_SECONDS = 5;
const FAILED_RETRY_SECONDS = 2;
const STORAGE_RETRY_SECONDS = 2;
/** What a client is asked to wait at the most: longer, and players leave. */
const MOST_RETRY_SECONDS = 120;

const NO_HOST: FlightEnd = { kind: 'no-host' };

/** The fleet was not asked, because the ledger could not be written. */
export function unrecordedEnding(cause?: unknown): Ending {
  return refused(storageUnavailable(cause));
}

/** The fleet was not asked, because this instance stops: whoever asks next goes on elsewhere. */
export function leftEnding(): Ending {
  return { outcome: 'pending', end: NO_HOST, reason: 'the instance stopped' };
}

/**
 * The fleet was not asked, because every location is beyond a cap that will loosen.
 *
 * @param opensInMs until it does
 */
export function waitingEnding(opensInMs: number): Ending {
  const retryAfterSeconds = retrySeconds(opensInMs, 0);
  const reason = 'no location is within maxLatencyMs yet';
  return { outcome: 'pending', end: { kind: 'no-host', retryAfterSeconds }, reason };
}

/** @param answer the fleet's last */
export function endingOf(answer: Exclude<FleetAnswer, { kind: 'host' }>): Ending {
  switch (answer.kind) {
    case 'starting':
      return { outcome: 'pending', end: NO_HOST };
    case 'unknown':
      return { outcome: 'unknown', end: NO_HOST, reason: answer.reason };
    case 'no-capacity': {
      const retryAfterSeconds = retrySeconds(answer.retryAfterMs, NO_CAPACITY_RETRY_SECONDS);
      const detail =
        'No game server is free in any of the locations. Repeat the request later, with the same sessionId.';
      return refused(new Problem('no-capacity', detail, { retryAfterSeconds }));
    }
    case 'rejected': {
      const detail =
        'The fleet does not accept the requests of this broker. Its operators have been told; repeating does not help.';
      return refused(new Problem('upstream-rejected', detail), answer.reason);
    }
    case 'failed':
      return failed(answer.reason, answer.retryAfterMs);
    case 'unreadable':
      return failed(answer.reason);
  }
}

/** The ledger could not be reached before the fleet was asked. */
function storageUnavailable(
  cause?: unknown,
  detail = 'The session could not be recorded, so no game server was asked for. Repeat the request.',
): Problem {
  return new Problem('storage-unavailable', detail, { retryAfterSeconds: STORAGE_RETRY_SECONDS, cause });
}

/**
 * The ledger did not say how the session stands: the caller may repeat, and the operators get an event.
 *
 * @throws error where it is no storage fault
 */
export function unreadable(error: unknown, sessionId: string, emit: EventSink): Problem {
  if (!(error instanceof StorageFault)) throw error;
  emit('warn', { event: 'ledger.fault', step: 'claim', sessionId, reason: error.message });
  return storageUnavailable(error);
}

/** Whether the session is ended is not known: the caller may repeat. */
export function unrecordedEnd(cause: unknown): Problem {
  return storageUnavailable(cause, 'The end of the session could not be recorded. Repeat the request.');
}

/** @param retryAfterSeconds until the caller's window ends */
export function quotaExceeded(retryAfterSeconds: number): Problem {
  const detail =
    'This caller has started as many sessions as it may for now. Sessions that have their host are still answered.';
  return new Problem('quota-exceeded', detail, { retryAfterSeconds });
}

function refused(problem: Problem, reason?: string): Ending {
  return { outcome: problem.code, end: { kind: 'refused', problem }, reason };
}

function failed(reason: string | undefined, retryAfterMs?: number): Ending {
  const leaderProblem = new Problem(
    'upstream-failed',
    'The fleet did not give a usable answer in time. Repeat the request with the same sessionId.',
    { retryAfterSeconds: retrySeconds(retryAfterMs, FAILED_RETRY_SECONDS) },
  );
  return { outcome: 'upstream-failed', end: NO_HOST, leaderProblem, reason };
}

function retrySeconds(askedForMs: number | undefined, otherwise: number): number {
  if (askedForMs === undefined) return otherwise;
  return Math.min(Math.max(1, Math.ceil(askedForMs / 1_000)), MOST_RETRY_SECONDS);
}
