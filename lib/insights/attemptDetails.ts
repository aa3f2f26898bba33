import type { ExplainedLocation, Explanation, HintsSummary } from '../placement/explain.ts';
import type { DropReason, PlacementRule } from '../placement/types.ts';
import { type Attempt, type HistoryItem, type SessionEnding, isEnding } from '../contract/attempt.ts';
import { regionOf } from './attempt.ts';
import { meaningOfEnding } from './endings.ts';
import { formatMs, utc } from './figures.ts';
import { meaningOf } from './outcomes.ts';

/**
 * One attempt in words: what was asked for and why, what the fleet answered, what came of it. Or one ending: who asked
 * for it, and what the fleet said.
 */
export interface AttemptDetails {
  readonly facts: readonly Fact[];
  /** The rule of the order, in a sentence; absent when the row does not say. */
  readonly rule?: string;
  /** The locations in their order, those that a strict cap left out at the end. */
  readonly ranking: readonly RankingLine[];
  readonly hints?: { readonly summary: string; readonly lines: readonly HintLine[] };
}

export interface Fact {
  readonly label: string;
  readonly text: string;
}

export interface RankingLine {
  /** `1`, `2`, …, or `–` for a location that was left out. */
  readonly rank: string;
  readonly location: string;
  readonly why: string;
  readonly figure: string;
  readonly worst: string;
  readonly measuredBy: string;
}

export interface HintLine {
  readonly location: string;
  readonly players: number;
  /** Least, mean and most, in milliseconds. */
  readonly range: string;
}

const RULES: Readonly<Record<PlacementRule, string>> = {
  measured: 'measured by every player',
  partial: 'measured by some players',
  'beyond-cap': 'too far for at least one player',
  unmeasured: 'measured by nobody',
  'no-hints': 'configured order',
};

const DROPPED: Readonly<Record<string, string>> = {
  null: 'without a number',
  'zero-or-less': 'of 0 ms or less',
  'over-a-minute': 'of more than a minute',
  repeated: 'of a location named twice',
} satisfies Record<DropReason, string>;

export function detailsOf(item: HistoryItem): AttemptDetails {
  if (isEnding(item)) return { facts: known(factsOfEnding(item)), ranking: [] };
  const { placement, hints } = item;
  const of = placement?.players ?? 0;
  return {
    facts: known(factsOf(item)),
    ...(placement === undefined ? {} : { rule: ruleOf(placement) }),
    ranking: [...(placement?.ranking ?? []), ...(placement?.excluded ?? [])].map((line) => lineOf(line, of)),
    ...(hints === undefined
      ? {}
      : {
          hints: {
            summary: `${hints.measurements} measurements by ${hints.withHints} of ${players(hints.players)}${droppedText(hints)}`,
            lines: hints.locations.map(({ location, players: by, minMs, meanMs, maxMs }) => ({
              location,
              players: by,
              range: `${minMs} / ${meanMs} / ${maxMs} ms`,
            })),
          },
        }),
  };
}

/** Entries that were no measurements, by reason; a newer version's row may name other reasons. */
function droppedText({ dropped = {} }: HintsSummary): string {
  const words = Object.entries(dropped).map(([reason, count]) => `${count} ${DROPPED[reason] ?? reason}`);
  return words.length === 0 ? '' : `; not counted: ${words.join(', ')}`;
}

type LooseFact = readonly [label: string, text: string | undefined];

const known = (facts: readonly LooseFact[]): readonly Fact[] =>
  facts.flatMap(([label, text]) => (text === undefined ? [] : [{ label, text }]));

function factsOf(attempt: Attempt): readonly LooseFact[] {
  return [
    ['Outcome', attempt.outcome],
    ['Meaning', meaningOf(attempt.outcome)],
    ['Began', utc(attempt.claimedAt)],
    ...closingFacts(attempt),
    ['Game mode', attempt.gameMode],
    ['Fleet', attempt.fleet],
    ['Overflow', overflowText(attempt)],
    ['Callers heard', heardText(attempt)],
    ['Asked for', attempt.locations.join(', ') || 'nothing'],
    ['Region', regionText(attempt)],
    ...hostAndCallFacts(attempt),
    ['Session', attempt.sessionId],
    ['Generation', String(attempt.generation)],
    ['Attempt', attempt.attemptId],
    ['Invocation', attempt.invocationId],
  ];
}

