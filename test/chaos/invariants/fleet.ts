import type { Host } from '../../../local/fleet/state.ts';
import { CLOCK_STEP_MS, disturbed, type Evidence, type FleetCall } from '../harness/evidence.ts';
import type { Invariant } from './invariant.ts';

/** From the end of a call to its line in the log, in a process that has other work as well. */
const REPORTING_MS = 250;

export const oneHost: Invariant = {
  name: 'one-host',
  promise:
    'The fleet started exactly one host a session, and none that no session knows; of an ended one, one at a time.',
  check: (evidence) => {
    const { fleet, sessionIds } = evidence.records;
    const known = new Set(sessionIds);
    const strangers = fleet.hosts.filter(({ sessionId }) => !known.has(sessionId));
    const forgotten = fleet.counts.hostsStarted - fleet.hosts.length;
    return [
      ...sessionIds.flatMap((sessionId) => {
        const hosts = evidence.hostsOf(sessionId);
        const count = hosts.length;
        if (evidence.sessionRow(sessionId)?.['state'] === 'ended') {
          return areApart(hosts) ? [] : [{ sessionId, message: `${count} hosts, some of them at a time` }];
        }
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

/** Whether each host had ended when the next one was started. */
function areApart(hosts: readonly Host[]): boolean {
  const inOrder = hosts.toSorted((a, b) => a.startedAt.monotonicMs - b.startedAt.monotonicMs);
  return inOrder.every(({ startedAt }, at) => {
    const before = inOrder[at - 1];
    return before === undefined || (before.endedAt?.monotonicMs ?? Infinity) <= startedAt.monotonicMs;
  });
}

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
  return givenUp(first, until, evidence) ? 'its broker had given it up' : undefined;
}

/**
 * Whether the broker's log says that the call was over for it, without an answer, before the other arrived: the news of
 * a closed connection may reach the fleet later than the next call. The line of a call that was cut comes before the
 * session is let go; that of one that was given up at its time-out may come a little later than the end itself.
 */
function givenUp({ asking }: FleetCall, before: number, evidence: Evidence): boolean {
  if (asking === undefined) return false;
  const { sessionId, attemptId, call, budgetMs } = asking.event;
  return evidence.linesOf(sessionId).some(({ at, event }) => {
    if (event.event !== 'fleet.call' || event.attemptId !== attemptId || event.call !== call) return false;
    const latest = before + (event.ms >= budgetMs - 1 ? REPORTING_MS : CLOCK_STEP_MS);
    return event.answer === 'unknown' && at <= latest;
  });
}
