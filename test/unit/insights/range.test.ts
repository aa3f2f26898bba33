import type { Attempt } from '../../../lib/contract/attempt.ts';
import { type RangePage, type RangeQuery, readRange } from '../../../lib/insights/range.ts';
import { attempt } from '../../support/attempts.ts';

const NOW = Date.parse('2026-11-22T09:00:00.000Z');
const HOUR_MS = 3_600_000;

/** Attempts of one each so many milliseconds, newest first, in pages; asked for a sample: three with a weight. */
function history(count: number, apartMs: number) {
  const all = Array.from({ length: count }, (_, index) =>
    attempt({ claimedAt: new Date(NOW - 1 - Math.floor(index * apartMs)).toISOString() }),
  );
  const asked: RangeQuery[] = [];
  const read = (query: RangeQuery): Promise<RangePage> => {
    asked.push(query);
    const { untilMs = NOW, limit = 0, sample, continuation = '0' } = query;
    const earlier = all.filter(({ claimedAt }) => Date.parse(claimedAt) < untilMs);
    if (sample !== undefined) {
      const attempts = earlier.slice(0, 3).map((each): Attempt => ({ ...each, weight: 100 }));
      return Promise.resolve({ attempts });
    }
    const start = Number(continuation);
    const attempts = earlier.slice(start, start + limit);
    const more = start + limit < earlier.length;
    return Promise.resolve({ attempts, ...(more && { continuation: String(start + limit) }) });
  };
  return { all, asked, read };
}

it('reads all where there are few', async () => {
  const { all, asked, read } = history(4_500, 800);
  expect(await readRange(read, { sinceMs: NOW - HOUR_MS })).toEqual(all);
  expect(asked).toHaveLength(5);
});

it('takes a sample of what is older than the latest thousand where there are many', async () => {
  const { all, asked, read } = history(20_000, 3.6);
  const counts: number[] = [];
  const attempts = await readRange(read, {
    sinceMs: NOW - HOUR_MS,
    onProgress: (count) => counts.push(count),
  });
  expect(attempts.slice(0, 1_000)).toEqual(all.slice(0, 1_000));
  expect(attempts[1_000]).toEqual({ ...all[1_000], weight: 100 });
  // The sample begins with the millisecond of the last one, and has it only once.
  expect(asked).toEqual([{ limit: 1_000 }, { untilMs: NOW - 3_596, sample: 4_800 }]);
  expect(counts).toEqual([1_000, 1_002]);
});

it('expects many from the latest, and goes over to the sample when they turn out to be more', async () => {
  // One a second at the end of the hour, and many before.
  const quiet = history(1_500, 1_000);
  const busy = history(9_000, 0.2);
  const shift = busy.all.map((each) => ({
    ...each,
    claimedAt: new Date(Date.parse(each.claimedAt) - 1_600_000).toISOString(),
  }));
  const all = [...quiet.all, ...shift];
  const asked: RangeQuery[] = [];
  const read = (query: RangeQuery): Promise<RangePage> => {
    asked.push(query);
    const start = Number(query.continuation ?? '0');
    if (query.sample !== undefined) return Promise.resolve({ attempts: [] });
    return Promise.resolve({
      attempts: all.slice(start, start + 1_000),
      continuation: String(start + 1_000),
    });
  };
  await readRange(read, { sinceMs: NOW - HOUR_MS });
  expect(asked.map(({ limit, sample }) => limit ?? sample)).toEqual([1_000, 1_000, 1_000, 4_800]);
});

it('follows the continuations of the sample', async () => {
  const pages: RangePage[] = [
    { attempts: history(1_000, 1).all, continuation: 'more' },
    { attempts: [], continuation: 'later' },
    { attempts: [attempt({ weight: 5 })] },
  ];
  const asked: RangeQuery[] = [];
  const read = (query: RangeQuery): Promise<RangePage> => {
    asked.push(query);
    return Promise.resolve(pages[asked.length - 1] ?? { attempts: [] });
  };
  const attempts = await readRange(read, { sinceMs: NOW - HOUR_MS, sample: 200 });
  expect(attempts).toHaveLength(1_001);
  expect(asked.slice(1)).toEqual([
    { untilMs: NOW - 999, sample: 200 },
    { untilMs: NOW - 999, sample: 200, continuation: 'later' },
  ]);
});
