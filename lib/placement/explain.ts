import { cutText } from '../text.ts';
import { toMicroseconds } from './aggregates.ts';
import { normaliseLocation, remembering } from './names.ts';
import type {
  Aggregate,
  AssessedLocation,
  DropReason,
  Placement,
  PlacementRule,
  PlayerHints,
} from './types.ts';

export interface ExplainLimits {
  /** The most bytes of UTF-8 that the explanation takes as JSON. */
  readonly maxBytes?: number;
}

/** One location in few words; what is absent is zero, or nobody measured it. */
export interface ExplainedLocation {
  readonly location: string;
  /** Absent for a location that a strict cap left out. */
  readonly rank?: number;
  readonly rule: PlacementRule;
  readonly aggregateMs?: number;
  readonly penaltyMs?: number;
  /** `player` counts from 0, in the order of the request. */
  readonly worst?: { readonly player: number; readonly ms: number };
  readonly measuredBy: number;
  /** How many measurements weighed less than what was sent. */
  readonly clamped?: number;
  /** For how many players a value was filled in. */
  readonly filled?: number;
}

/** Why the locations were asked for in the order that they were: what the history keeps. */
export interface Explanation {
  readonly aggregate: Aggregate;
  readonly maxLatencyMs?: number;
  /** After how many seconds `maxLatencyMs` took the place of a lower one. */
  readonly relaxedAfterSeconds?: number;
  readonly strict?: true;
  readonly clampMs?: number;
  readonly players: number;
  readonly ignoredHints: number;
  /** Some of the names that are not on offer; absent when there were none. */
  readonly ignoredNames?: readonly string[];
  /** How many of the ranking were asked for; the rest were past `maxLocations`. */
  readonly asked: number;
  readonly ranking: readonly ExplainedLocation[];
  readonly excluded: readonly ExplainedLocation[];
  /** How many locations were dropped from the ends of the two lists to fit; absent when none were. */
  readonly cut?: number;
}

/** What the players sent, without saying who sent it. */
export interface HintsSummary {
  readonly players: number;
  /** Players who sent at least one measurement. */
  readonly withHints: number;
  readonly measurements: number;
  /** What else they sent, by the reason for which it does not count; absent when they sent nothing else. */
  readonly dropped?: Readonly<Partial<Record<DropReason, number>>>;
  /** The most measured first. */
  readonly locations: readonly {
    readonly location: string;
    readonly players: number;
    readonly minMs: number;
    readonly meanMs: number;
    readonly maxMs: number;
  }[];
  /** How many locations were dropped to fit; absent when none were. */
  readonly cut?: number;
}

/** 8 KiB keeps the explanation readable in Storage Explorer; a property of a table row holds 32 Ki characters. */
const MAX_EXPLANATION_BYTES = 8 * 1024;
/** `,"cut":` and its number, up to nine digits. */
const CUT_BYTES = 16;
/** As many locations as one list of hints may hold. */
const MAX_SUMMARISED_LOCATIONS = 64;
/** In code points. Clients choose these names; Azure's longest has 20. */
const MAX_NAME_CHARACTERS = 40;

/**
 * The reasons of a placement, small enough for a history row. Locations that do not fit are dropped from the
 * end, the left-out ones first, and counted in `cut`.
 */
