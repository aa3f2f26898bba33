import type { CallRecord } from '../../../local/fleet/callLog.ts';
import type { Instant } from '../../../local/fleet/clock.ts';
import type { Host } from '../../../local/fleet/state.ts';
import { asOneFleet, type FleetReport } from '../../chaos/harness/oneFleet.ts';

const SESSION = '5f74c846-08a0-4dd6-8d8f-b6add1914df3';
/** When the two simulators were started. */
const [ONE, OTHER] = [1_000_000, 1_000_500];

it('finds the overlap of a call to one fleet with a call to the other, though each counts from its own start', () => {
  const { calls, overlaps } = asOneFleet(
    reportOf([call(1, at(ONE, 700), at(ONE, 900))]),
    reportOf([call(1, at(OTHER, 300), at(OTHER, 400))]),
  );
  expect(calls.map(({ callId }) => callId)).toEqual([1, 2]);
  expect(overlaps).toEqual([
    { sessionId: SESSION, first: 1, firstEnd: 'answered', second: 2, overlapMs: 100 },
  ]);
});

it('finds none between calls that follow upon each other, whichever fleet was first', () => {
  const { calls, overlaps } = asOneFleet(
    reportOf([call(1, at(ONE, 910), at(ONE, 920))]),
    reportOf([call(1, at(OTHER, 300), at(OTHER, 400))]),
  );
  expect(calls.map(({ callId }) => callId)).toEqual([2, 1]);
  expect(overlaps).toEqual([]);
});

it('gives asides ids of their own as well, and counts both fleets together', () => {
  const one = { ...reportOf([call(1, at(ONE, 1), at(ONE, 2))]), asides: [call(4, at(ONE, 3), at(ONE, 5))] };
  // By the wall clock it arrived 0.75 ms sooner; the other call of the fleet is truer.
  const other = reportOf([call(1, at(OTHER, 1.75), at(OTHER, 2))]);
  const { calls, asides, hosts, counts } = asOneFleet(
    { ...one, hosts: [host('host-1', at(ONE, 2))] },
    { ...other, asides: [call(2, at(OTHER, 3), at(OTHER, 5))], hosts: [host('host-2', at(OTHER, 2))] },
  );
  expect([...calls, ...asides].map(({ callId }) => callId)).toEqual([1, 5, 4, 6]);
  expect(hosts.map(({ hostId, startedAt }) => [hostId, startedAt.monotonicMs])).toEqual([
    ['host-1', 1_000_002],
    ['host-2', 1_000_502],
  ]);
  expect(counts).toEqual({ calls: 2, hostsStarted: 2, byStatus: { 200: 2 }, byFault: { hang: 2 } });
});

it('is the one report where the other fleet was not asked at all', () => {
  const { calls, overlaps } = asOneFleet(reportOf([]), reportOf([call(1, at(OTHER, 1), at(OTHER, 2))]));
  expect(calls.map(({ arrivedAt }) => arrivedAt.monotonicMs)).toEqual([1_000_501]);
  expect(overlaps).toEqual([]);
});

/** So long after a simulator's start; by the wall clock in whole milliseconds. */
function at(startedAtMs: number, ms: number): Instant {
  return { wallMs: Math.floor(startedAtMs + ms), monotonicMs: ms };
}

function call(callId: number, arrivedAt: Instant, answeredAt: Instant): CallRecord {
  return {
    callId,
    method: 'POST',
    path: '/',
    sessionId: SESSION,
    headers: {},
    faults: [],
    arrivedAt,
    answeredAt,
  };
}

function host(hostId: string, startedAt: Instant): Host {
  const where = { location: 'West US', hostName: `${hostId}.cloudapp.net`, ipv4Address: '203.0.113.1' };
  return { hostId, sessionId: SESSION, ...where, ports: [], startedAt, activeAt: startedAt };
}

function reportOf(calls: readonly CallRecord[]): FleetReport {
  const counts = { calls: 1, hostsStarted: 1, byStatus: { 200: 1 }, byFault: { hang: 1 } };
  return { calls, asides: [], hosts: [], overlaps: [], counts };
}
