/** Where runs of `prune` go on in an hour that no run can finish, and how its row says so. */
import { historyKey } from '../../../../lib/ledger/history/historyKey.ts';
import { toRow } from '../../../../lib/ledger/sessions/sessionRow.ts';
import { StorageFault } from '../../../../lib/ledger/storageFault.ts';
import { prune } from '../../../../lib/ledger/upkeep/prune.ts';
import type { PruneReport } from '../../../../lib/ledger/upkeep/reports.ts';
import { guid } from '../../../support/historyRows.ts';
import { MemoryScan } from '../../../support/memoryScan.ts';
import { MemoryTable } from '../../../support/memoryTable.ts';
import { ANSWER, CLAIMED } from '../../../support/sessions.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';

const HOUR_MS = 3_600_000;
const BEGAN_MS = Date.parse('2026-11-22T08:00:00.000Z');
const NOW = '2026-11-23T10:00:00.000Z';
/** Two whole pages and half of another. */
const SESSIONS = 2_500;
/** A page takes 10 s: one fits into the sessions' first turn, and no more into their second. */
const SHORT_MS = 20_100;

let clock: VirtualClock;
let rows: Record<'sessions' | 'history' | 'quotas' | 'requests', MemoryTable>;
/** How often each session was read. */
let reads: number;
let readMs: number;
/** Sessions that storage fails. */
let failing: Set<string>;

beforeEach(async () => {
  clock = new VirtualClock('2026-11-22T08:59:00.000Z', { sleepPasses: true });
  const table = (): MemoryTable => new MemoryTable(() => clock.wallMs());
  rows = { sessions: table(), history: table(), quotas: table(), requests: table() };
  for (let number = 0; number < SESSIONS; number += 1) await allocate(number);
  clock = new VirtualClock(NOW, { sleepPasses: true });
  reads = 0;
  readMs = 10;
  failing = new Set();
  const read = rows.sessions.read.bind(rows.sessions);
  rows.sessions.read = async (partitionKey, rowKey) => {
    reads += 1;
    await clock.sleep(readMs);
    if (failing.has(partitionKey)) throw new StorageFault('read', 'sessions');
    return read(partitionKey, rowKey);
  };
});

/** One session a second, the first of them at eight o'clock; its attempt's row says no more than prune reads. */
async function allocate(number: number): Promise<void> {
  const sessionId = guid(number);
  const history = historyKey(BEGAN_MS + number * 1_000, sessionId, CLAIMED.attemptId);
  const session = { ...CLAIMED, ...ANSWER, state: 'allocated', sessionId, history } as const;
  await rows.sessions.insert(toRow(session, { clock, leaseMs: 2_500, sessionTtlMs: 24 * HOUR_MS }));
  await rows.history.insert({ ...history, sessionId });
}

const run = (mostMs = 60_000_000): Promise<PruneReport> =>
  prune(
    {
      ...rows,
      sessionScan: new MemoryScan(rows.sessions),
      historyScan: new MemoryScan(rows.history),
      quotaScan: new MemoryScan(rows.quotas),
      requestScan: new MemoryScan(rows.requests),
      clock,
      sessionTtlMs: 24 * HOUR_MS,
      retentionMs: 30 * 24 * HOUR_MS,
    },
    mostMs,
  );

const watermark = async (): Promise<Record<string, unknown>> =>
  (await rows.history.read('watermark', 'prune'))?.row ?? {};

const left = (): number => rows.sessions.rows.size;

it('is the row up to which the hour is done, and no session before it is read again', async () => {
  expect(await run(SHORT_MS)).toMatchObject({ watermark: '2026-11-22T08', behindHours: 1, bounded: true });
  const due = left();
  expect(due).toBeLessThan(1_500);
  // A page has the newest thousand: the last that is done began 1,500 s after the hour.
  const { rowKey } = historyKey(BEGAN_MS + 1_500_000, guid(1_500), CLAIMED.attemptId);
  expect(await watermark()).toMatchObject({
    hour: '2026-11-22T08',
    progress: `{"hour":"2026-11-22T08","row":"${rowKey}","again":[]}`,
    behindHours: 1,
  });
  reads = 0;
  expect(await run()).toMatchObject({ sessionsRemoved: due, watermark: '2026-11-22T09', behindHours: 0 });
  expect(reads).toBe(1_500);
  expect(left()).toBe(0);
});

