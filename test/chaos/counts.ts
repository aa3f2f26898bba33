import type { CallRecord } from '../../local/fleet/callLog.ts';
import { type Evidence, isEndCall } from './harness/evidence.ts';
import { isOfNextRelease } from './harness/releases.ts';
import { explainOverlaps } from './invariants/fleet.ts';
import { leftBehind } from './invariants/orderlyEnd.ts';
import { hasOverflowed } from './invariants/overflow.ts';
import { isEnding } from './invariants/said.ts';

type Counts = Readonly<Record<string, number>>;

/** What a run came to, in figures. */
export interface AllCounts {
  readonly sessions: number;
  readonly callerRequests: number;
  readonly callerAnswers: Counts;
  readonly replays: number;
  readonly storageRequests: number;
  readonly storage409: number;
  readonly storage412: number;
  readonly storageFaults: Counts;
  readonly fleetCalls: number;
  readonly fleet401: number;
  readonly fleet409: number;
  readonly fleetFaults: Counts;
  /** Sessions that are ended, by what their fleet said of the host. */
  readonly ended: Counts;
  /** Endings by how they came out, and by whom they were closed. */
  readonly endings: Counts;
  /** Attempts that found their session ended when they had its host, and gave it back. */
  readonly giveBacks: number;
  /** Hosts that the fleet was made to shut down. */
  readonly hostsShutDown: number;
  readonly endCalls: number;
  readonly endFaults: Counts;
  /** For how long the first fleet had no stock, in milliseconds. */
  readonly dryMs: number;
  readonly tokenCalls: number;
  readonly tokenFaults: Counts;
  readonly hosts: number;
  /** Sessions that were asked of two fleets. */
  readonly overflowed: number;
  /** By SIGKILL. */
  readonly kills: number;
  /** By SIGTERM. */
  readonly orderlyEnds: number;
  readonly longestOrderlyEndMs: number;
  /** Sessions left claimed, and history rows left open, by such an end: each for a storage fault, or a violation. */
  readonly leftAtOrderlyEnds: number;
  readonly pauses: number;
  readonly takeovers: number;
  /** Claims that went on with what the session was first asked for, which was not what their broker's settings say. */
  readonly keptReleases: number;
  /** Rows that callers have left for whoever asks the fleet. */
  readonly hintRows: number;
  /** Attempts by how many callers were heard, and in how many instances. */
  readonly heard: Counts;
  /** Calls whose measurements came too late. */
  readonly late: number;
  /** What prune tells of itself when every session has expired. */
  readonly pruned: Counts;
  readonly historyRows: Counts;
  /** What the sweep tells of itself. */
  readonly sweep: Counts;
  /** Overlapping fleet calls by what made them. */
  readonly overlaps: Counts;
}

/** Counts what a run has left behind. */
export function countAll(evidence: Evidence): AllCounts {
  const { sessionIds, answers, storageCounts, fleet, lives, tables } = evidence.records;
  const tokenCalls = fleet.asides.filter((call) => !isEndCall(call));
  return {
    sessions: sessionIds.length,
    callerRequests: answers.length,
    callerAnswers: tally(answers, ({ status, failure, body }) => answerName(status, failure, body)),
    replays: answers.filter(({ replayed }) => replayed).length,
    storageRequests: storageCounts.requests,
    storage409: storageCounts.byStatus['409'] ?? 0,
    storage412: storageCounts.byStatus['412'] ?? 0,
    storageFaults: storageCounts.byFault,
    fleetCalls: fleet.counts.calls,
    fleet401: fleet.counts.byStatus['401'] ?? 0,
    fleet409: fleet.counts.byStatus['409'] ?? 0,
    fleetFaults: fleet.counts.byFault,
    ...countEndings(evidence),
    tokenCalls: tokenCalls.length,
    tokenFaults: faultsOf(tokenCalls),
    hosts: fleet.counts.hostsStarted,
    overflowed: sessionIds.filter((sessionId) => hasOverflowed(sessionId, evidence)).length,
    kills: lives.filter(({ killedAt }) => killedAt !== undefined).length,
    orderlyEnds: lives.filter(({ stop }) => stop !== undefined).length,
    longestOrderlyEndMs: Math.max(
      0,
      ...lives.flatMap(({ stop }) => (stop?.endedAt === undefined ? [] : [stop.endedAt - stop.askedAt])),
    ),
    leftAtOrderlyEnds: leftBehind(evidence).length,
    pauses: lives.flatMap(({ pauses }) => pauses).length,
    takeovers: countTakeovers(evidence),
    keptReleases: countKeptReleases(evidence),
    hintRows: tables.hints.length,
    heard: tally(
      tables.history.filter((row) => row['callersHeard'] !== undefined),
      (row) => `${String(row['callersHeard'])} in ${String(row['instancesHeard'])}`,
    ),
    late: evidence.records.lines.filter(({ event }) => event.event === 'hints.late').length,
    pruned: prunedCounts(evidence),
    historyRows: tally(
      tables.history.filter((row) => !isEnding(row)),
      (row) => String(row['outcome']),
    ),
    sweep: sweepReport(evidence),
    overlaps: tally(explainOverlaps(evidence), ({ cause }) => cause ?? 'unexplained'),
  };
}

