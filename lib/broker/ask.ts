import type { Clock } from '../clock.ts';
import type { EventSink } from '../events.ts';
import type { Fleet, FleetAnswer, FleetRequest } from '../fleets/fleet.ts';
import type { Charge } from '../ledger/quota/quota.ts';
import type { Claim } from '../ledger/sessions/ledger.ts';
import { Lease, type LeaseState } from './lease.ts';
import { FLEET_BACKOFF, pauseMs, sleepUnless } from './pauses.ts';
import type { Stopping } from './shutdown.ts';

export interface AskOptions {
  /** As the settings name it. */
  readonly name: string;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly emit: EventSink;
  /** How long one fleet call may take. */
  readonly fleetTimeoutMs: number;
  /** Monotonic: no further call is begun after it; one in flight is not cut short. */
  readonly deadlineMs: number;
  readonly traceparent?: string | undefined;
  /** What the session was counted as in a quota: kept with each renewal. */
  readonly charge: Charge | undefined;
  /** The attempt's calls at the fleets before this one. */
  readonly callsBefore: number;
  readonly stopping: Stopping;
}

/** What asking came to. Without an `answer` the fleet was not asked at all. */
export interface Asked {
  readonly answer?: FleetAnswer;
  readonly calls: number;
  readonly fleetMs: number;
  /** Whether one of the calls may have started a host. */
  readonly maybeStarted: boolean;
  readonly upstreamStatus?: number | undefined;
  readonly lease: LeaseState;
  /** Which fleets were asked, in this order. */
  readonly fleets: readonly string[];
}

/**
 * Asks the fleet until it gives the host, refuses, or the caller's wait ends: one call at a time, each inside a
 * confirmed lease, which is renewed beside it.
 */
export async function askFleet(claim: Claim, request: FleetRequest, options: AskOptions): Promise<Asked> {
  const { clock, deadlineMs, charge, stopping } = options;
  const lease = new Lease(claim, charge, clock);
  let asked: Asked = { calls: 0, fleetMs: 0, maybeStarted: false, lease: 'held', fleets: [] };
  for (;;) {
    const state = await lease.freshen();
    if (state !== 'held') return { ...asked, lease: state };
    // No confirmed lease, no call: the renewal itself may have taken longer than the lease has.
    if (lease.usableMs() <= 0) return { ...asked, lease: 'fault' };
    // The call would be cut before it is made.
    if (stopping.cut.isTaken) return asked;
    asked = await callOnce(claim, lease, request, asked, options);
    if (asked.answer === undefined || isFinal(asked.answer) || asked.lease === 'lost') return asked;
    const pause = pauseMs(FLEET_BACKOFF, asked.calls, retryAfterOf(asked.answer));
    if (clock.monotonicMs() + pause >= deadlineMs) return asked;
    await stopping.begun.during(({ signal }) => sleepUnless(signal, pause, clock));
    if (stopping.begun.isTaken) return asked;
  }
}

/** One call, which ends with its time-out, with the lease, or with the process. */
async function callOnce(
  claim: Claim,
  lease: Lease,
  request: FleetRequest,
  before: Asked,
  options: AskOptions,
): Promise<Asked> {
  const { name, clock, fleetTimeoutMs, stopping } = options;
  const calls = before.calls + 1;
  const { result, lease: state } = await stopping.cut.during((cut) => {
    const timeout = clock.timeout(fleetTimeoutMs);
    timeout.addEventListener('abort', () => cut.abort(timeout.reason), { once: true });
    return lease.during(cut, () => reportedCall(claim, calls, request, options, cut.signal));
  });
  const { answer, ms } = result;
  return {
    answer,
    calls,
    fleetMs: before.fleetMs + ms,
    maybeStarted: before.maybeStarted || mayHaveStarted(answer),
    upstreamStatus: statusOf(answer),
    lease: answer.kind === 'host' || state === 'fault' ? 'held' : state,
    fleets: [name],
  };
}

/** Reports that the call begins, and that it is over: then, and not when a renewal beside it has ended as well. */
async function reportedCall(
  claim: Claim,
  callHere: number,
  request: FleetRequest,
  { name, fleet, clock, emit, fleetTimeoutMs: budgetMs, traceparent, callsBefore }: AskOptions,
  signal: AbortSignal,
): Promise<{ readonly answer: FleetAnswer; readonly ms: number }> {
  const { sessionId, attemptId } = claim.session;
  const call = callsBefore + callHere;
  const about = { sessionId, attemptId, call, fleet: name };
  const leaseLeftMs = Math.round(claim.leaseLeftMs());
  emit('debug', { event: 'fleet.asking', ...about, leaseLeftMs, budgetMs, traceparent });
  const fromMs = clock.monotonicMs();
  const answer = await fleet.allocate(request, { signal, traceparent });
  const ms = Math.round(clock.monotonicMs() - fromMs);
  const upstreamStatus = statusOf(answer);
  emit('debug', { event: 'fleet.call', ...about, answer: answer.kind, ms, upstreamStatus });
  return { answer, ms };
}

/** Whether asking again inside this wait cannot help. */
function isFinal(answer: FleetAnswer): boolean {
  return answer.kind === 'host' || answer.kind === 'no-capacity' || answer.kind === 'rejected';
}

function mayHaveStarted(answer: FleetAnswer): boolean {
  switch (answer.kind) {
    case 'host':
    case 'starting':
    case 'unreadable':
    case 'unknown':
      return true;
    case 'no-capacity':
    case 'rejected':
      return false;
    case 'failed':
      return answer.maybeStarted;
  }
}

function statusOf(answer: FleetAnswer): number | undefined {
  return 'status' in answer ? answer.status : undefined;
}

function retryAfterOf(answer: FleetAnswer): number | undefined {
  return 'retryAfterMs' in answer ? answer.retryAfterMs : undefined;
}
