import type { Attempt, HistoryItem, SessionEnding } from '../../contract/attempt.ts';
import { END_FLEET, recordedOutcome } from '../../contract/outcomes.ts';
import type { Explanation, HintsSummary } from '../../placement/placement.ts';
import { wellFormed } from '../../text.ts';
import { isNumber, isText, isTime } from '../tables/cells.ts';
import type { Row } from '../tables/entityTable.ts';
import type { HistoryKey } from '../history/history.ts';
import { keyIn } from '../history/tableHistory.ts';

/** One attempt, or one ending of a session, as its row in the history describes it. */
export type HistoryEntry = HistoryItem & InTable;

interface InTable {
  readonly key: HistoryKey;
  /** The session's row before this one. */
  readonly previous?: HistoryKey;
}

/** Reads a row; a column that is missing or not of its type is left out, so that one odd row hides no others. */
export function toHistoryEntry(row: Row): HistoryEntry {
  const previous = keyIn(row, 'previousPartition', 'previousRow');
  return compact({
    key: { partitionKey: row.partitionKey, rowKey: row.rowKey },
    previous,
    sessionId: text(row['sessionId']) ?? '',
    attemptId: text(row['attemptId']) ?? '',
    generation: numeric(row['generation']) ?? 0,
    gameMode: text(row['gameMode']) ?? '',
    fleet: text(row['fleet']),
    outcome: recordedOutcome(row['outcome']),
    claimedAt: time(row['claimedAt']) ?? hourOf(row),
    closedAt: time(row['closedAt']),
    closedBy: row['closedBy'] === 'sweep' ? 'sweep' : undefined,
    locations: names(json(row['locations'])),
    region: text(row['region']),
    hostName: text(row['hostName']),
    fleetCalls: numeric(row['fleetCalls']),
    fleetMs: numeric(row['fleetMs']),
    upstreamStatus: numeric(row['upstreamStatus']),
    reason: text(row['reason']),
    invocationId: text(row['invocationId']),
    ...(row['kind'] === 'ending' ? ofEnding(row) : ofAttempt(row, previous)),
  });
}

function ofEnding(row: Row): Loose<Pick<SessionEnding, 'kind' | 'endedBy' | 'endFleet'>> {
  return {
    kind: 'ending',
    endedBy: text(row['endedBy']),
    endFleet: END_FLEET.find((said) => said === row['endFleet']),
  };
}

type OfAttempt = Pick<
  Attempt,
  'takeover' | 'fleetsAsked' | 'placement' | 'hints' | 'callersHeard' | 'instancesHeard' | 'preferenceRank'
>;

function ofAttempt(row: Row, previous: HistoryKey | undefined): Loose<OfAttempt> {
  return {
    takeover: previous && true,
    fleetsAsked: text(row['fleetsAsked'])?.split(' '),
    placement: withLists<Explanation>(json(row['placement']), 'ranking', 'excluded'),
    hints: withLists<HintsSummary>(json(row['hints']), 'locations'),
    callersHeard: numeric(row['callersHeard']),
    instancesHeard: numeric(row['instancesHeard']),
    preferenceRank: numeric(row['preferenceRank']),
  };
}

type Loose<T> = { [K in keyof T]: T[K] | undefined };

function compact(entry: Loose<HistoryEntry>): HistoryEntry {
  return Object.fromEntries(
    Object.entries(entry).filter(([, value]) => value !== undefined),
  ) as unknown as HistoryEntry;
}

const text = (cell: Row[string]): string | undefined => (isText(cell) ? cell.toWellFormed() : undefined);
const numeric = (cell: Row[string]): number | undefined => (isNumber(cell) ? cell : undefined);
const time = (cell: Row[string]): string | undefined => (isTime(cell) ? cell.toISOString() : undefined);

/** A row's partition is the hour in which its attempt began. */
const hourOf = ({ partitionKey }: Row): string => `${partitionKey}:00:00.000Z`;

function names(list: unknown): readonly string[] {
  return Array.isArray(list) && list.every((name) => typeof name === 'string') ? list : [];
}

/** An object with these lists of objects, which every view of it walks through. Another version may have written it. */
function withLists<T>(value: unknown, ...lists: readonly (string & keyof T)[]): T | undefined {
  const isList = (name: string): boolean => {
    const list = (value as Readonly<Record<string, unknown>>)[name];
    return Array.isArray(list) && list.every(isObject);
  };
  return isObject(value) && lists.every(isList) ? (value as T) : undefined;
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

function json(cell: Row[string]): unknown {
  if (typeof cell !== 'string') return undefined;
  try {
    // Earlier builds cut names in the middle of a character.
    return JSON.parse(cell, (_name, member: unknown) => wellFormed(member));
  } catch {
    return undefined;
  }
}
