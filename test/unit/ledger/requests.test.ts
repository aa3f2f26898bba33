import { readRequests } from '../../../lib/ledger/requests/readRequests.ts';
import { RequestCounter } from '../../../lib/ledger/requests/requestCounter.ts';
import { keptMs } from '../../../lib/ledger/requests/requestTally.ts';
import { StorageFault } from '../../../lib/ledger/storageFault.ts';
import type { EntityTable } from '../../../lib/ledger/tables/entityTable.ts';
import { HesitantScan, MemoryScan } from '../../support/memoryScan.ts';
import { MemoryTable } from '../../support/memoryTable.ts';
import { VirtualClock } from '../../support/virtualClock.ts';

let clock: VirtualClock;
let table: MemoryTable;
let scan: MemoryScan;
let counter: RequestCounter;

beforeEach(() => {
  clock = new VirtualClock('2026-11-22T08:15:30.000Z');
  table = new MemoryTable(() => clock.wallMs());
  scan = new MemoryScan(table);
  counter = new RequestCounter(table, clock);
});

const HOUR = {
  sinceMs: Date.parse('2026-11-22T08:00:00.000Z'),
  untilMs: Date.parse('2026-11-22T09:00:00.000Z'),
  intervalMs: 60_000,
};

it.each([
  [0, 1],
  [1, 1],
  [100, 107],
  [107, 117],
  [8_000, 8_557],
])('keeps a time of %d ms as %d', (ms, kept) => expect(keptMs(ms)).toBe(kept));

it('writes a row a minute, and none in a minute without a request', async () => {
  await clock.advance(300_000);
  counter.count('allocated', 100);
  counter.count('allocated', 8_000);
  counter.count('quota-exceeded', 1);
  expect(table.rows.size).toBe(0);
  await clock.advance(60_000);
  expect(table.rows.size).toBe(1);
  await clock.advance(600_000);
  expect(table.rows.size).toBe(1);
  expect(await readRequests(scan, HOUR)).toEqual({
    intervalSeconds: 60,
    intervals: [
      {
        at: '2026-11-22T08:20:00.000Z',
        answers: {
          allocated: { requests: 2, ms: { 107: 1, 8557: 1 } },
          'quota-exceeded': { requests: 1, ms: { 1: 1 } },
        },
      },
    ],
  });
});

it('writes the rest at an end in order, and adds the instances up', async () => {
  const other = new RequestCounter(table, clock);
  counter.count('replayed', 5);
  other.count('replayed', 5);
  other.count('allocated', 100);
  await Promise.all([counter.stop(), other.stop()]);
  await clock.advance(120_000);
  expect(table.rows.size).toBe(2);
  expect((await readRequests(new HesitantScan(scan), HOUR)).intervals).toEqual([
    {
      at: '2026-11-22T08:15:00.000Z',
      answers: { replayed: { requests: 2, ms: { 5: 2 } }, allocated: { requests: 1, ms: { 107: 1 } } },
    },
  ]);
});

it('tries again what storage did not take, also where the write has landed', async () => {
  let faults = 2;
  const faulty = {
    insert: async (row: Parameters<EntityTable['insert']>[0]) => {
      faults -= 1;
      if (faults === 1) throw new StorageFault('insert', 'requests', 503);
      const written = await table.insert(row);
      if (faults === 0) throw new StorageFault('insert', 'requests');
      return written;
    },
  } as unknown as EntityTable;
  counter = new RequestCounter(faulty, clock);
  for (let minute = 0; minute < 4; minute += 1) {
    counter.count('allocated', 100);
    await clock.advance(60_000);
  }
  const { intervals } = await readRequests(scan, HOUR);
  expect(intervals.map(({ at, answers }) => [at.slice(14, 16), answers['allocated']?.requests])).toEqual([
    ['15', 1],
    ['16', 1],
    ['17', 1],
    ['18', 1],
  ]);
});

it('sums up over intervals, of the period alone, and passes over a row that cannot be read', async () => {
  for (let minute = 0; minute < 50; minute += 1) {
    counter.count('allocated', 100);
    await clock.advance(60_000);
  }
  await table.insert({ partitionKey: '2026-11-22T08', rowKey: '998204662999999_x', answers: '{cut' });
  const { intervals } = await readRequests(scan, { ...HOUR, intervalMs: 1_800_000 });
  expect(intervals.map(({ at, answers }) => [at.slice(11, 16), answers['allocated']?.requests])).toEqual([
    ['08:00', 15],
    ['08:30', 30],
  ]);
});