it('is written down while a long run goes on, so that a killed one loses little', async () => {
  const remove = rows.sessions.remove.bind(rows.sessions);
  let removals = 0;
  rows.sessions.remove = (partitionKey, rowKey, etag) =>
    (removals += 1) > 1_400 ? Promise.reject(new Error('killed')) : remove(partitionKey, rowKey, etag);
  await expect(run()).rejects.toThrow('killed');
  rows.sessions.remove = remove;
  reads = 0;
  expect(await run()).toMatchObject({ sessionsRemoved: 1_100, watermark: '2026-11-22T09' });
  expect(reads).toBe(1_500);
});

it('of a version that knew only hours is understood: everything before the hour is done', async () => {
  await rows.history.insert({
    partitionKey: 'watermark',
    rowKey: 'prune',
    writeId: 'w',
    hour: '2026-11-22T09',
  });
  expect(await run()).toMatchObject({ sessionsRemoved: 0, sessionHours: 0, watermark: '2026-11-22T09' });
  expect(left()).toBe(SESSIONS);
});

it('says to such a version where the first row is that must be looked at again', async () => {
  failing.add(guid(2_499));
  await run();
  const { rowKey } = historyKey(BEGAN_MS + 1_500_000, guid(1_500), CLAIMED.attemptId);
  const again = `[{"hour":"2026-11-22T08","beforeRow":"${rowKey}!"}]`;
  expect(await watermark()).toMatchObject({
    hour: '2026-11-22T08',
    progress: `{"hour":"2026-11-22T09","again":${again}}`,
    behindHours: 0,
  });
  failing.clear();
  reads = 0;
  expect(await run()).toMatchObject({ sessionsRemoved: 1, watermark: '2026-11-22T09' });
  expect(reads).toBe(1_000);
});

it.each([
  ['turned back by hand', { hour: '2026-11-22T08' }],
  ['spoilt', { hour: '2026-11-22T08', progress: '{"hour":5}' }],
  ['cut', { hour: '2026-11-22T08', progress: '{"hour":"2026-11-22T09","again":[' }],
])('that was %s is passed by no row', async (_how, cells) => {
  await run(SHORT_MS);
  const due = left();
  expect(due).toBeGreaterThan(0);
  const stored = await rows.history.read('watermark', 'prune');
  if (stored === undefined) throw new Error('no watermark');
  await rows.history.replace(
    { ...stored.row, progress: '{"hour":"2026-11-22T09","again":[]}', ...cells },
    stored.etag,
  );
  expect(await run()).toMatchObject({ sessionsRemoved: due, watermark: '2026-11-22T09' });
  expect(left()).toBe(0);
});

it('of two runs side by side is one of theirs, and nothing falls between them', async () => {
  failing.add(guid(3));
  await Promise.all([run(), run(), run(SHORT_MS)]);
  expect(left()).toBeGreaterThan(0);
  failing.clear();
  await run();
  expect(left()).toBe(0);
  expect((await watermark())['hour']).toBe('2026-11-22T09');
});

it('leaves half of the time to what is new, however much is looked at again', async () => {
  // Storage fails one session of each page, and then it is slow: looking again alone takes more than the run has.
  failing.add(guid(2_499)).add(guid(0));
  await run();
  for (let number = 3_000; number < 3_010; number += 1) await allocateAt(number, '2026-11-22T09:00:00.000Z');
  clock = new VirtualClock('2026-11-23T12:00:00.000Z', { sleepPasses: true });
  readMs = 100;
  expect(await run(40_000)).toMatchObject({
    sessionsRemoved: 10,
    watermark: '2026-11-22T08',
    bounded: false,
  });
  failing.clear();
  expect(await run()).toMatchObject({ sessionsRemoved: 2, watermark: '2026-11-22T11' });
});

async function allocateAt(number: number, began: string): Promise<void> {
  const before = clock;
  clock = new VirtualClock(began, { sleepPasses: true });
  const sessionId = guid(number);
  const history = historyKey(Date.parse(began), sessionId, CLAIMED.attemptId);
  const session = { ...CLAIMED, ...ANSWER, state: 'allocated', sessionId, history } as const;
  await rows.sessions.insert(toRow(session, { clock, leaseMs: 2_500, sessionTtlMs: 24 * HOUR_MS }));
  await rows.history.insert({ ...history, sessionId });
  clock = before;
}
