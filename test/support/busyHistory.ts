import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome } from '../../lib/contract/outcomes.ts';
import { historyHour, historyKey, hourStartMs } from '../../lib/ledger/history/historyKey.ts';
import type { Stored } from '../../lib/ledger/tables/entityTable.ts';
import type { Page, PageRequest, PartitionScan } from '../../lib/ledger/tables/partitionScan.ts';
import { seededRandom } from '../../local/data/random.ts';
import { guid } from './historyRows.ts';

/** The time of {@link historyKey}, counted down from here. */
const LAST_MS = 999_999_999_999_999;

export interface BusyOptions {
  /** Attempts a second, at random moments. */
  readonly perSecond: number;
  readonly sinceMs: number;
  readonly untilMs: number;
  /** How an attempt came out that began at this time; `ended`: an ending. @param random from 0 to 1, of this attempt */
  readonly outcomeAt: (atMs: number, random: number) => Outcome;
  /** Of each storage request. */
  readonly delayMs?: number;
}

/** A history too large to be held: each second's attempts are made, always the same ones, when they are read. */
export class BusyHistory implements PartitionScan {
  readonly #options: BusyOptions;
  /** Storage requests. */
  requests = 0;
  rowsRead = 0;

  constructor(options: BusyOptions) {
    this.#options = options;
  }

  async page(request: PageRequest): Promise<Page> {
    this.requests += 1;
    const { delayMs } = this.#options;
    if (delayMs !== undefined) await sleep(delayMs);
    const { partitionKey, beforeRow = '', equals = {}, limit, continuation } = request;
    const afterRow = continuation === undefined ? request.afterRow : unpack(continuation);
    const hourMs = hourStartMs(partitionKey);
    const newestMs = Math.min(hourMs + 3_600_000, this.#options.untilMs, timeOf(afterRow) ?? Infinity);
    const oldestMs = Math.max(hourMs, this.#options.sinceMs, timeOf(beforeRow) ?? 0);
    const rows: Stored[] = [];
    for (let second = Math.floor(newestMs / 1_000); second * 1_000 + 999 >= oldestMs; second -= 1) {
      for (const stored of this.#second(second)) {
        const { row } = stored;
        if (row.partitionKey !== partitionKey || (afterRow !== undefined && row.rowKey <= afterRow)) continue;
        if (beforeRow !== '' && row.rowKey >= beforeRow) continue;
        if (Object.entries(equals).some(([name, value]) => value !== undefined && row[name] !== value))
          continue;
        rows.push(stored);
        if (rows.length === limit) {
          this.rowsRead += limit;
          return { rows, continuation: pack(partitionKey, row.rowKey) };
        }
      }
    }
    this.rowsRead += rows.length;
    return { rows };
  }

  nextPartition(from: string): Promise<string> {
    return Promise.resolve([from, historyHour(this.#options.sinceMs)].sort()[1] ?? from);
  }

  pageOlder(): never {
    throw new Error('not for reading');
  }

  removeRows(): never {
    throw new Error('not for reading');
  }

  /** Newest first. */
  #second(second: number): Stored[] {
    const { perSecond, sinceMs, untilMs, outcomeAt } = this.#options;
    const random = seededRandom(second);
    return Array.from({ length: perSecond }, () => random())
      .map((moment) => ({ atMs: second * 1_000 + Math.floor(moment * 1_000), chance: random() }))
      .sort((a, b) => b.atMs - a.atMs)
      .filter(({ atMs }) => atMs >= sinceMs && atMs < untilMs)
      .map(({ atMs, chance }, index) => rowAt(atMs, outcomeAt(atMs, chance), (second % 1e6) * 1e4 + index))
      .sort((a, b) => (a.row.rowKey < b.row.rowKey ? -1 : 1));
  }
}

const timeOf = (rowKey: string | undefined): number | undefined =>
  rowKey === undefined || rowKey === '' ? undefined : LAST_MS - Number(rowKey.slice(0, 15));

/** As the SDK packs the service's; the key is that of the last row, not of the next. */
const pack = (nextPartitionKey: string, nextRowKey: string): string =>
  btoa(JSON.stringify({ nextPartitionKey, nextRowKey }));

const unpack = (continuation: string): string =>
  (JSON.parse(atob(continuation)) as { nextRowKey: string }).nextRowKey;

function rowAt(atMs: number, outcome: Outcome, number: number): Stored {
  const allocated = outcome === 'allocated';
  const isEnding = outcome === 'ended';
  const first = number % 4 !== 0;
  return {
    etag: 'etag',
    writtenAtMs: atMs,
    readAtMs: atMs,
    row: {
      ...historyKey(atMs, guid(number), guid(number)),
      sessionId: guid(number),
      attemptId: guid(number),
      generation: 1,
      gameMode: 'duel',
      fleet: 'sessionhosts',
      outcome,
      claimedAt: new Date(atMs),
      closedAt: new Date(atMs + 800),
      ...(isEnding
        ? { kind: 'ending', endedBy: 'key', endFleet: 'told' }
        : { locations: '["West US","North Europe"]' }),
      fleetCalls: 1,
      fleetMs: 200 + (atMs % 1_000),
      upstreamStatus: allocated ? 200 : 503,
      ...(allocated && { region: first ? 'WestUS' : 'NorthEurope', preferenceRank: first ? 1 : 2 }),
    },
  };
}
