import { type Attempt, tookEffort } from '../contract/attempt.ts';
import type { RecordedOutcome } from '../contract/outcomes.ts';
import { gotHost, regionOf, tookMs, weightOf } from './attempt.ts';
import type { Durations, Rate } from './figures.ts';
import { type OutcomeCount, inOrder, isOver } from './outcomes.ts';
import { DurationTally, Tally } from './tally.ts';

/**
 * A period in figures. Replays are not among them: they are answered from a session's row and leave no attempt. Counts
 * are of attempts, not of what was read: in a sample, each attempt counts as many times as it stands for.
 */
export interface Summary {
  /** Whether the figures are estimates from a sample. */
  readonly estimated: boolean;
  readonly attempts: number;
  /** Distinct sessions: one that had to ask again has several attempts. A sample, or a million of them, cannot say. */
  readonly sessions?: number;
  /** Attempts that ended with a host. */
  readonly allocations: number;
  /** Attempts whose session was ended meanwhile: neither successes nor failures, and in no share of either. */
  readonly over: number;
  readonly outcomes: readonly OutcomeCount[];
  /** Allocations in the location that was asked for first. */
  readonly firstPreference: Rate;
  /** Allocations anywhere else. */
  readonly fallback: Rate;
  /** Time spent in fleet calls, by attempts that ended with a host. */
  readonly fleetMs: Durations;
  /** From claim to answer, of the same attempts. */
  readonly totalMs: Durations;
  /** Attempts that called the fleet more than once. */
  readonly severalCalls: Rate;
  /** Attempts of sessions that had one before: the first one's broker died, or its wait ended. */
  readonly takeovers: Rate;
  /** The status of the fleet's last answer, the most frequent first. */
  readonly upstreamStatuses: readonly { readonly status: number; readonly attempts: number }[];
  /** The most used first. */
  readonly regions: readonly RegionSummary[];
  /** Each fleet that was asked, the most asked first: two while a title moves from one to the other. */
  readonly fleets: readonly FleetSummary[];
  /** By game mode, the attempts that asked another fleet after one without a free server; absent where none did. */
  readonly overflows?: readonly { readonly gameMode: string; readonly rate: Rate }[];
}

export interface RegionSummary {
  readonly region: string;
  readonly allocations: number;
  readonly firstPreference: Rate;
  readonly fleetMs: Durations;
}

export interface FleetSummary {
  readonly fleet: string;
  readonly attempts: number;
  readonly allocations: number;
  readonly over: number;
  readonly fleetMs: Durations;
}

/** Rows of older versions do not name their fleet, and some hosts' region is not known. */
const NOT_RECORDED = 'not recorded';
/** Distinct ids are kept to count them: some 100 MB of them, and a Set holds 16 million at the most. */
const MOST_SESSIONS = 1_000_000;

export function summarise(attempts: readonly Attempt[]): Summary {
  const summariser = new Summariser();
  for (const attempt of attempts) summariser.add(attempt);
  return summariser.summary();
}

/** Sums up attempts one by one, and keeps none of them. */
export class Summariser {
  readonly #outcomes = new Tally<RecordedOutcome>();
  readonly #statuses = new Tally<number>();
  readonly #sessions = new Set<string>();
  readonly #all = new Part();
  readonly #regions = new Map<string, Part>();
  readonly #fleets = new Map<string, Part>();
  readonly #modes = new Tally();
  readonly #overflows = new Tally();
  readonly #totalMs = new DurationTally();
  #severalCalls = 0;
  #takeovers = 0;
  #estimated = false;

