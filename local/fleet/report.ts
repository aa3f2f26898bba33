import type { CallCounts, CallRecord } from './callLog.ts';
import { findOverlaps, type Overlap } from './overlaps.ts';
import type { Host } from './state.ts';
import type { World } from './world.ts';

export interface ReportCounts extends CallCounts {
  /** Calls not answered and not closed yet. */
  readonly openCalls: number;
  /** Calls that ask for something other than a host; none of the other counts has them. */
  readonly asides: number;
  readonly hostsStarted: number;
  readonly hostsLive: number;
  /** Ended hosts no longer listed, because only the newest are kept. */
  readonly droppedHosts: number;
  readonly overlaps: number;
}

export interface Report {
  readonly counts: ReportCounts;
  /** Only calls still kept are compared (see `droppedCalls`). */
  readonly overlaps: readonly Overlap[];
  /** Number of overlapping pairs by session, for sessions that have any. */
  readonly overlapsPerSession: Readonly<Record<string, number>>;
  /** Sessions that were given more than one host, with the number. */
  readonly sessionsWithSeveralHosts: Readonly<Record<string, number>>;
  /** StandingBy hosts by location. */
  readonly pools: Readonly<Record<string, number>>;
  /** At most this many calls are kept; the oldest are dropped first. */
  readonly maxCalls: number;
  /** Left out of a summary. */
  readonly hosts?: Host[];
  /** Left out of a summary. */
  readonly calls?: readonly CallRecord[];
  /** The calls that ask for something other than a host, without an outcome. Left out of a summary. */
  readonly asides?: readonly CallRecord[];
}

export interface ReportOptions {
  /** Only these sessions' hosts, calls, asides and overlaps. The counts are always of everything. */
  readonly sessions?: readonly string[] | undefined;
  /** Without the lists of hosts, calls and asides. */
  readonly summary?: boolean | undefined;
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
function tally(items: readonly { readonly sessionId: string }[], least: number): Record<string, number> {
  const bySession = [...Map.groupBy(items, ({ sessionId }) => sessionId)];
  return Object.fromEntries(
    bySession.filter(([, own]) => own.length >= least).map(([sessionId, own]) => [sessionId, own.length]),
  );
}