export function explain(placement: Placement, limits: ExplainLimits = {}): Explanation {
  const { policy, ranking, excluded } = placement;
  const { aggregate, maxLatencyMs, relaxedAfterSeconds, strict, clampMs } = policy;
  const head = {
    aggregate,
    ...(maxLatencyMs === undefined ? {} : { maxLatencyMs }),
    ...(relaxedAfterSeconds === undefined ? {} : { relaxedAfterSeconds }),
    ...(strict ? { strict } : {}),
    ...(clampMs === undefined ? {} : { clampMs }),
    players: (ranking[0] ?? excluded[0])?.coverage.players ?? 0,
    ignoredHints: placement.ignored.hints,
    ...(placement.ignored.names.length === 0 ? {} : { ignoredNames: placement.ignored.names }),
    asked: placement.locations.length,
  };
  const all = [
    ...ranking.map((ranked) => ({ ...shorten(ranked), rank: ranked.rank })),
    ...excluded.map((left) => shorten(left)),
  ];
  const room = (limits.maxBytes ?? MAX_EXPLANATION_BYTES) - jsonBytes({ ...head, ranking: [], excluded: [] });
  const kept = all.slice(0, howManyFit(all, room - CUT_BYTES));
  const cut = all.length - kept.length;
  return {
    ...head,
    ranking: kept.slice(0, ranking.length),
    excluded: kept.slice(ranking.length),
    ...(cut === 0 ? {} : { cut }),
  };
}

/** The hints of a request for its history row: no player ids, at most 64 locations, names at most 40 characters. */
export function summariseHints(players: readonly PlayerHints[]): HintsSummary {
  const byName = new Map<string, { location: string; values: number[] }>();
  const keyOf = remembering(normaliseLocation);
  let measurements = 0;
  for (const { location, ms } of players.flatMap(({ latencies }) => latencies)) {
    measurements += 1;
    const key = keyOf(location);
    const entry = byName.get(key) ?? { location: cutText(location, MAX_NAME_CHARACTERS), values: [] };
    entry.values.push(toMicroseconds(ms));
    byName.set(key, entry);
  }
  const mostMeasured = [...byName]
    .sort(([a, x], [b, y]) => y.values.length - x.values.length || (a < b ? -1 : 1))
    .slice(0, MAX_SUMMARISED_LOCATIONS);
  const cut = byName.size - mostMeasured.length;
  return {
    players: players.length,
    withHints: players.filter(({ latencies }) => latencies.length > 0).length,
    measurements,
    ...countDropped(players),
    locations: mostMeasured.map(([, { location, values }]) => ({ location, ...spread(values) })),
    ...(cut === 0 ? {} : { cut }),
  };
}

function countDropped(players: readonly PlayerHints[]): Pick<HintsSummary, 'dropped'> {
  const counts: Partial<Record<DropReason, number>> = {};
  for (const { reason } of players.flatMap(({ dropped = [] }) => dropped)) {
    counts[reason] = (counts[reason] ?? 0) + 1;
  }
  return Object.keys(counts).length === 0 ? {} : { dropped: counts };
}

function shorten(assessed: AssessedLocation): ExplainedLocation {
  const { location, rule, aggregateMs, penaltyMs, worstPlayer, coverage, clamped, filled } = assessed;
  return {
    location,
    rule,
    ...(aggregateMs === undefined ? {} : { aggregateMs: tenths(aggregateMs * 1000) }),
    ...(penaltyMs === 0 ? {} : { penaltyMs }),
    ...(worstPlayer === undefined
      ? {}
      : { worst: { player: worstPlayer.index, ms: tenths(worstPlayer.ms * 1000) } }),
    measuredBy: coverage.measured,
    ...(clamped === 0 ? {} : { clamped }),
    ...(filled === 0 ? {} : { filled }),
  };
}

function spread(us: readonly number[]): { players: number; minMs: number; meanMs: number; maxMs: number } {
  const sum = us.reduce((total, value) => total + value, 0);
  return {
    players: us.length,
    minMs: tenths(Math.min(...us)),
    meanMs: tenths(sum / us.length),
    maxMs: tenths(Math.max(...us)),
  };
}

/** Microseconds as milliseconds with one decimal: people read these. */
const tenths = (us: number): number => Math.round(us / 100) / 10;

const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** How many of the entries fit into the room, in bytes, each with its comma. */
function howManyFit(entries: readonly unknown[], room: number): number {
  let left = room;
  const tooMany = entries.findIndex((entry) => (left -= jsonBytes(entry) + 1) < 0);
  return tooMany === -1 ? entries.length : tooMany;
}
