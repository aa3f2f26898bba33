import type { Clock } from '../clock.ts';
import type { EventSink } from '../events.ts';
import type { Fleet, FleetAnswer, FleetRequest } from '../fleets/fleet.ts';
import { StorageFault } from '../ledger/storageFault.ts';
import type { Charge } from '../ledger/quota/quota.ts';
import type { Claim } from '../ledger/sessions/ledger.ts';
import { FLEET_BACKOFF, pauseMs } from './pauses.ts';

/**
 * What a lease leaves over when a fleet call must have ended: the answer is settled under the same lease, and clocks
 * tick at slightly different speeds.
 */
export const LEASE_MARGIN_MS = 3_000;

export interface AskOptions {
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
}

/** What asking came to. Without an `answer` the fleet was not asked at all. */
export interface Asked {
  readonly answer?: FleetAnswer;
  readonly calls: number;
  readonly fleetMs: number;
  /** Whether one of the calls may have started a host. */
  readonly maybeStarted: boolean;
  readonly upstreamStatus?: number | undefined;
  /** `lost`: another attempt has the session now. `fault`: the lease could not be confirmed. */
  readonly lease: 'held' | 'lost' | 'fault';
}

/**
 * Asks the fleet until it gives the host, refuses, or the caller's wait ends: one call at a time, each inside a
 * confirmed lease that covers it.
 */
export async function askFleet(claim: Claim, request: FleetRequest, options: AskOptions): Promise<Asked> {
  const { clock, deadlineMs, fleetTimeoutMs, charge } = options;
  let asked: Asked = { calls: 0, fleetMs: 0, maybeStarted: false, lease: 'held' };
  for (;;) {
    // The first call goes on the claim's own lease, unless what came before it used up half of a call's time.
    if (asked.calls > 0 || callBudgetMs(claim, fleetTimeoutMs) < fleetTimeoutMs / 2) {
      const lease = await renewed(claim, charge);
      if (lease !== 'held') return { ...asked, lease };
    }
    asked = await callOnce(claim, request, asked, options);
    if (asked.answer === undefined || isFinal(asked.answer)) return asked;
    const pause = pauseMs(FLEET_BACKOFF, asked.calls, retryAfterOf(asked.answer));
    if (clock.monotonicMs() + pause >= deadlineMs) return asked;
    await clock.sleep(pause);
  }
}

/** A call's time in whole milliseconds, its token included: its time-out, or what the lease leaves if that is less. */
function callBudgetMs(claim: Claim, fleetTimeoutMs: number): number {
  return Math.floor(Math.min(fleetTimeoutMs, claim.leaseLeftMs() - LEASE_MARGIN_MS));
}

async function renewed(claim: Claim, charge: Charge | undefined): Promise<Asked['lease']> {
  try {
    return (await claim.renew(charge)) ? 'held' : 'lost';
  } catch (error) {
    if (error instanceof StorageFault) return 'fault';
    throw error;
  }
}

async function callOnce(
  claim: Claim,
  request: FleetRequest,
  before: Asked,
  options: AskOptions,
): Promise<Asked> {
  const { fleet, clock, emit, fleetTimeoutMs, traceparent } = options;
  const leaseLeftMs = Math.round(claim.leaseLeftMs());
  const budgetMs = callBudgetMs(claim, fleetTimeoutMs);
  // No confirmed lease, no call: the renewal itself may have taken longer than the lease has.
  if (budgetMs <= 0) return { ...before, lease: 'fault' };
  const { sessionId, attemptId } = claim.session;
  const call = before.calls + 1;
  emit('debug', { event: 'fleet.asking', sessionId, attemptId, call, leaseLeftMs, budgetMs, traceparent });
  const fromMs = clock.monotonicMs();
  const signal = clock.timeout(budgetMs);
  const answer = await fleet.allocate(request, { signal, traceparent });
  const ms = Math.round(clock.monotonicMs() - fromMs);
  const status = 'status' in answer ? answer.status : undefined;
  emit('debug', {
    event: 'fleet.call',
    sessionId,
    attemptId,
    call,
    answer: answer.kind,
    ms,
    upstreamStatus: status,
  });
  return {
    answer,
    calls: call,
    fleetMs: before.fleetMs + ms,
    maybeStarted: before.maybeStarted || mayHaveStarted(answer),
    upstreamStatus: status,
    lease: 'held',
  };
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

function retryAfterOf(answer: FleetAnswer): number | undefined {
  return 'retryAfterMs' in answer ? answer.retryAfterMs : undefined;
}
