import type { AttemptClosing, AttemptOpening } from '../../../../lib/ledger/history/history.ts';
import { InvalidContinuationError } from '../../../../lib/ledger/reading/historyPosition.ts';
import { type HistoryPage, queryHistory } from '../../../../lib/ledger/reading/historyQuery.ts';
import type { HistoryQuery } from '../../../../lib/contract/historyRequest.ts';
import { ReadBudget } from '../../../../lib/ledger/reading/readBudget.ts';
import { StorageFault } from '../../../../lib/ledger/storageFault.ts';
import type { PartitionScan } from '../../../../lib/ledger/tables/partitionScan.ts';
import { TableHistory } from '../../../../lib/ledger/history/tableHistory.ts';
import { ALLOCATED, guid, opening, seedEnding } from '../../../support/historyRows.ts';
import { HesitantScan, MemoryScan } from '../../../support/memoryScan.ts';
import { MemoryTable } from '../../../support/memoryTable.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';

let table: MemoryTable;
let scan: MemoryScan;
let history: TableHistory;

beforeEach(() => {
  table = new MemoryTable(() => Date.parse('2026-11-22T12:00:00Z'));
  scan = new MemoryScan(table);
  history = new TableHistory(table);
});

const period = (since: string, until: string): HistoryQuery => ({
  sinceMs: Date.parse(since),
  untilMs: Date.parse(until),
  limit: 100,
});
const DAY = period('2026-11-22T00:00:00Z', '2026-11-23T00:00:00Z');

async function seed(claimedAt: string, number: number, closing: Partial<AttemptClosing> = {}): Promise<void> {
  await (await history.open(opening(claimedAt, number))).close({ ...ALLOCATED, ...closing });
}

const numbers = ({ rows }: HistoryPage): number[] => rows.map(({ sessionId }) => Number(sessionId.slice(-6)));

/** Every page of a query, as numbers. */
async function readOn(from: PartitionScan, query: HistoryQuery): Promise<number[][]> {
  const pages: number[][] = [];
  let { continuation } = query;
  do {
    const page = await queryHistory(from, { ...query, continuation });
    pages.push(numbers(page));
    ({ continuation } = page);
  } while (continuation !== undefined);
  return pages;
}

describe('a period', () => {
  it('is read newest first, over its hours', async () => {
    await seed('2026-11-22T08:00:00.000Z', 1);
    await seed('2026-11-22T08:59:59.999Z', 2);
    await seed('2026-11-22T10:30:00.000Z', 4);
    await seed('2026-11-22T09:00:00.000Z', 3);
    expect(numbers(await queryHistory(scan, DAY))).toEqual([4, 3, 2, 1]);
  });

  it('begins with its first millisecond and ends before its last', async () => {
    await seed('2026-11-22T08:14:59.999Z', 1);
    await seed('2026-11-22T08:15:00.000Z', 2);
    await seed('2026-11-22T08:44:59.999Z', 3);
    await seed('2026-11-22T08:45:00.000Z', 4);
    const page = await queryHistory(scan, period('2026-11-22T08:15:00Z', '2026-11-22T08:45:00Z'));
    expect(numbers(page)).toEqual([3, 2]);
  });

  it('reads the partitions of its own hours and no other', async () => {
    await queryHistory(scan, period('2026-11-22T08:15:00Z', '2026-11-22T10:00:00Z'));
    expect(scan.requests.map(({ partitionKey }) => partitionKey)).toEqual(['2026-11-22T09', '2026-11-22T08']);
  });

  it('is empty when it ends before it begins', async () => {
    expect(await queryHistory(scan, period('2026-11-22T10:00:00Z', '2026-11-22T10:00:00Z'))).toEqual({
      rows: [],
    });
    expect(scan.requests).toEqual([]);
  });

  it('goes over a change of day', async () => {
    await seed('2026-11-21T23:59:59.999Z', 1);
    await seed('2026-11-22T00:00:00.000Z', 2);
    const page = await queryHistory(scan, period('2026-11-21T23:00:00Z', '2026-11-22T01:00:00Z'));
    expect(numbers(page)).toEqual([2, 1]);
  });
});

