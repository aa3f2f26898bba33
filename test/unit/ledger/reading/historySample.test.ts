import type { HistoryQuery } from '../../../../lib/contract/historyRequest.ts';
import { isAttempt, isEnding } from '../../../../lib/contract/attempt.ts';
import { EndingTally } from '../../../../lib/insights/endings.ts';
import { summarise } from '../../../../lib/insights/summary.ts';
import { timeline } from '../../../../lib/insights/timeline.ts';
import { TableHistory } from '../../../../lib/ledger/history/tableHistory.ts';
import { InvalidContinuationError } from '../../../../lib/ledger/reading/historyPosition.ts';
import { queryHistory } from '../../../../lib/ledger/reading/historyQuery.ts';
import { sampleHistory } from '../../../../lib/ledger/reading/historySample.ts';
import { ReadBudget } from '../../../../lib/ledger/reading/readBudget.ts';
import { StorageFault } from '../../../../lib/ledger/storageFault.ts';
import type { PartitionScan } from '../../../../lib/ledger/tables/partitionScan.ts';
import { BusyHistory } from '../../../support/busyHistory.ts';
import { ALLOCATED, opening } from '../../../support/historyRows.ts';
import { MemoryScan } from '../../../support/memoryScan.ts';
import { MemoryTable } from '../../../support/memoryTable.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';

const at = (time: string): number => Date.parse(`2026-11-22T${time}Z`);
const period = (since: string, until: string): HistoryQuery => ({
  sinceMs: at(since),
  untilMs: at(until),
  limit: 100,
});

/** 1,000,800 attempts an hour, 5 % without a server; from 10:20 to 10:25 every one fails. */
const busy = (): BusyHistory =>
  new BusyHistory({
    perSecond: 278,
    sinceMs: at('00:00'),
    untilMs: at('12:00'),
    outcomeAt: (atMs, random) =>
      atMs >= at('10:20') && atMs < at('10:25')
        ? 'upstream-failed'
        : random < 0.05
          ? 'no-capacity'
          : 'allocated',
  });

describe('a sample of an hour of a million attempts', () => {
  it('costs 241 storage requests of 16 rows, and is right within 3 %', async () => {
    const scan = busy();
    const { rows, continuation } = await sampleHistory(scan, { ...period('10:00', '11:00'), sample: 4_800 });
    expect(continuation).toBeUndefined();
    expect([scan.requests, scan.rowsRead, rows.length]).toEqual([241, 3_856, 3_856]);
    const summary = summarise(rows.filter(isAttempt));
    expect(summary).toMatchObject({ estimated: true });
    expect(summary).not.toHaveProperty('sessions');
    expect(Math.abs(summary.attempts / 1_000_800 - 1)).toBeLessThan(0.03);
    const shares = Object.fromEntries(
      summary.outcomes.map(({ outcome, count }) => [outcome, count / summary.attempts]),
    );
    // 5 of 60 minutes, and 5 % of the others.
    expect(shares['upstream-failed']).toBeCloseTo(5 / 60, 1.5);
    expect(shares['no-capacity']).toBeCloseTo((0.05 * 55) / 60, 1.5);
    expect(summary.fleetMs.p50).toBeGreaterThan(640);
    expect(summary.fleetMs.p50).toBeLessThan(760);
  });

  it('says as much of the attempts where two of five rows are endings, and counts these as well', async () => {
    const mixed = new BusyHistory({
      ...{ perSecond: 278, sinceMs: at('00:00'), untilMs: at('12:00') },
      outcomeAt: (_atMs, random) => (random < 0.4 ? 'ended' : random < 0.43 ? 'no-capacity' : 'allocated'),
    });
    const { rows } = await sampleHistory(mixed, { ...period('10:00', '11:00'), sample: 4_800 });
    const { attempts, allocations } = summarise(rows.filter(isAttempt));
    expect(Math.abs(attempts / (0.6 * 1_000_800) - 1)).toBeLessThan(0.03);
    expect(allocations / attempts).toBeCloseTo(0.95, 1.5);
    const endings = new EndingTally(at('12:00'));
    for (const ending of rows.filter(isEnding)) endings.add(ending);
    expect(Math.abs(endings.figures().sessions / (0.4 * 1_000_800) - 1)).toBeLessThan(0.05);
  });

  it('shows the minutes of an outage', async () => {
    const { rows } = await sampleHistory(busy(), { ...period('10:00', '11:00'), sample: 4_800 });
    const { perMinute } = timeline(rows.filter(isAttempt), at('10:00'), at('11:00'));
    const failed = perMinute.find(({ outcome }) => outcome === 'upstream-failed')?.values ?? [];
    const minutes = failed.flatMap((value, minute) => (value > 0 ? [minute] : []));
    expect(minutes).toEqual([20, 21, 22, 23, 24]);
  });

  it('is newest first, with each attempt once', async () => {
    const { rows } = await sampleHistory(busy(), { ...period('09:30', '11:10'), sample: 1_000 });
    const keys = rows.map(({ key }) => `${key.partitionKey} ${key.rowKey}`);
    expect(new Set(keys).size).toBe(rows.length);
    const times = rows.map(({ claimedAt }) => Date.parse(claimedAt));
    expect(times).toEqual([...times].sort((a, b) => b - a));
  });

  it('is of the attempts that are asked for', async () => {
    const query = { ...period('10:18', '10:22'), sample: 500 };
    const budget = (): ReadBudget => ReadBudget.ofSample(new VirtualClock());
    const failed = await sampleHistory(busy(), { ...query, outcome: 'upstream-failed' }, budget());
    const { attempts, outcomes } = summarise(failed.rows.filter(isAttempt));
    expect(outcomes).toHaveLength(1);
    expect(Math.abs(attempts / (278 * 120) - 1)).toBeLessThan(0.15);
    const there = await sampleHistory(busy(), { ...query, region: 'north europe' }, budget());
    expect(new Set(there.rows.map(({ region }) => region))).toEqual(new Set(['NorthEurope']));
  });

  it.each([{ effort: 'several' }, { upstreamStatus: 'none' }] as const)(
    'reads no more for what the table cannot compare: %j',
    async (filter) => {
      const history = busy();
      const query = { ...period('10:18', '10:22'), sample: 500, ...filter };
      expect((await sampleHistory(history, query, ReadBudget.ofSample(new VirtualClock()))).rows).toEqual([]);
      expect(history.rowsRead).toBeLessThanOrEqual(500);
    },
  );
});

