import type { RequestRecord } from '../../support/faultProxy/requestLog.ts';
import {
  type BrokerLife,
  CLOCK_STEP_MS,
  disturbed,
  type Evidence,
  type FleetCall,
} from '../harness/evidence.ts';
import { ofEachSession } from './invariant.ts';

/** The clock's resolution, twice: a time is compared with a sum that was rounded as well. */
const TOLERANCE_MS = 2 * CLOCK_STEP_MS;

/** From the check of the lease to the line in the log: a process that is frozen in between writes it when it wakes. */
const CHECK_TO_LOG_MS = 50;

export const insideTheLease = ofEachSession(
  'inside-the-lease',
  'Every fleet call lay inside confirmed leases of its attempt, from its sending to its end, by the logs of both sides.',
  (sessionId, evidence) =>
    evidence.fleetCallsOf(sessionId).flatMap((call) => {
      const wrong = outsideLease(sessionId, call, evidence);
      return wrong === undefined ? [] : [`call ${call.call.callId}: ${wrong}`];
    }),
);

function outsideLease(sessionId: string, fleetCall: FleetCall, evidence: Evidence): string | undefined {
  const { call, asking } = fleetCall;
  const broker = asking?.broker ?? evidence.brokerOf(call);
  const life = evidence.life(broker);
  const from = asking?.at ?? call.arrivedAt.wallMs;
  if (asking === undefined && disturbed(life, from - evidence.records.leaseMs, Infinity) === undefined) {
    return 'no broker reported it';
  }
  const until = Math.min(endOf(sessionId, fleetCall, evidence), undisturbedUntil(life, from));
  if (until <= from) return undefined;
  const covered = coveredUntil(confirmedLeases(sessionId, broker, asking?.event.attemptId, evidence), from);
  if (covered < from - TOLERANCE_MS) return 'no confirmed lease ran when it was sent';
  return covered < until - TOLERANCE_MS ? `it went on for ${until - covered} ms after its lease` : undefined;
}

/** By whoever saw it first: the news of a closed connection takes its time to reach the fleet, and so do log lines. */
function endOf(sessionId: string, { call, asking }: FleetCall, evidence: Evidence): number {
  const { answeredAt, closedByClientAt, resetAt } = call;
  const seen = [answeredAt, closedByClientAt, resetAt].flatMap((instant) => instant?.wallMs ?? []);
  const reported = evidence.linesOf(sessionId).flatMap(({ at, event }) => {
    if (event.event !== 'fleet.call' || event.attemptId !== asking?.event.attemptId) return [];
    return event.call === asking.event.call ? [at] : [];
  });
  return Math.min(...seen, ...reported);
}

/** Until when a process that was at work at `from` answers for what it does: until it is killed, or frozen. */
function undisturbedUntil(life: BrokerLife | undefined, from: number): number {
  const { killedAt = Infinity, pauses = [] } = life ?? {};
  const frozen = pauses.filter(({ until = Infinity }) => until >= from - CHECK_TO_LOG_MS);
  return Math.min(killedAt, ...frozen.map((pause) => pause.from));
}

/** A lease that its holder knew of. */
export interface ConfirmedLease {
  /** The fleet that the row names. */
  readonly fleet: unknown;
  readonly landedAt: number;
  /** When its holder was allowed to know. */
  readonly confirmedAt: number;
  /** Counted from the arrival of the write: the holder counts from before it, a taker from after it. */
  readonly endsAt: number;
}

/** The leases of a session that a broker's writes gave it, in the order of their confirmation. */
export function confirmedLeases(
  sessionId: string,
  broker: string | undefined,
  attemptId: string | undefined,
  evidence: Evidence,
): ConfirmedLease[] {
  const { leaseMs } = evidence.records;
  const requests = evidence.storageOf(sessionId).filter(({ client }) => client === broker);
  return requests
    .filter(({ row }) => attemptId === undefined || row?.['attemptId'] === attemptId)
    .filter(grantsLease)
    .flatMap((write) => {
      const confirmedAt = Math.min(...confirmationsOf(write, requests));
      const { receivedAt, doneAt: landedAt = Infinity, row } = write;
      return confirmedAt === Infinity
        ? []
        : [{ fleet: row?.['fleet'], landedAt, confirmedAt, endsAt: receivedAt + leaseMs }];
    })
    .toSorted((a, b) => a.confirmedAt - b.confirmedAt);
}

function grantsLease({ table, row, status }: RequestRecord): boolean {
  return table === 'brokersessions' && row?.['state'] === 'claimed' && status === 204;
}

/** The write's own answer, or the row as its writer reads it back. */
function confirmationsOf(write: RequestRecord, requests: readonly RequestRecord[]): number[] {
  const { doneAt: landedAt = Infinity, row } = write;
  return requests.flatMap((request) => {
    const { deliveredAt, doneAt = 0, foundAttempt } = request;
    const isReadBack =
      foundAttempt !== undefined && foundAttempt === row?.['attemptId'] && doneAt >= landedAt;
    return deliveredAt !== undefined && (request === write || isReadBack) ? [deliveredAt] : [];
  });
}

/** Until when leases follow upon each other without a gap, each confirmed before the one before it ends. */
function coveredUntil(leases: readonly ConfirmedLease[], from: number): number {
  let covered = -Infinity;
  for (const { confirmedAt, endsAt } of leases) {
    if (confirmedAt > Math.max(from, covered) + TOLERANCE_MS) break;
    covered = Math.max(covered, endsAt);
  }
  return covered;
}
