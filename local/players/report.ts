import { DEFAULT_AGGREGATE, DEFAULT_CLAMP_MS } from '../../lib/config/jsonSettings.ts';
import { place } from '../../lib/placement/placement.ts';
import type { Allocation } from '../../clients/typescript/src/index.ts';
import type { PlayedCall } from './play.ts';

export interface Percentiles {
  readonly p50: number;
  readonly p95: number;
}

export interface RegionReport {
  readonly region: string;
  readonly sessions: number;
  readonly createdMs: Percentiles | undefined;
}

/** What the players saw, in numbers that the broker's history can be held against. Times are milliseconds. */
export interface PlayersReport {
  readonly sessions: number;
  readonly sessionsWithHost: number;
  readonly calls: number;
  readonly requests: number;
  /** 201s: at most one a session. */
  readonly created: number;
  readonly replayed: number;
  /** Deliberate repetitions of a call that had got a host, and how many got the same answer. */
  readonly repetitions: { readonly made: number; readonly same: number };
  /** Calls by how they ended: `created`, `replayed`, or the code of the error. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly createdMs: Percentiles | undefined;
  readonly replayedMs: Percentiles | undefined;
  /** Sessions by the region of their host, most first, and how long the calls that obtained those hosts took. */
  readonly regions: readonly RegionReport[];
  /** Of the calls that obtained a host: how many have it in the first choice of the placement rules. */
  readonly firstPreference: { readonly of: number; readonly got: number };
  /** What must never be: a session with two 201s, or whose players got different hosts. */
  readonly contradictions: readonly string[];
}

/** @param locations the names on offer, in the order of the broker */
export function report(calls: readonly PlayedCall[], locations: readonly string[]): PlayersReport {
  const bySession = Map.groupBy(calls, ({ request }) => request.sessionId);
  const hosts = [...bySession.values()].flatMap(
    (all) => all.find(({ allocation }) => allocation)?.allocation ?? [],
  );
  const created = calls.filter(({ outcome }) => outcome === 'created');
  const replayed = calls.filter(({ outcome }) => outcome === 'replayed');
  return {
    sessions: bySession.size,
    sessionsWithHost: hosts.length,
    calls: calls.length,
    requests: calls.reduce((sum, { requests }) => sum + requests, 0),
    created: created.length,
    replayed: replayed.length,
    repetitions: repetitions(bySession),
    outcomes: counted(calls.map(({ outcome }) => outcome)),
    createdMs: percentiles(created),
    replayedMs: percentiles(replayed),
    regions: regions(hosts, created),
    firstPreference: {
      of: created.length,
      got: created.filter((call) => call.allocation?.region === preferred(call, locations)).length,
    },
    contradictions: [...bySession].flatMap(([sessionId, all]) => contradictions(sessionId, all)),
  };
}

function regions(hosts: readonly Allocation[], created: readonly PlayedCall[]): RegionReport[] {
  return Object.entries(counted(hosts.map(({ region }) => region))).map(([region, sessions]) => ({
    region,
    sessions,
    createdMs: percentiles(created.filter(({ allocation }) => allocation?.region === region)),
  }));
}

type Sessions = ReadonlyMap<string, readonly PlayedCall[]>;

function repetitions(bySession: Sessions): PlayersReport['repetitions'] {
  const made = [...bySession.values()].flatMap((all) =>
    all.filter(({ repetition }) => repetition).map(({ allocation }) => ({ allocation, all })),
  );
  const same = made.filter(({ allocation, all }) => text(allocation) === text(firstAllocation(all)));
  return { made: made.length, same: same.length };
}

function contradictions(sessionId: string, calls: readonly PlayedCall[]): string[] {
  const created = calls.filter(({ outcome }) => outcome === 'created').length;
  const answers = new Set(
    calls.flatMap(({ allocation }) => (allocation === undefined ? [] : [text(allocation)])),
  );
  return [
    ...(created > 1 ? [`${sessionId}: ${created} calls got 201 Created`] : []),
    ...(answers.size > 1 ? [`${sessionId}: ${answers.size} different answers`] : []),
  ];
}

const firstAllocation = (calls: readonly PlayedCall[]): PlayedCall['allocation'] =>
  calls.find(({ allocation }) => allocation !== undefined)?.allocation;

const text = (allocation: PlayedCall['allocation']): string => JSON.stringify(allocation ?? null);

/** Where the request's own measurements would have the host by the placement rules as they are unless configured. */
function preferred({ request }: PlayedCall, locations: readonly string[]): string | undefined {
  const lists = request.players?.map(({ latencies = [] }) => latencies) ?? [request.latencies ?? []];
  const offered = locations.map((name) => ({ name, penaltyMs: 0 }));
  const players = lists.map((latencies) => ({
    latencies: latencies.flatMap(({ location, ms }) => (ms === null ? [] : [{ location, ms }])),
  }));
  const policy = { aggregate: DEFAULT_AGGREGATE, strict: false, clampMs: DEFAULT_CLAMP_MS } as const;
  return place(offered, players, policy).locations[0];
}

function percentiles(calls: readonly PlayedCall[]): Percentiles | undefined {
  const sorted = calls.map(({ ms }) => ms).sort((a, b) => a - b);
  // The nearest rank: a time that a player really waited.
  const at = (share: number): number => Math.round(sorted[Math.ceil(sorted.length * share) - 1] ?? 0);
  return sorted.length === 0 ? undefined : { p50: at(0.5), p95: at(0.95) };
}

function counted(names: readonly string[]): Record<string, number> {
  const groups = [...Map.groupBy(names, (name) => name)].map(([name, all]) => [name, all.length] as const);
  return Object.fromEntries(groups.sort(([, a], [, b]) => b - a));
}