type EndingCounts = 'ended' | 'endings' | 'giveBacks' | 'hostsShutDown' | 'endCalls' | 'endFaults' | 'dryMs';

function countEndings({ records: { tables, fleet, dryMs = 0 } }: Evidence): Pick<AllCounts, EndingCounts> {
  const endCalls = fleet.asides.filter(isEndCall);
  return {
    ended: tally(
      tables.sessions.filter(({ state }) => state === 'ended'),
      ({ endFleet = 'not confirmed' }) => String(endFleet),
    ),
    endings: tally(tables.history.filter(isEnding), ({ outcome, closedBy = 'itself' }) =>
      outcome === 'open' ? 'open' : `${String(outcome)}, closed by ${String(closedBy)}`,
    ),
    giveBacks: tables.history.filter(({ outcome }) => outcome === 'session-ended').length,
    hostsShutDown: fleet.hosts.filter(({ endedAt }) => endedAt !== undefined).length,
    endCalls: endCalls.length,
    endFaults: faultsOf(endCalls),
    dryMs: Math.round(dryMs),
  };
}

function faultsOf(calls: readonly CallRecord[]): Counts {
  return tally(
    calls.flatMap(({ faults }) => faults),
    (fault) => fault,
  );
}

/** Claims that replaced a row instead of inserting one. */
function countTakeovers({ records: { storage } }: Evidence): number {
  const begins = new Map<unknown, string>();
  for (const { table, row, operation, status } of storage) {
    if (table !== 'brokersessions' || row?.['state'] !== 'claimed' || status !== 204) continue;
    const attempt = row['attemptId'];
    if (!begins.has(attempt)) begins.set(attempt, operation);
  }
  return [...begins.values()].filter((operation) => operation === 'replace').length;
}

function countKeptReleases({ records: { storage, lives } }: Evidence): number {
  const next = new Set(lives.filter(({ isNext }) => isNext).map(({ broker }) => broker));
  const kept = storage.filter(
    ({ table, row, status, client }) =>
      table === 'brokersessions' &&
      row?.['state'] === 'claimed' &&
      status === 204 &&
      isOfNextRelease(row['fleetTarget']) !== next.has(client),
  );
  return new Set(kept.map(({ row }) => row?.['attemptId'])).size;
}

function sweepReport({ records: { lines } }: Evidence): Counts {
  const event = lines.findLast((line) => line.event.event === 'sweep')?.event;
  return Object.fromEntries(
    Object.entries(event ?? {}).flatMap(([name, value]) =>
      typeof value === 'number' ? [[name, value]] : [],
    ),
  );
}

function prunedCounts({ records: { pruned } }: Evidence): Counts {
  if (pruned === undefined) return {};
  const { sessionsRemoved, straysRemoved, left } = pruned;
  return { sessionsRemoved, straysRemoved, left: left.length };
}

function answerName(status: number | undefined, failure: string | undefined, body: string): string {
  if (status === undefined) return `connection ${failure ?? 'broken'}`;
  const code = /"code":"([a-z-]+)"/.exec(body)?.[1];
  return code === undefined ? String(status) : `${status} ${code}`;
}

function tally<T>(items: Iterable<T>, nameOf: (item: T) => string): Counts {
  const groups = [...Map.groupBy(items, nameOf)];
  return Object.fromEntries(groups.map(([name, own]) => [name, own.length]));
}