describe('an attempt', () => {
  it('is told with every column of its row but the cookie hash', async () => {
    const previous = { partitionKey: '2026-11-22T07', rowKey: 'earlier' };
    const over: Partial<AttemptOpening> = { previous };
    await (await history.open(opening('2026-11-22T08:15:30.250Z', 1, over))).close(ALLOCATED);
    const { rows } = await queryHistory(scan, DAY);
    expect(rows).toEqual([
      {
        key: {
          partitionKey: '2026-11-22T08',
          rowKey: `998204664669749_${guid(1)}_${guid(900_001)}`,
        },
        previous,
        takeover: true,
        sessionId: guid(1),
        attemptId: guid(900_001),
        generation: 1,
        gameMode: 'duel',
        fleet: 'sessionhosts',
        outcome: 'allocated',
        claimedAt: '2026-11-22T08:15:30.250Z',
        closedAt: '2026-11-22T08:15:31.020Z',
        locations: ['West US', 'North Europe'],
        placement: { asked: 2, ranking: [], excluded: [] },
        hints: { players: 1, locations: [] },
        region: 'WestUS',
        hostName: 'a1.cloudapp.net',
        preferenceRank: 1,
        fleetCalls: 1,
        fleetMs: 710,
        upstreamStatus: 200,
        invocationId: 'an-invocation',
      },
    ]);
  });

  it('is told with the fleets that it asked, where they were several', async () => {
    const row = await history.open(opening('2026-11-22T08:15:30.250Z', 1));
    await row.close({ ...ALLOCATED, fleet: 'playfab', fleetsAsked: 'sessionhosts playfab' });
    const found = async (filter: Partial<HistoryQuery>): Promise<unknown> =>
      (await queryHistory(scan, { ...DAY, ...filter })).rows;
    expect(await found({ effort: 'overflow' })).toMatchObject([
      { fleet: 'playfab', fleetsAsked: ['sessionhosts', 'playfab'] },
    ]);
    expect(await found({ effort: 'takeover' })).toEqual([]);
  });

  it('is told as far as it can be read', async () => {
    await history.open(opening('2026-11-22T08:15:30.250Z', 1, { placement: '{cut', generation: 2 }));
    const { rows } = await queryHistory(scan, DAY);
    expect(rows[0]).toMatchObject({ outcome: 'open', generation: 2, hints: { players: 1, locations: [] } });
    expect(rows[0]).not.toHaveProperty('placement');
    expect(rows[0]).not.toHaveProperty('closedAt');
  });

  it.each([
    ['placement', 'null'],
    ['placement', '7'],
    ['placement', '{"ranking":[]}'],
    ['placement', '{"ranking":[null],"excluded":[]}'],
    ['placement', '{"ranking":5,"excluded":[]}'],
    ['hints', '[]'],
    ['hints', '{"players":1}'],
    ['hints', '{"locations":["West US"]}'],
  ])('whose %s is %s is shown without it', async (column, text) => {
    await history.open(opening('2026-11-22T08:15:30.250Z', 1, { [column]: text }));
    const { rows } = await queryHistory(scan, DAY);
    expect(rows).toHaveLength(1);
    expect(rows[0]).not.toHaveProperty(column);
  });

  it.each([
    ['closedAt', new Date(NaN)],
    ['generation', NaN],
    ['fleetMs', Infinity],
    ['upstreamStatus', '503'],
  ])('whose %s is %s hides nothing', async (column, cell) => {
    const { key } = opening('2026-11-22T08:15:30.250Z', 1);
    await table.insert({ ...key, writeId: 'w', outcome: 'open', locations: '[]', [column]: cell });
    const [entry] = (await queryHistory(scan, DAY)).rows;
    expect(entry).toMatchObject({ outcome: 'open', generation: 0 });
    expect(Object.values(entry ?? {})).not.toContain(cell);
  });

  it('that lacks its time is of its hour, and what is no list of names is left out', async () => {
    const { key } = opening('2026-11-22T08:15:30.250Z', 1);
    await table.insert({ ...key, writeId: 'w', outcome: 'open', locations: '[7]' });
    const { rows } = await queryHistory(scan, DAY);
    expect(rows[0]).toMatchObject({ claimedAt: '2026-11-22T08:00:00.000Z', locations: [] });
  });

  it.each(['melted', 'toString', '', 7])(
    'whose outcome is %j, which no version knew yet, is unrecognised',
    async (outcome) => {
      const { key } = opening('2026-11-22T08:15:30.250Z', 1);
      await table.insert({ ...key, writeId: 'of-a-newer-version', outcome, closedBy: 'a newer timer' });
      const { rows } = await queryHistory(scan, DAY);
      expect(rows[0]).toMatchObject({ outcome: 'unrecognised' });
      expect(rows[0]).not.toHaveProperty('closedBy');
    },
  );
});

