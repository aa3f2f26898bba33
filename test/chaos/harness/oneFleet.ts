import type { CallRecord } from '../../../local/fleet/callLog.ts';
import type { Instant } from '../../../local/fleet/clock.ts';
import type { FullReport } from '../../../local/fleet/control.ts';
import { findOverlaps } from '../../../local/fleet/overlaps.ts';
import type { ReportCounts } from '../../../local/fleet/report.ts';

/** What the fleet saw, or two of them together. */
export interface FleetReport extends Pick<FullReport, 'overlaps' | 'hosts' | 'calls' | 'asides'> {
  readonly counts: Pick<ReportCounts, 'calls' | 'byStatus' | 'byFault' | 'hostsStarted'>;
}

/** Two fleets’ reports as one: no two calls have the same id, and the monotonic times of both have the same beginning. */
export function asOneFleet(one: FleetReport, other: FleetReport): FleetReport {
  const idsFrom = Math.max(0, ...[...one.calls, ...one.asides].map(({ callId }) => callId));
  const [first, second] = [sinceEpoch(one, 0), sinceEpoch(other, idsFrom)];
  const calls = [...first.calls, ...second.calls].toSorted(
    (a, b) => a.arrivedAt.monotonicMs - b.arrivedAt.monotonicMs,
  );
  return {
    calls,
    asides: [...first.asides, ...second.asides],
    hosts: [...first.hosts, ...second.hosts],
    overlaps: findOverlaps(calls),
    counts: {
      calls: one.counts.calls + other.counts.calls,
      hostsStarted: one.counts.hostsStarted + other.counts.hostsStarted,
      byStatus: sum(one.counts.byStatus, other.counts.byStatus),
      byFault: sum(one.counts.byFault, other.counts.byFault),
    },
  };
}

/** With monotonic times since the epoch, as exact to each other as they were. */
function sinceEpoch(
  { calls, asides, hosts }: FleetReport,
  idsFrom: number,
): Pick<FleetReport, 'calls' | 'asides' | 'hosts'> {
  // The two clocks are read one after the other, one of them in whole milliseconds: the largest difference is the truest.
  const beganAtMs = Math.max(
    ...[...calls, ...asides].map(({ arrivedAt }) => arrivedAt.wallMs - arrivedAt.monotonicMs),
  );
  const moved = <T extends object>(record: T): T =>
    Object.fromEntries(
      Object.entries(record).map(([name, value]: [string, unknown]) => [
        name,
        isInstant(value) ? { ...value, monotonicMs: value.monotonicMs + beganAtMs } : value,
      ]),
    ) as T;
  const numbered = (call: CallRecord): CallRecord => ({ ...moved(call), callId: idsFrom + call.callId });
  return { calls: calls.map(numbered), asides: asides.map(numbered), hosts: hosts.map(moved) };
}

function isInstant(value: unknown): value is Instant {
  return typeof value === 'object' && value !== null && 'monotonicMs' in value;
}

function sum(
  one: Readonly<Record<string, number>>,
  other: Readonly<Record<string, number>>,
): Record<string, number> {
  const total: Record<string, number> = { ...one };
  for (const [name, count] of Object.entries(other)) total[name] = (total[name] ?? 0) + count;
  return total;
}
