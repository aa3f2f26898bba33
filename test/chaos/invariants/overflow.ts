import type { FleetName } from '../../../lib/fleets/fleet.ts';
import type { CallRecord } from '../../../local/fleet/callLog.ts';
import { CLOCK_STEP_MS, type Evidence, type FleetCall, fleetOf } from '../harness/evidence.ts';
import { ofEachSession } from './invariant.ts';
import { confirmedLeases } from './lease.ts';

/** The status by which a fleet says that it has no server free; PlayFab has others under the same. */
const DRY: Readonly<Record<FleetName, number>> = { sessionhosts: 503, playfab: 429 };

export const staysWithItsFleet = ofEachSession(
  'stays-with-its-fleet',
  'A fleet is asked only once the session’s row names it, and after another one only if no call there can have started a ' +
    'host; in one attempt, only if that was dry.',
  (sessionId, evidence) => {
    const calls = evidence.fleetCallsOf(sessionId);
    return calls.flatMap((call, index) => [
      ...notNamed(sessionId, call, evidence),
      ...notFree(call, calls.slice(0, index)),
    ]);
  },
);

/** Whether the session was asked of two fleets. */
export function hasOverflowed(sessionId: string, evidence: Evidence): boolean {
  return new Set(evidence.fleetCallsOf(sessionId).map(({ call }) => fleetOf(call))).size > 1;
}

/** By the last of its attempt's writes that its broker knew to have landed. */
function notNamed(sessionId: string, { call, asking }: FleetCall, evidence: Evidence): string[] {
  // Without it, inside-the-lease wants to know why.
  if (asking === undefined) return [];
  const { broker, at, event } = asking;
  const leases = confirmedLeases(sessionId, broker, event.attemptId, evidence).toSorted(
    (a, b) => a.landedAt - b.landedAt,
  );
  // A write of the same moment may have come before the call or after it.
  const before = leases.filter(({ confirmedAt }) => confirmedAt < at - CLOCK_STEP_MS).slice(-1);
  const beside = leases.filter(({ confirmedAt }) => Math.abs(confirmedAt - at) <= CLOCK_STEP_MS);
  const named = [...before, ...beside].map(({ fleet }) => fleet);
  return named.includes(fleetOf(call))
    ? []
    : [`call ${call.callId} was sent to ${fleetOf(call)} while the row named ${named.join(' or ')}`];
}

function notFree({ call, asking }: FleetCall, before: readonly FleetCall[]): string[] {
  const elsewhere = before.filter((earlier) => fleetOf(earlier.call) !== fleetOf(call));
  const left = elsewhere.at(-1);
  const inOneAttempt = left !== undefined && left === before.at(-1) && isSameAttempt(left, asking);
  return [
    ...elsewhere
      .filter((earlier) => !hasStartedNothing(earlier.call))
      .map(
        (earlier) =>
          `${fleetOf(call)} got call ${call.callId}, though call ${earlier.call.callId} to ` +
          `${fleetOf(earlier.call)} may have started a host`,
      ),
    ...(inOneAttempt && left.call.status !== DRY[fleetOf(left.call)]
      ? [`call ${call.callId} left ${fleetOf(left.call)}, which had answered ${String(left.call.status)}`]
      : []),
  ];
}

function isSameAttempt({ asking: one }: FleetCall, other: FleetCall['asking']): boolean {
  return one !== undefined && one.event.attemptId === other?.event.attemptId;
}

/** By what the fleet answered, to whoever was there to hear it: docs/fleets.md, "What each answer means". */
function hasStartedNothing(call: CallRecord): boolean {
  const { status = 0 } = call;
  const isRefused = status >= 400 && status < 500 && status !== 408 && status !== 409;
  return isRefused || status === DRY[fleetOf(call)];
}
