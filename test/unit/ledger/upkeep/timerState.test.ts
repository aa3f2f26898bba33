import { type TimerState, timerState } from '../../../../lib/ledger/upkeep/timerState.ts';
import { moveWatermark, readWatermark } from '../../../../lib/ledger/upkeep/watermark.ts';
import { MemoryScan } from '../../../support/memoryScan.ts';
import { MemoryTable } from '../../../support/memoryTable.ts';

const NOON = Date.parse('2026-11-27T12:00:00Z');
const MINUTE_MS = 60_000;

let history: MemoryTable;

beforeEach(() => {
  history = new MemoryTable(() => NOON);
});

const stateAt = (dueMs: number): Promise<TimerState> =>
  timerState({ history, historyScan: new MemoryScan(history) }, 'sweep', dueMs);

async function endRun(work: 'sweep' | 'prune', atMs: number, behindHours: number): Promise<void> {
  const seen = await readWatermark(history, work, '2026-11-27T12');
  await moveWatermark(history, work, seen, { hour: '2026-11-27T11', again: [] }, { behindHours, atMs });
}

it('is late when the last run ended before one was due, and says how far that run was behind', async () => {
  await endRun('sweep', NOON - MINUTE_MS, 3);
  await endRun('sweep', NOON, 2);
  await endRun('prune', NOON + MINUTE_MS, 7);
  expect(await stateAt(NOON)).toEqual({ isLate: false, behindHours: 2 });
  expect(await stateAt(NOON + 1)).toEqual({ isLate: true, behindHours: 2 });
});

it('is not late before there is an attempt for which a run was due', async () => {
  expect(await stateAt(NOON)).toEqual({ isLate: false, behindHours: 0 });
  const attempt = { rowKey: 'an-attempt', outcome: 'allocated' };
  await history.insert({ partitionKey: '2026-11-27T12', ...attempt });
  expect(await stateAt(NOON)).toEqual({ isLate: false, behindHours: 0 });
  await history.insert({ partitionKey: '2026-11-27T11', ...attempt });
  expect(await stateAt(NOON)).toEqual({ isLate: true, behindHours: 0 });
});