describe('filters', () => {
  beforeEach(async () => {
    await seed('2026-11-22T08:00:01Z', 1);
    await seed('2026-11-22T08:00:02Z', 2, { region: 'NorthEurope' });
    await seed('2026-11-22T08:00:03Z', 3, { outcome: 'no-capacity', region: undefined });
    await history.open(opening('2026-11-22T08:00:04Z', 4, { gameMode: 'royale', fleet: 'playfab' }));
    const again = opening('2026-11-22T08:00:05Z', 5, { previous: opening('2026-11-22T07:00:00Z', 5).key });
    await (await history.open(again)).close({ ...ALLOCATED, fleetCalls: 3 });
    await seed('2026-11-22T08:00:06Z', 6, { outcome: 'upstream-failed', fleetCalls: 2, upstreamStatus: 503 });
    // Endings have a row before theirs, may have called the fleet several times, and may have had nothing to ask it.
    const host = { region: 'EastUS', fleetCalls: 2, upstreamStatus: 409 };
    await seedEnding(table, '2026-11-22T08:00:07Z', 7, host);
    const none = { region: undefined, fleetCalls: 0, upstreamStatus: undefined };
    await seedEnding(table, '2026-11-22T08:00:08Z', 8, { ...none, endFleet: 'not-told' });
    await seedEnding(table, '2026-11-22T08:00:09Z', 9);
    await seedEnding(table, '2026-11-22T08:00:09.500Z', 10, { ...none, outcome: 'ended', fleetCalls: 1 });
  });

  it.each<[Partial<HistoryQuery>, number[]]>([
    [{ outcome: 'no-capacity' }, [3]],
    [{ outcome: 'allocated' }, [5, 2, 1]],
    [{ region: 'north europe' }, [2]],
    [{ region: 'NORTH_EUROPE' }, [2]],
    [{ region: '--' }, []],
    [{ region: 'WestUS', outcome: 'allocated' }, [5, 1]],
    [{ gameMode: 'royale' }, [4]],
    [{ gameMode: 'Royale' }, []],
    [{ outcome: 'ended' }, [10, 8, 7]],
    [{ outcome: 'open' }, [9, 4]],
    [{ region: 'East US' }, [7]],
    [{ fleet: 'playfab' }, [10, 9, 8, 7, 4]],
    [{ upstreamStatus: 409 }, [7]],
    [{ fleet: 'sessionhosts', outcome: 'no-capacity' }, [3]],
    [{ sessionId: guid(3) }, [3]],
    [{ upstreamStatus: 503 }, [6]],
    [{ upstreamStatus: 404 }, []],
    [{ upstreamStatus: 'none' }, [10, 4]],
    [{ effort: 'several' }, [6, 5]],
    [{ effort: 'takeover' }, [5]],
    [{ effort: 'several', upstreamStatus: 503 }, [6]],
    [{ effort: 'several', limit: 1 }, [6]],
  ])('%j', async (filter, expected) => {
    expect(numbers(await queryHistory(scan, { ...DAY, ...filter }))).toEqual(expected);
  });
});

