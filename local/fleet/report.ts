import type { CallCounts, CallRecord } from './callLog.ts';
import { findOverlaps, type Overlap } from './overlaps.ts';
import type { Host } from './state.ts';
import type { World } from './world.ts';

export interface ReportCounts extends CallCounts {
  /** Calls not answered and not closed yet. */
  openCalls: number;
  /** Calls of endpoints that are not about hosts; none of the other counts has them. */
  asides: number;
  hostsStarted: number;
  hostsLive: number;
  /** Ended hosts no longer listed, because only the newest are kept. */
  droppedHosts: number;
  overlaps: number;
}

export interface Report {
  counts: ReportCounts;
  /** Only calls still kept are compared (see `droppedCalls`). */
  overlaps: Overlap[];
  /** Number of overlapping pairs by session, for sessions that have any. */
  overlapsPerSession: Record<string, number>;
  /** Sessions that were given more than one host, with the number. */
  sessionsWithSeveralHosts: Record<string, number>;
  /** StandingBy hosts by location. */
  pools: Record<string, number>;
  /** At most this many calls are kept; the oldest are dropped first. */
  maxCalls: number;
  /** Left out of a summary. */
  hosts?: Host[];
  /** Left out of a summary. */
  calls?: CallRecord[];
  /** The calls of endpoints that are not about hosts, without an outcome. Left out of a summary. */
  asides?: CallRecord[];
}

export interface ReportOptions {
  /** Only these sessions' hosts, calls and overlaps, so no asides. The counts are always of everything. */
  sessions?: readonly string[] | undefined;
  /** Without the lists of hosts, calls and asides. */
  summary?: boolean | undefined;
}

/** Every host the fleet started and every call it saw since the last reset. */
export function buildReport(world: World, options: ReportOptions = {}): Report {
  const wanted = options.sessions && new Set(options.sessions);
  const keep = ({ sessionId }: { sessionId?: string }): boolean =>
    !wanted || (sessionId !== undefined && wanted.has(sessionId));
  const hosts = world.state.hosts().filter(keep);
  const calls = world.log.calls().filter(keep);
  const asides = world.asides.calls().filter(keep);
  const overlaps = findOverlaps(calls);
  const { started, live, forgotten } = world.state.counts;
  return {
    counts: {
      ...world.log.counts,
      openCalls: [...world.open.values()].filter(({ log }) => log === world.log).length,
      asides: world.asides.counts.calls,
      hostsStarted: started,
      hostsLive: live,
      droppedHosts: forgotten,
      overlaps: overlaps.length,
    },
    overlaps,
    overlapsPerSession: tally(overlaps, 1),
    sessionsWithSeveralHosts: tally(hosts, 2),
    pools: world.state.pools(),
    maxCalls: world.log.maxCalls,
    ...(!options.summary && { hosts, calls, asides }),
  };
}

/** How many of the items each session has, sessions with fewer than `least` left out. */
function tally(items: readonly { sessionId: string }[], least: number): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { sessionId } of items) counts.set(sessionId, (counts.get(sessionId) ?? 0) + 1);
  return Object.fromEntries([...counts].filter(([, count]) => count >= least));
}
