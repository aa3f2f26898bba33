import type { Clock } from '../../clock.ts';
import type { PlayerHints } from '../../placement/types.ts';
import { isNumber, isText } from '../tables/cells.ts';
import type { EntityTable, Row } from '../tables/entityTable.ts';
import {
  MOST_ROWS_A_PAGE,
  MOST_ROWS_A_REMOVAL,
  type PageRequest,
  type PartitionScan,
  pagesOf,
} from '../tables/partitionScan.ts';
import type { GatheredSession, HeardCaller, Hints } from './hints.ts';

const PREFIX = 'hints_';
/** Sorts behind every character of a generation and of a caller's key. */
const LAST = '~';

/** A text cell holds 32 Ki characters; measurements of a whole party may be twice as long. */
const CELL_CHARACTERS = 30_000;

export interface HintsOptions {
  readonly sessions: EntityTable;
  readonly scan: PartitionScan;
  readonly clock: Clock;
  readonly sessionTtlMs: number;
}

/** {@link Hints} as rows of the session's own partition, one a caller. */
export class TableHints implements Hints {
  readonly #options: HintsOptions;

  constructor(options: HintsOptions) {
    this.#options = options;
  }

  async add(session: GatheredSession, caller: HeardCaller): Promise<void> {
    const { sessions, clock, sessionTtlMs } = this.#options;
    // Refused: the caller is there already, perhaps by a repetition of this very write.
    await sessions.insert(toRow(session, caller, new Date(clock.wallMs() + sessionTtlMs)));
  }

  async read({ sessionId, generation }: GatheredSession): Promise<readonly HeardCaller[]> {
    const own = `${PREFIX}${generation}_`;
    const callers: HeardCaller[] = [];
    const request = {
      partitionKey: sessionId,
      afterRow: own,
      beforeRow: own + LAST,
      limit: MOST_ROWS_A_PAGE,
    };
    for await (const { rows } of pages(this.#options.scan, request)) {
      callers.push(...rows.flatMap(({ row }) => toCaller(row, row.rowKey.slice(own.length)) ?? []));
    }
    return callers;
  }
}

/** Whether a row of `brokersessions` holds a caller's measurements, and no session. */
export function isHintsRow({ rowKey }: Pick<Row, 'rowKey'>): boolean {
  return rowKey.startsWith(PREFIX);
}

/**
 * Deletes what callers of a session have left, of this generation and of those before. Before the session's own row
 * goes: that row is what leads to these.
 *
 * @returns false: others delete them at the same time, and some may be left
 * @throws StorageFault
 */
export async function removeHints(
  scan: PartitionScan,
  { sessionId, generation }: GatheredSession,
): Promise<boolean> {
  const request = {
    partitionKey: sessionId,
    afterRow: PREFIX,
    beforeRow: PREFIX + LAST,
    limit: MOST_ROWS_A_REMOVAL,
  };
  let isClean = true;
  for await (const { rows } of pages(scan, request)) {
    const old = rows.map(({ row }) => row.rowKey).filter((key) => generationOf(key) <= generation);
    if (old.length > 0 && !(await scan.removeRows(sessionId, old)).ok) isClean = false;
  }
  return isClean;
}

const pages = (scan: PartitionScan, request: PageRequest): ReturnType<typeof pagesOf> =>
  pagesOf((continuation) => scan.page({ ...request, continuation }));

const generationOf = (rowKey: string): number => Number.parseInt(rowKey.slice(PREFIX.length), 10);

/** Player ids are left out: they are no part of any row. */
function toRow({ sessionId, generation }: GatheredSession, caller: HeardCaller, expiresAt: Date): Row {
  const { key, instance, partySize, players } = caller;
  const text = JSON.stringify(players.map(({ latencies, dropped }) => ({ latencies, dropped })));
  const cells: Record<string, string> = {};
  for (let at = 0; at * CELL_CHARACTERS < text.length; at += 1) {
    cells[cellName(at)] = text.slice(at * CELL_CHARACTERS, (at + 1) * CELL_CHARACTERS);
  }
  const rowKey = `${PREFIX}${generation}_${key}`;
  return { partitionKey: sessionId, rowKey, instance, partySize, expiresAt, ...cells };
}

const cellName = (at: number): string => `hints${at + 1}`;

function toCaller(row: Row, key: string): HeardCaller | undefined {
  let text = '';
  for (let at = 0; isText(row[cellName(at)]); at += 1) text += String(row[cellName(at)]);
  const players = toPlayers(text);
  const { instance, partySize } = row;
  if (players === undefined || !isText(instance)) return undefined;
  return { key, instance, players, partySize: isNumber(partySize) ? partySize : undefined };
}

/** Other versions and people write into this table, too: what is not of the right shape says nothing. */
function toPlayers(text: string): readonly PlayerHints[] | undefined {
  try {
    const players: unknown = JSON.parse(text);
    return Array.isArray(players) && players.every(isPlayer) ? players : undefined;
  } catch {
    return undefined;
  }
}

function isPlayer(value: unknown): value is PlayerHints {
  const { latencies, dropped = [] } = (value ?? {}) as { latencies?: unknown; dropped?: unknown };
  const isNamed = (entry: unknown): boolean => isText((entry as { location?: string } | null)?.location);
  const isHint = (entry: unknown): boolean => isNamed(entry) && isNumber((entry as { ms?: number }).ms);
  return (
    Array.isArray(latencies) && latencies.every(isHint) && Array.isArray(dropped) && dropped.every(isNamed)
  );
}