it('leaves to the table what that can compare, and reads whole pages for the rest', async () => {
  await queryHistory(scan, {
    ...period('2026-11-22T08:00:00Z', '2026-11-22T09:00:00Z'),
    upstreamStatus: 503,
  });
  const rest: Partial<HistoryQuery>[] = [{ upstreamStatus: 'none' }, { effort: 'several' }];
  for (const filter of rest) {
    await queryHistory(scan, { ...period('2026-11-22T08:00:00Z', '2026-11-22T09:00:00Z'), ...filter });
  }
  expect(scan.requests.map(({ equals, limit }) => [equals?.['upstreamStatus'], limit])).toEqual([
    [503, 100],
    [undefined, 1_000],
    [undefined, 1_000],
  ]);
});

describe('a continuation', () => {
  beforeEach(async () => {
    for (let number = 1; number <= 7; number += 1) {
      await seed(`2026-11-22T0${number < 5 ? 8 : 9}:00:00.00${number}Z`, number, {
        region: number % 2 === 0 ? 'NorthEurope' : 'WestUS',
      });
    }
  });

  it('goes on, over hours, without a gap and without a repetition', async () => {
    expect((await readOn(scan, { ...DAY, limit: 2 })).flat()).toEqual([7, 6, 5, 4, 3, 2, 1]);
  });

  it('goes on in the middle of a page that was filtered here', async () => {
    const pages = await readOn(scan, { ...DAY, limit: 1, region: 'West US' });
    expect(pages.flat()).toEqual([7, 5, 3, 1]);
    expect(Math.max(...pages.map(({ length }) => length))).toBe(1);
  });

  it('goes on through empty pages, filtered or not', async () => {
    expect((await readOn(new HesitantScan(scan), { ...DAY, limit: 2 })).flat()).toEqual([
      7, 6, 5, 4, 3, 2, 1,
    ]);
    const filtered = await readOn(new HesitantScan(scan), { ...DAY, limit: 1, region: 'NorthEurope' });
    expect(filtered.flat()).toEqual([6, 4, 2]);
  });

  it('still fits when the period has moved on meanwhile', async () => {
    const first = await queryHistory(scan, { ...DAY, limit: 3 });
    const later = period('2026-11-22T08:00:00.003Z', '2026-11-23T00:00:05Z');
    const second = await queryHistory(scan, { ...later, continuation: first.continuation });
    expect([numbers(first), numbers(second)]).toEqual([
      [7, 6, 5],
      [4, 3],
    ]);
    const muchLater = period('2026-11-22T10:00:00Z', '2026-11-23T02:00:00Z');
    expect(await queryHistory(scan, { ...muchLater, continuation: first.continuation })).toEqual({
      rows: [],
    });
  });

  it.each([
    '',
    'x',
    'bm90IGpzb24',
    token(['2026-11-22T08']),
    token({ hour: '2026-11-22T08' }),
    token(['2026-02-31T08', null, null]),
    token(['2026-11-22T24', null, null]),
    token(['watermark', null, null]),
    token(['2026-11-22T08', "' or 1 eq 1", null]),
    token(['2026-11-22T08', null, '../']),
    token(['2026-11-22T08', null, Buffer.from('{"nextTable":"x"}').toString('base64')]),
    token(['2026-11-22T08', null, Buffer.from('[]').toString('base64').repeat(300)]),
    'A'.repeat(3_000),
  ])('that was not made here is refused: %s', async (continuation) => {
    await expect(queryHistory(scan, { ...DAY, continuation })).rejects.toThrow(InvalidContinuationError);
    expect(scan.requests).toEqual([]);
  });
});

