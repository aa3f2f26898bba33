import { LEASE_MARGIN_MS } from '../../../lib/broker/lease.ts';
import type { CallRecord } from '../../../local/fleet/callLog.ts';
import { type Asking, type Evidence, type FleetCall, disturbed } from '../harness/evidence.ts';
import type { RequestRecord } from '../../support/faultProxy/requestLog.ts';
import { type Invariant, ofEachSession } from './invariant.ts';

/** From reading what is left of the lease to writing it in the log, in a process that has other work as well. */
const TELLING_MS = 250;

export const oneHost: Invariant = {
  name: 'one-host',
  promise: 'The fleet started exactly one host a session, and none that no session knows.',
  check: ({ records: { fleet, sessionIds } }) => {
    const hosts = Map.groupBy(fleet.hosts, ({ sessionId }) => sessionId);
    const known = new Set(sessionIds);
    const strangers = fleet.hosts.filter(({ sessionId }) => !known.has(sessionId));
    const forgotten = fleet.counts.hostsStarted - fleet.hosts.length;
    return [
      ...sessionIds.flatMap((sessionId) => {
        const count = hosts.get(sessionId)?.length ?? 0;
        return count === 1 ? [] : [{ sessionId, message: `${count} hosts were started for it` }];
      }),
      ...strangers.map(({ sessionId, hostId }) => ({
        sessionId,
        message: `${hostId} is of no known session`,
      })),
      ...(forgotten === 0
        ? []
        : [{ message: `${forgotten} hosts were started that the report has forgotten` }]),
    ];
  },
};

export const askedInsideTheLease = ofEachSession(
  'inside-the-lease',
  'Every fleet call was sent on a confirmed lease that covers it, by the broker’s log, the fleet’s and the table’s.',
  (sessionId, evidence) => {
    const leases = evidence.storageOf(sessionId).filter(grantsLease);
    return evidence.fleetCallsOf(sessionId).flatMap((call) => {
      const wrong = outsideLease(call, leases, evidence);
      return wrong === undefined ? [] : [`call ${call.call.callId}: ${wrong}`];
    });
  },
);

export const noOverlap: Invariant = {
  name: 'no-overlap',
  promise:
    'No two fleet calls of one session overlapped, unless a broker died, stood still, or had given the call up.',
  check: (evidence) =>
    explainOverlaps(evidence).flatMap(({ sessionId, first, second, cause }) =>
      cause === undefined
        ? [{ sessionId, message: `calls ${first} and ${second} were under way together` }]
        : [],
    ),
};

export interface ExplainedOverlap {
  readonly sessionId: string;
  readonly first: number;
  readonly second: number;
  /** Absent: there is none. */
  readonly cause?: string | undefined;
}

/** Each overlap that the fleet saw, with what made it. */
export function explainOverlaps(evidence: Evidence): ExplainedOverlap[] {
  return evidence.records.fleet.overlaps.map(({ sessionId, first, second }) => {
    const calls = evidence.fleetCallsOf(sessionId);
    const [one, other] = [first, second].map((id) => calls.find(({ call }) => call.callId === id));
    return { sessionId, first, second, cause: one && other && causeOf(one, other, evidence) };
  });
}

function causeOf(first: FleetCall, second: FleetCall, evidence: Evidence): string | undefined {
  const from = first.call.arrivedAt.wallMs;
  const until = second.call.arrivedAt.wallMs;
  const cause = disturbed(evidence.life(evidence.brokerOf(first.call)), from, until);
  if (cause !== undefined) return `its broker was ${cause}`;
  return givenUp(first, until, evidence) ? 'it was given up on at its time-out' : undefined;
}

/** Whether the broker's log says that the call was over for it, without an answer, before the other arrived. */
function givenUp({ asking }: FleetCall, before: number, evidence: Evidence): boolean {
  if (asking === undefined) return false;
  const { sessionId, attemptId, call, budgetMs } = asking.event;
  return evidence.linesOf(sessionId).some(({ at, event }) => {
    if (event.event !== 'fleet.call' || event.attemptId !== attemptId || event.call !== call) return false;
    return event.answer === 'unknown' && event.ms >= budgetMs - 1 && at <= before + TELLING_MS;
  });
}

function grantsLease({ table, row, doneAt, status }: RequestRecord): boolean {
  const landed = doneAt !== undefined && status === 204;
  return table === 'brokersessions' && row?.['state'] === 'claimed' && landed;
}

function outsideLease(
  { call, asking }: FleetCall,
  leases: readonly RequestRecord[],
  evidence: Evidence,
): string | undefined {
  if (asking === undefined) return untold(call, leases, evidence);
  const { attemptId, budgetMs, leaseLeftMs } = asking.event;
  const spare = leaseLeftMs - budgetMs - LEASE_MARGIN_MS;
  // Both were rounded.
  if (spare < -2) return `it was given ${budgetMs} ms with ${leaseLeftMs} ms of its lease left`;
  const ends = leaseEnd(leases, asking.at, evidence, attemptId);
  if (ends === undefined) return 'its attempt held no lease';
  const claimed = asking.at + leaseLeftMs;
  if (claimed > ends + TELLING_MS)
    return `its broker counted on ${claimed - ends} ms more than the lease had`;
  return late(call, asking, ends, evidence);
}

/** From the check to the send a token may have to be fetched, within the call's time. A stopped process stretches it. */
function late(call: CallRecord, asking: Asking, ends: number, evidence: Evidence): string | undefined {
  if (asking.at > ends) return `it was sent ${asking.at - ends} ms after its lease had ended`;
  const arrivedAt = call.arrivedAt.wallMs;
  const over = arrivedAt - (asking.at + asking.event.budgetMs);
  if (over <= TELLING_MS) return undefined;
  const stopped = disturbed(evidence.life(asking.broker), asking.at, arrivedAt) !== undefined;
  return stopped ? undefined : `it arrived ${over} ms after its time was up`;
}

/** No broker told of the call: then at least some lease of the session must have run, and the teller must be dead. */
function untold(call: CallRecord, leases: readonly RequestRecord[], evidence: Evidence): string | undefined {
  const arrivedAt = call.arrivedAt.wallMs;
  const life = evidence.life(evidence.brokerOf(call));
  if (disturbed(life, arrivedAt - evidence.records.leaseMs, Infinity) === undefined)
    return 'no broker told of it';
  const ends = leaseEnd(leases, arrivedAt, evidence);
  return ends !== undefined && arrivedAt <= ends ? undefined : 'no lease of its session ran when it arrived';
}

/** When the lease that was granted last before `at` ends, by the proxy's clock when it took the grant in. */
function leaseEnd(
  leases: readonly RequestRecord[],
  at: number,
  { records: { leaseMs } }: Evidence,
  attemptId?: string,
): number | undefined {
  const granted = leases.filter(
    ({ row, receivedAt }) =>
      receivedAt <= at && (attemptId === undefined || row?.['attemptId'] === attemptId),
  );
  return granted.length === 0
    ? undefined
    : Math.max(...granted.map(({ receivedAt }) => receivedAt)) + leaseMs;
}
