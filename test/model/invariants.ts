import { LEASE_MARGIN_MS } from '../../lib/broker/lease.ts';
import { SESSION_ROW_KEY } from '../../lib/ledger/sessions/sessionRow.ts';
import { LEASE_MS } from './instance.ts';
import type { FleetCall } from './modelFleet.ts';
import { type Outcome, SESSION } from './run.ts';

/** What a caller may be told instead of a host, when no two callers bring different cookies. */
const TOLD = [
  'pending',
  'crashed',
  'storage-unavailable',
  'upstream-failed',
  'no-capacity',
  'session-mismatch',
];

/** Every promise of the protocol that a run has broken, in words. */
export function broken(outcome: Outcome): string[] {
  return [
    ...outcome.violations,
    ...oneHost(outcome),
    ...answers(outcome),
    ...leases(outcome),
    ...overlaps(outcome),
    ...history(outcome),
  ];
}

function oneHost({ fleet, answered }: Outcome): string[] {
  return [
    ...unless(fleet.hostsStarted === 1, `${fleet.hostsStarted} hosts were started`),
    ...unless(
      answered.some(({ caller }) => caller === 'last caller'),
      'the last caller got no host',
    ),
  ];
}

function answers({ sessions, fleet, answered, told }: Outcome): string[] {
  const row = sessions.stored(SESSION, SESSION_ROW_KEY)?.row;
  return [
    ...unless(row?.['state'] === 'allocated', 'the session is not allocated'),
    ...answered.flatMap(({ caller, body, cookie }) => [
      ...unless(body === row?.['body'], `${caller} has another body than the row`),
      ...unless(
        cookie === undefined || cookie === fleet.cookie,
        `${caller} brought ${cookie}, the game server has ${fleet.cookie}`,
      ),
    ]),
    ...unless(answered.filter(({ replayed }) => !replayed).length <= 1, 'more than one caller was told 201'),
    ...told.filter((what) => !TOLD.includes(what)).map((what) => `a caller was told ${what}`),
  ];
}

/**
 * The lease is told by the storage service's clock alone: the attempt's own write that covers the call and the margin,
 * and no claim of another that was written before the call's deadline.
 */
function leases({ sessions, fleet }: Outcome): string[] {
  const claims = sessions.writes.filter(({ row }) => row['state'] === 'claimed');
  return fleet.calls.flatMap((call) => {
    const own = claims.findLast(
      ({ atMs, row }) => row['attemptId'] === call.attemptId && atMs <= call.sentAtMs,
    );
    if (own === undefined) return [`a call of ${call.attemptId} without a claim`];
    const others = claims.filter(
      ({ atMs, row }) =>
        row['attemptId'] !== call.attemptId &&
        atMs > own.atMs &&
        // A process that died or stood still has not ended its call: its lease protects it, and nothing else.
        atMs < Math.min(call.endedAtMs, call.deadlineMs + LEASE_MARGIN_MS),
    );
    const covered = own.atMs + LEASE_MS >= call.deadlineMs + LEASE_MARGIN_MS;
    return [
      ...unless(covered, `a call outlasts its lease: ${call.attemptId}`),
      ...unless(others.length === 0, `another claim was written during a call of ${call.attemptId}`),
    ];
  });
}

/** A call lasts until its answer or its deadline: what comes later was cut off, or belongs to a process that stood still. */
function overlaps({ fleet }: Outcome): string[] {
  const calls = [...fleet.calls].sort((a, b) => a.sentAtMs - b.sentAtMs);
  return calls.flatMap((call, at) =>
    calls
      .slice(at + 1)
      .filter((later) => later.sentAtMs < endOf(call))
      .map((later) => `calls of ${call.attemptId} and ${later.attemptId} overlap`),
  );
}

function endOf({ endedAtMs, deadlineMs }: FleetCall): number {
  return Math.min(endedAtMs, deadlineMs);
}

/** Every attempt that asked has its row, and a row that names a host names the session's. */
function history({ sessions, history: kept, fleet }: Outcome): string[] {
  const rows = [...kept.rows.rows.values()].map(({ row }) => row);
  const session = sessions.stored(SESSION, SESSION_ROW_KEY)?.row;
  return [
    ...fleet.calls
      .filter(({ attemptId }) => !rows.some((row) => row['attemptId'] === attemptId))
      .map(({ attemptId }) => `attempt ${attemptId} asked and has no history row`),
    ...unless(
      rows.some((row) => row['attemptId'] === session?.['attemptId']),
      'the session names an attempt without a history row',
    ),
  ];
}

function unless(holds: boolean, what: string): string[] {
  return holds ? [] : [what];
}