describe('what storage refuses', () => {
  const refusing = (status: number): void => {
    scan.page = () => Promise.reject(new StorageFault('query', 'brokerhistory', status, undefined));
  };
  const ofTheCaller = token([
    '2026-11-22T08',
    null,
    Buffer.from('{"nextPartitionKey":"x"}').toString('base64'),
  ]);

  it('is the caller’s mistake with a continuation of the table', async () => {
    refusing(400);
    await expect(queryHistory(scan, { ...DAY, continuation: ofTheCaller })).rejects.toThrow(
      InvalidContinuationError,
    );
  });

  it('is a fault without one, and so is anything else', async () => {
    refusing(400);
    await expect(queryHistory(scan, DAY)).rejects.toThrow(StorageFault);
    refusing(403);
    await expect(queryHistory(scan, { ...DAY, continuation: ofTheCaller })).rejects.toThrow(StorageFault);
  });
});

describe('the work of one query', () => {
  it('is bounded, and goes on with the next', async () => {
    await seed('2026-11-01T08:00:00Z', 1);
    const month = period('2026-11-01T00:00:00Z', '2026-11-11T00:00:00Z');
    const first = await queryHistory(scan, month);
    expect([first.rows.length, scan.requests.length]).toEqual([0, 100]);
    expect((await readOn(scan, month)).flat()).toEqual([1]);
  });

  it('does not grow with the hours before the first row', async () => {
    await seed('2026-11-22T08:00:00Z', 1);
    const sinceThen = { ...DAY, sinceMs: 0 };
    expect(await readOn(scan, sinceThen)).toEqual([[1]]);
    expect(scan.requests.length).toBe(16);
    table.rows.clear();
    expect(await queryHistory(scan, sinceThen)).toEqual({ rows: [] });
    expect(scan.requests.length).toBe(16);
  });

  it('ends after 10 s, with a request under way, and goes on with that', async () => {
    await seed('2026-11-22T23:00:00Z', 2);
    await seed('2026-11-22T22:00:00Z', 1);
    const clock = new VirtualClock();
    const { page } = scan;
    scan.page = async (request) => {
      if (request.partitionKey === '2026-11-22T22') await clock.sleep(12_000);
      return page.call(scan, request);
    };
    const asked = queryHistory(scan, DAY, new ReadBudget(clock));
    await clock.advance(9_999);
    await expect(Promise.race([asked, clock.settle()])).resolves.toBeUndefined();
    await clock.advance(1);
    const first = await asked;
    expect(numbers(first)).toEqual([2]);
    scan.page = page;
    expect((await readOn(scan, { ...DAY, continuation: first.continuation })).flat()).toEqual([1]);
  });

  it('begins no request after 10 s', async () => {
    const clock = new VirtualClock();
    const { page } = scan;
    let begun = 0;
    scan.page = async (request) => {
      begun += 1;
      await clock.advance(3_000);
      return page.call(scan, request);
    };
    const { continuation } = await queryHistory(scan, DAY, new ReadBudget(clock));
    expect(begun).toBe(4);
    expect(continuation).toBeDefined();
  });

  it('is a fault of storage where nothing was answered in all the time, and what fails later is heard', async () => {
    const clock = new VirtualClock();
    scan.page = async () => {
      await clock.sleep(12_000);
      throw new StorageFault('query', 'brokerhistory', undefined, undefined);
    };
    const failed = queryHistory(scan, DAY, new ReadBudget(clock)).catch((error: unknown) => error);
    await clock.advance(10_000);
    expect(await failed).toMatchObject({
      name: 'StorageFault',
      message: 'query on table history: no answer',
    });
    await clock.advance(10_000);
  });

  it('does not grow with what the hour holds beside the limit', async () => {
    for (let number = 1; number <= 50; number += 1) {
      await seed(`2026-11-22T08:00:00.0${String(number).padStart(2, '0')}Z`, number);
    }
    const page = await queryHistory(scan, { ...DAY, sinceMs: Date.parse('2026-11-22T08:00:00Z'), limit: 5 });
    expect(numbers(page)).toEqual([50, 49, 48, 47, 46]);
    expect(scan.requests.filter(({ partitionKey }) => partitionKey === '2026-11-22T08')).toEqual([
      expect.objectContaining({ limit: 5 }),
    ]);
  });
});

function token(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