function factsOfEnding(ending: SessionEnding): readonly LooseFact[] {
  return [
    ['Outcome', ending.outcome],
    ['Meaning', meaningOfEnding(ending)],
    ['Asked for', utc(ending.claimedAt)],
    ...closingFacts(ending),
    ['Ended by', ending.endedBy],
    ['Fleet said', ending.endFleet],
    ['Game mode', ending.gameMode],
    ['Fleet', ending.fleet],
    ['Region', ending.region],
    ...hostAndCallFacts(ending),
    ['Session', ending.sessionId],
    ['Generation', String(ending.generation)],
    ['Ending', ending.attemptId],
    ['Invocation', ending.invocationId],
  ];
}

function closingFacts({ claimedAt, closedAt, closedBy }: HistoryItem): readonly LooseFact[] {
  if (closedAt === undefined) return [];
  return [
    ['Closed', `${utc(closedAt)}${closedBy === undefined ? '' : ` by the ${closedBy}`}`],
    ['Took', formatMs(Date.parse(closedAt) - Date.parse(claimedAt))],
  ];
}

function hostAndCallFacts(item: HistoryItem): readonly LooseFact[] {
  const { hostName, fleetCalls, fleetMs, upstreamStatus, reason } = item;
  return [
    ['Host', hostName],
    ['Fleet calls', fleetCalls === undefined ? undefined : `${fleetCalls}, ${formatMs(fleetMs)} in all`],
    ['Upstream status', upstreamStatus?.toString()],
    ['Reason', reason],
  ];
}

function overflowText({ fleetsAsked = [] }: Attempt): string | undefined {
  const [last, ...dry] = fleetsAsked.toReversed();
  if (last === undefined || dry.length === 0) return undefined;
  if (dry.every((name) => name === last)) {
    return `${last} had no server free; it was asked again, for another build or game mode`;
  }
  const again = dry.includes(last) ? ', for another build or game mode of it' : '';
  const them = dry.length === 1 ? 'it' : 'them';
  return `${dry.toReversed().join(' and ')} had no server free; ${last} was asked after ${them}${again}`;
}

function heardText({ callersHeard, instancesHeard }: Attempt): string | undefined {
  if (callersHeard === undefined || instancesHeard === undefined) return undefined;
  return `${callersHeard}, in ${instancesHeard === 1 ? '1 instance' : `${instancesHeard} instances`}`;
}

function regionText(attempt: Attempt): string | undefined {
  const region = regionOf(attempt);
  if (region === undefined) return undefined;
  const { preferenceRank } = attempt;
  return preferenceRank === undefined
    ? `${region} (not asked for)`
    : `${region} (choice ${preferenceRank} of ${attempt.locations.length})`;
}

function ruleOf({
  aggregate,
  maxLatencyMs,
  relaxedAfterSeconds,
  strict,
  players: count,
  ignoredHints,
  ignoredNames = [],
  asked,
  cut,
}: Explanation): string {
  const relaxed = relaxedAfterSeconds === undefined ? '' : ` (relaxed after ${relaxedAfterSeconds} s)`;
  const cap =
    maxLatencyMs === undefined
      ? ''
      : `, ${strict ? 'at most' : 'preferably at most'} ${maxLatencyMs} ms${relaxed}`;
  const named = ignoredNames.length === 0 ? '' : ` (${ignoredNames.join(', ')})`;
  const ignored =
    ignoredHints === 0 && named === '' ? '' : `; ${ignoredHints} hints for locations not on offer${named}`;
  const dropped = cut === undefined ? '' : `; ${cut} more locations not kept`;
  return `Ordered by the ${aggregate} of ${players(count)}${cap}; asked for the first ${asked}${ignored}${dropped}.`;
}

function lineOf(line: ExplainedLocation, of: number): RankingLine {
  const { location, rank, rule, aggregateMs, penaltyMs, worst, measuredBy, clamped, filled } = line;
  const figure = aggregateMs === undefined ? '–' : `${aggregateMs} ms`;
  return {
    rank: rank?.toString() ?? '–',
    location,
    why: rank === undefined ? `left out: ${ruleText(rule)}` : ruleText(rule),
    figure: penaltyMs === undefined ? figure : `${figure} + ${penaltyMs} penalty`,
    // The row counts players from 0; people count from 1.
    worst: worst === undefined ? '–' : `${worst.ms} ms (player ${worst.player + 1})`,
    measuredBy: [
      `${measuredBy} of ${of}`,
      ...(clamped === undefined ? [] : [`${clamped} clamped`]),
      ...(filled === undefined ? [] : [`${filled} filled in`]),
    ].join(', '),
  };
}

/** The rule in words; a newer version's row may name another. */
const ruleText = (rule: string): string => (Object.hasOwn(RULES, rule) ? RULES[rule as PlacementRule] : rule);

const players = (count: number): string => (count === 1 ? '1 player' : `${count} players`);