describe('where there are few attempts', () => {
  const table = new MemoryTable(() => at('12:00'));
  const scan = new MemoryScan(table);
  const sample = { ...period('08:00', '11:00'), sample: 1_000 };

  beforeAll(async () => {
    const history = new TableHistory(table);
    for (let number = 1; number <= 20; number += 1) {
      const minute = String(number * 2).padStart(2, '0');
      await (await history.open(opening(`2026-11-22T09:${minute}:00.000Z`, number))).close(ALLOCATED);
    }
  });

  it('they are all in it, each for itself', async () => {
    const { rows, continuation } = await sampleHistory(scan, sample);
    expect([rows.length, continuation]).toEqual([20, undefined]);
    expect(rows).toEqual((await queryHistory(scan, sample)).rows);
    expect(rows[0]).not.toHaveProperty('weight');
  });

  it('costs a request for each slice, and a long period has longer ones', async () => {
    scan.requests.length = 0;
    await sampleHistory(scan, sample);
    // 3 hours in parts of 3 minutes, of which one is cut and two lie in two hours.
    expect(scan.requests).toHaveLength(63);
    scan.requests.length = 0;
    await sampleHistory(scan, { ...sample, sinceMs: at('00:00'), sample: 100 });
    // 11 hours in some 4 parts, each read hour by hour, and one of them no further than its sixteenth attempt.
    expect(scan.requests).toHaveLength(11);
  });
});

describe('a sample that cannot be finished', () => {
  const query = { ...period('10:00', '11:00'), sample: 1_000 };

  /** Refuses what comes after so many requests. */
  function failing(after: number): PartitionScan {
    const scan = busy();
    return {
      ...{ pageOlder: () => scan.pageOlder(), removeRows: () => scan.removeRows() },
      nextPartition: (from) => scan.nextPartition(from),
      page: async (request) => {
        if (scan.requests >= after) throw new StorageFault('query', 'history', 503);
        return scan.page(request);
      },
    };
  }

  it('says where to go on, and the rest belongs to it', async () => {
    const first = await sampleHistory(failing(20), query);
    expect(first.rows).toHaveLength(20 * 16);
    const rest = await sampleHistory(busy(), { ...query, continuation: first.continuation });
    expect(rest.continuation).toBeUndefined();
    const whole = await sampleHistory(busy(), query);
    expect([...first.rows, ...rest.rows]).toEqual(whole.rows);
  });

  it('fails when there is nothing yet', async () => {
    await expect(sampleHistory(failing(0), query)).rejects.toThrow('query on table history: status 503');
  });

  it('ends after 10 s, with what it has', async () => {
    const clock = new VirtualClock();
    const scan = busy();
    const slow: PartitionScan = {
      ...{ pageOlder: () => scan.pageOlder(), removeRows: () => scan.removeRows() },
      nextPartition: (from) => scan.nextPartition(from),
      page: async (request) => {
        await clock.sleep(4_000);
        return scan.page(request);
      },
    };
    const asked = sampleHistory(slow, query, ReadBudget.ofSample(clock));
    await clock.advance(4_000);
    await clock.advance(4_000);
    await clock.advance(2_000);
    const { rows, continuation } = await asked;
    expect(rows).toHaveLength(32 * 16);
    expect(continuation).toEqual(expect.any(String));
  });

  it('goes on with a continuation of its own alone', async () => {
    const { continuation } = await queryHistory(busy(), query);
    await expect(sampleHistory(busy(), { ...query, continuation })).rejects.toThrow(InvalidContinuationError);
    const sampled = await sampleHistory(failing(20), query);
    const other = queryHistory(busy(), { ...query, continuation: sampled.continuation });
    await expect(other).rejects.toThrow(InvalidContinuationError);
  });
});
