import { hasRunSince, recordRun } from '../../../../lib/ledger/upkeep/lastRun.ts';
import { MemoryScan } from '../../../support/memoryScan.ts';
import { MemoryTable } from '../../../support/memoryTable.ts';

const NOON = Date.parse('2026-11-27T12:00:00Z');
const MINUTE_MS = 60_000;

let history: MemoryTable;

beforeEach(() => {
  history = new MemoryTable(() => NOON);
});

const since = (sinceMs: number): Promise<boolean> =>
  hasRunSince({ history, historyScan: new MemoryScan(history) }, 'sweep', sinceMs);

it('has run since a time at which a run was recorded, or an earlier one', async () => {
  await recordRun(history, 'sweep', NOON - MINUTE_MS);
  await recordRun(history, 'sweep', NOON);
  await recordRun(history, 'prune', NOON + MINUTE_MS);
  expect([await since(NOON), await since(NOON + 1)]).toEqual([true, false]);
});

it('had nothing to do before there is an attempt that old', async () => {
  expect(await since(NOON)).toBe(true);
  const attempt = { rowKey: 'an-attempt', outcome: 'allocated' };
  await history.insert({ partitionKey: '2026-11-27T12', ...attempt });
  expect(await since(NOON)).toBe(true);
  await history.insert({ partitionKey: '2026-11-27T11', ...attempt });
  expect(await since(NOON)).toBe(false);
});