  add(attempt: Attempt): void {
    const weight = weightOf(attempt);
    if (attempt.weight !== undefined) this.#estimated = true;
    this.#outcomes.add(attempt.outcome, weight);
    if (attempt.upstreamStatus !== undefined) this.#statuses.add(attempt.upstreamStatus, weight);
    if (this.#sessions.size <= MOST_SESSIONS) this.#sessions.add(attempt.sessionId);
    if (tookEffort(attempt, 'several')) this.#severalCalls += weight;
    if (tookEffort(attempt, 'takeover')) this.#takeovers += weight;
    this.#modes.add(attempt.gameMode, weight);
    if (tookEffort(attempt, 'overflow')) this.#overflows.add(attempt.gameMode, weight);
    this.#all.add(attempt);
    partOf(this.#fleets, attempt.fleet ?? NOT_RECORDED).add(attempt);
    if (!gotHost(attempt)) return;
    partOf(this.#regions, regionOf(attempt) ?? NOT_RECORDED).add(attempt);
    const ms = tookMs(attempt);
    if (ms !== undefined) this.#totalMs.add(ms, weight);
  }

  summary(): Summary {
    const { attempts, allocations, over, fleetMs, firstPreference } = this.#all.figures();
    const known = !this.#estimated && this.#sessions.size <= MOST_SESSIONS;
    const overflows = this.#overflows
      .entries()
      .map(([gameMode, count]) => ({ gameMode, rate: { count, of: this.#modes.count(gameMode) } }));
    const share = (weight: number): Rate => ({ count: Math.round(weight), of: attempts });
    return {
      estimated: this.#estimated,
      attempts,
      ...(known && { sessions: this.#sessions.size }),
      allocations,
      over,
      outcomes: inOrder(this.#outcomes),
      firstPreference,
      fallback: { count: firstPreference.of - firstPreference.count, of: firstPreference.of },
      fleetMs,
      totalMs: this.#totalMs.durations(),
      severalCalls: share(this.#severalCalls),
      takeovers: share(this.#takeovers),
      upstreamStatuses: this.#statuses.entries().map(([status, count]) => ({ status, attempts: count })),
      regions: named(this.#regions, (region, { attempts: _all, over: _over, ...figures }) => ({
        region,
        ...figures,
      })),
      fleets: named(this.#fleets, (fleet, { firstPreference: _rate, ...figures }) => ({ fleet, ...figures })),
      ...(overflows.length > 0 && { overflows }),
    };
  }
}

interface PartFigures {
  readonly attempts: number;
  readonly allocations: number;
  readonly over: number;
  readonly firstPreference: Rate;
  readonly fleetMs: Durations;
}

/** Some of the attempts: a region's, a fleet's, or all. */
class Part {
  readonly #fleetMs = new DurationTally();
  #attempts = 0;
  #allocations = 0;
  #over = 0;
  #first = 0;

  add(attempt: Attempt): void {
    const weight = weightOf(attempt);
    this.#attempts += weight;
    if (isOver(attempt.outcome)) this.#over += weight;
    if (!gotHost(attempt)) return;
    this.#allocations += weight;
    if (attempt.preferenceRank === 1) this.#first += weight;
    if (attempt.fleetMs !== undefined) this.#fleetMs.add(attempt.fleetMs, weight);
  }

  figures(): PartFigures {
    const allocations = Math.round(this.#allocations);
    return {
      attempts: Math.round(this.#attempts),
      allocations,
      over: Math.round(this.#over),
      firstPreference: { count: Math.round(this.#first), of: allocations },
      fleetMs: this.#fleetMs.durations(),
    };
  }
}

function partOf(parts: Map<string, Part>, name: string): Part {
  const part = parts.get(name) ?? new Part();
  parts.set(name, part);
  return part;
}

/** The largest first. */
function named<T>(
  parts: ReadonlyMap<string, Part>,
  line: (name: string, figures: PartFigures) => T,
): readonly T[] {
  return [...parts]
    .map(([name, part]) => ({ name, figures: part.figures() }))
    .sort((a, b) => b.figures.attempts - a.figures.attempts || (a.name < b.name ? -1 : 1))
    .map(({ name, figures }) => line(name, figures));
}
