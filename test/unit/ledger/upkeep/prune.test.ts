import { StorageFault } from '../../../../lib/ledger/storageFault.ts';
import type { PartitionScan } from '../../../../lib/ledger/tables/partitionScan.ts';
import { prune } from '../../../../lib/ledger/upkeep/prune.ts';
import type { PruneReport } from '../../../../lib/ledger/upkeep/reports.ts';
import { TableHistory } from '../../../../lib/ledger/history/tableHistory.ts';
import { TableLedger } from '../../../../lib/ledger/sessions/tableLedger.ts';
import { TableHints } from '../../../../lib/ledger/sessions/tableHints.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { guid, opening } from '../../../support/historyRows.ts';
import { LossyTable } from '../../../support/lossyTable.ts';
import { HesitantScan, MemoryScan } from '../../../support/memoryScan.ts';
import { MemoryTable } from '../../../support/memoryTable.ts';
import { claim as claimSeen } from '../../../support/claiming.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ANSWER = { body: '{"status":"allocated"}', region: 'WestUS', hostName: 'a.cloudapp.net' };
const SOON = Number.MAX_SAFE_INTEGER;

let nowMs: number;
let clock: VirtualClock;
let rows: Record<'sessions' | 'history' | 'quotas' | 'requests', MemoryTable>;
let sessions: LossyTable;
let historyScan: PartitionScan;

beforeEach(() => {
  at('2026-11-22T08:15:30.250Z');
  const table = (): MemoryTable => new MemoryTable(() => nowMs);
  rows = { sessions: table(), history: table(), quotas: table(), requests: table() };
  sessions = new LossyTable(rows.sessions);
  historyScan = new HesitantScan(new MemoryScan(rows.history));
});

/** Sets every clock. */
function at(time: string): void {
  nowMs = Date.parse(time);
  clock = new VirtualClock(time);
}

const run = (
  over: { ttlHours?: number; retentionDays?: number; mostMs?: number } = {},
): Promise<PruneReport> =>
  prune(
    {
      sessions,
      sessionScan: new MemoryScan(rows.sessions),
      history: rows.history,
      historyScan,
      quotas: rows.quotas,
      quotaScan: new MemoryScan(rows.quotas),
      requestScan: new MemoryScan(rows.requests),
      clock,
      sessionTtlMs: (over.ttlHours ?? 24) * HOUR_MS,
      retentionMs: (over.retentionDays ?? 30) * DAY_MS,
    },
    over.mostMs ?? 60_000,
  );

/** A row of the history alone, at this instant. */
const attempt = async (claimedAt: string, number: number): Promise<void> => {
  await new TableHistory(rows.history).open(opening(claimedAt, number));
};

/** A session claimed at this instant, with its attempt's row; settled `settledAfterMs` later, or not at all. */
async function session(claimedAt: string, number: number, settledAfterMs?: number): Promise<string> {
  at(claimedAt);
  const sessionId = guid(number);
  const ledger = new TableLedger({ sessions: rows.sessions, clock, leaseMs: 11_000, sessionTtlMs: DAY_MS });
  const result = await claimSeen(
    ledger,
    { sessionId, gameMode: 'duel', fleet: 'sessionhosts' },
    await ledger.read(sessionId),
  );
  if (result.kind !== 'claimed') throw new Error('expected a claim');
  const { claim } = result;
  await new TableHistory(rows.history).open(
    opening(claimedAt, number, { sessionId, attemptId: claim.session.attemptId, key: claim.session.history }),
  );
  if (settledAfterMs !== undefined) {
    await clock.advance(settledAfterMs);
    nowMs += settledAfterMs;
    await claim.settle(ANSWER, SOON);
  }
  return sessionId;
}

/** Writes cells into the session's row, as people do with Storage Explorer. */
async function change(sessionId: string, cells: Record<string, string | boolean>): Promise<void> {
  const stored = await rows.sessions.read(sessionId, 'session');
  if (stored === undefined) throw new Error('no such session');
  const { writtenAtMs } = stored;
  await rows.sessions.replace({ ...stored.row, ...cells }, stored.etag);
  const [key, changed] = [...rows.sessions.rows].find(([, { row }]) => row.partitionKey === sessionId) ?? [];
  if (key !== undefined && changed !== undefined) rows.sessions.rows.set(key, { ...changed, writtenAtMs });
}

/** Storage fails the next operations on this session. */
function failing(sessionId: string, times: number): void {
  let left = times;
  const table = new LossyTable(rows.sessions);
  const isFailing = (partitionKey: string): boolean => partitionKey === sessionId && (left -= 1) >= 0;
  const fault = (operation: string) => Promise.reject(new StorageFault(operation, 'sessions'));
  sessions.read = (key, row) => (isFailing(key) ? fault('read') : table.read(key, row));
  sessions.remove = (key, row, etag) => (isFailing(key) ? fault('delete') : table.remove(key, row, etag));
}

/** Two callers' measurements, left for the session's holder. */
async function leaveHints(sessionId: string): Promise<void> {
  await change(sessionId, { gathering: false });
  const scan = new MemoryScan(rows.sessions);
  const hints = new TableHints({ sessions: rows.sessions, scan, clock, sessionTtlMs: DAY_MS });
  for (const key of ['a', 'b']) {
    await hints.add({ sessionId, generation: 1 }, { key, instance: 'one', players: [] });
  }
}

const hours = (): string[] =>
  [...new Set([...rows.history.rows.values()].map(({ row }) => row.partitionKey))]
    .filter((hour) => hour !== 'watermark')
    .sort();

const isKept = async (sessionId: string): Promise<boolean> =>
  (await rows.sessions.read(sessionId, 'session')) !== undefined;

describe('the counts of requests', () => {
  const left = (): string[] => [...rows.requests.rows.values()].map(({ row }) => row.partitionKey).sort();

  beforeEach(async () => {
    for (const hour of ['2026-10-23T07', '2026-10-23T08']) {
      await rows.requests.insert({ partitionKey: hour, rowKey: 'a-minute' });
    }
  });

  it('lose the hours that are past retention', async () => {
    at('2026-11-22T08:59:59.999Z');
    await run();
    expect(left()).toEqual(['2026-10-23T08']);
  });

  it('are no part of what the history is kept for', async () => {
    await session('2026-10-23T06:00:00.000Z', 1, 2_000);
    at('2026-11-22T08:59:59.999Z');
    await run({ ttlHours: 1_440 });
    expect(left()).toEqual(['2026-10-23T08']);
  });
});

describe('the history', () => {
  beforeEach(async () => {
    await attempt('2026-10-23T06:59:59.999Z', 1);
    await attempt('2026-10-23T07:00:00.000Z', 2);
    await attempt('2026-10-23T07:59:59.999Z', 3);
    await attempt('2026-10-23T08:00:00.000Z', 4);
    await attempt('2026-11-22T07:00:00.000Z', 5);
  });

  it('loses the hours that are past retention as a whole, and no other', async () => {
    at('2026-11-22T07:59:59.999Z');
    expect(await run()).toMatchObject({ historyRowsRemoved: 1, historyFrom: '2026-10-23T07' });
    expect(hours()).toEqual(['2026-10-23T07', '2026-10-23T08', '2026-11-22T07']);
    at('2026-11-22T08:00:00.000Z');
    expect(await run()).toMatchObject({ historyRowsRemoved: 2, historyFrom: '2026-10-23T08' });
    expect(hours()).toEqual(['2026-10-23T08', '2026-11-22T07']);
  });

  it('keeps an hour for as long as sessions that it names may live, even past retention', async () => {
    at('2026-11-22T08:00:00.000Z');
    expect(await run({ retentionDays: 1, ttlHours: 720 })).toMatchObject({ historyFrom: '2026-10-23T07' });
    expect(hours()).toEqual(['2026-10-23T07', '2026-10-23T08', '2026-11-22T07']);
  });

  it('keeps the watermarks', async () => {
    at('2026-11-22T08:00:00.000Z');
    await run();
    expect((await rows.history.read('watermark', 'prune'))?.row).toMatchObject({ hour: '2026-11-21T07' });
  });

  it('goes in several runs when time is short', async () => {
    at('2026-11-22T08:00:00.000Z');
    expect(await run({ mostMs: 0 })).toMatchObject({ historyRowsRemoved: 0, bounded: true });
    expect(await run()).toMatchObject({ historyRowsRemoved: 3, bounded: false });
  });
});

describe('a run that was killed half-way', () => {
  beforeEach(async () => {
    for (let number = 1; number <= 250; number += 1) await attempt('2026-10-01T08:00:00.000Z', number);
    await attempt('2026-10-01T09:00:00.000Z', 251);
    await attempt('2026-11-22T07:00:00.000Z', 252);
    at('2026-11-22T08:00:00.000Z');
  });

  it.each([
    [0, 252],
    [1, 152],
    [2, 52],
    [3, 2],
  ])('after %d deletions, with %d rows left, is finished by the next', async (deletions, left) => {
    const whole = historyScan;
    historyScan = dyingAfter(deletions, whole);
    await expect(run()).rejects.toThrow('killed');
    // The watermark is a row, too.
    expect(rows.history.rows.size - 1).toBe(left);
    historyScan = whole;
    expect(await run()).toMatchObject({ bounded: false });
    expect(hours()).toEqual(['2026-11-22T07']);
  });

  it('finishes although an answer was lost', async () => {
    const whole = historyScan;
    let lost = false;
    historyScan = {
      ...bound(whole),
      removeRows: async (partitionKey, rowKeys) => {
        const result = await whole.removeRows(partitionKey, rowKeys);
        // What repeats a deletion that was done finds nothing to delete.
        return lost ? result : ((lost = true), whole.removeRows(partitionKey, rowKeys));
      },
    };
    await run();
    expect(hours()).toEqual(['2026-11-22T07']);
  });

  it('gives up when it can delete nothing, rather than trying for ever', async () => {
    const whole = historyScan;
    historyScan = { ...bound(whole), removeRows: () => Promise.resolve({ ok: false }) };
    const reason = 'delete on table history: another run keeps deleting the same rows';
    // 2026-10-01T08 is 528 hours older than the first that stays.
    const expected = { historyRowsRemoved: 0, faults: 2, reason, behindHours: 528, bounded: true };
    expect(await run()).toMatchObject(expected);
    historyScan = whole;
    expect(await run()).toMatchObject({ historyRowsRemoved: 251, faults: 0, behindHours: 0, bounded: false });
  });
});

describe('a session whose row cannot be read', () => {
  let spoilt: string;

  beforeEach(async () => {
    spoilt = await session('2026-11-22T08:15:30.250Z', 1, 2_000);
    await session('2026-11-22T08:20:00.000Z', 2, 2_000);
    await session('2026-11-22T09:15:30.250Z', 3, 2_000);
    await change(spoilt, { state: 'paused' });
  });

  it('costs itself alone: the others go, and the run passes its hour', async () => {
    at('2026-11-23T11:00:00.000Z');
    expect(await run()).toMatchObject({
      sessionsRemoved: 2,
      unreadableSessions: 1,
      reason: `read on table sessions: row ${spoilt} holds no usable state`,
      watermark: '2026-11-22T10',
    });
    expect(await isKept(spoilt)).toBe(true);
    at('2026-11-23T12:00:00.000Z');
    expect(await run()).toMatchObject({ unreadableSessions: 0, watermark: '2026-11-22T11' });
  });

  it('does not keep the history', async () => {
    at('2026-12-22T10:00:00.000Z');
    expect(await run()).toMatchObject({ historyRowsRemoved: 3, historyFrom: '2026-11-22T10' });
  });

  it('is counted once, and goes once somebody has repaired it', async () => {
    at('2026-12-01T10:00:00.000Z');
    expect(await run()).toMatchObject({ sessionsRemoved: 2, unreadableSessions: 1 });
    await change(spoilt, { state: 'allocated' });
    at('2026-12-08T10:00:00.000Z');
    expect(await run()).toMatchObject({ straySessionsRemoved: 1, unreadableSessions: 0 });
    expect(await isKept(spoilt)).toBe(false);
  });
});

describe('what callers have left', () => {
  const left = (): string[] => [...rows.sessions.rows.values()].map(({ row }) => row.rowKey).sort();

  it('goes with its session, and not before', async () => {
    await leaveHints(await session('2026-11-22T08:15:30.250Z', 1, 2_000));
    at('2026-11-23T08:16:00.000Z');
    await run();
    expect(left()).toEqual(['hints_1_a', 'hints_1_b', 'session']);
    at('2026-11-23T11:00:00.000Z');
    expect(await run()).toMatchObject({ sessionsRemoved: 1 });
    expect(left()).toEqual([]);
  });

  it('is gone before its session is, so that a run which dies in between finds both again', async () => {
    await leaveHints(await session('2026-11-22T08:15:30.250Z', 1, 2_000));
    at('2026-11-23T11:00:00.000Z');
    // A run tries four times.
    for (let tries = 0; tries < 4; tries += 1) sessions.lose('remove', 'down');
    expect(await run()).toMatchObject({ sessionsRemoved: 0, faults: 1 });
    expect(left()).toEqual(['session']);
    expect(await run()).toMatchObject({ sessionsRemoved: 1 });
    expect(left()).toEqual([]);
  });

  it('is not looked for where nobody was gathered', async () => {
    await session('2026-11-22T08:15:30.250Z', 1, 2_000);
    at('2026-11-23T11:00:00.000Z');
    const page = jest.spyOn(MemoryScan.prototype, 'page');
    await run();
    const asked = page.mock.calls.map(([{ partitionKey }]) => partitionKey);
    expect(asked).not.toContain(guid(1));
    page.mockRestore();
  });
});

describe('what is no hour', () => {
  beforeEach(async () => {
    await session('2026-11-22T08:15:30.250Z', 1, 2_000);
    at('2026-11-23T10:00:00.000Z');
  });

  it.each([['yesterday'], ['2026-11-31T08'], ['9999-01-01T00'], [''], [5], [undefined]])(
    'in the watermark, %p, is overwritten by a run over everything',
    async (hour) => {
      await rows.history.insert({ partitionKey: 'watermark', rowKey: 'prune', writeId: 'w', hour });
      expect(await run()).toMatchObject({ sessionsRemoved: 1, watermark: '2026-11-22T09' });
      expect((await rows.history.read('watermark', 'prune'))?.row['hour']).toBe('2026-11-22T09');
    },
  );

  it.each(['2026', '2026-11-22T08x', '1', '2026-11-22'])(
    'among the partitions, %s, is passed over',
    async (partitionKey) => {
      await rows.history.insert({ partitionKey, rowKey: 'row', writeId: 'w', sessionId: guid(1) });
      expect(await run()).toMatchObject({ sessionsRemoved: 1, sessionHours: 1, watermark: '2026-11-22T09' });
    },
  );

  it('and a name that is no GUID, are not looked up', async () => {
    const key = { partitionKey: '2026-11-22T08', rowKey: '0' };
    await rows.history.insert({ ...key, writeId: 'w', sessionId: 'a/b' });
    expect(await run()).toMatchObject({ sessionsRemoved: 1 });
    expect(sessions.seen.filter((operation) => operation === 'read')).toHaveLength(1);
  });
});

describe('a session', () => {
  it('goes once it has expired, an hour and a margin later at the earliest', async () => {
    const sessionId = await session('2026-11-22T08:15:30.250Z', 1, 2_000);
    at('2026-11-23T09:59:59.999Z');
    expect(await run()).toMatchObject({ sessionsRemoved: 0, watermark: '2026-11-22T08' });
    expect(await isKept(sessionId)).toBe(true);
    at('2026-11-23T10:00:00.000Z');
    expect(await run()).toMatchObject({ sessionsRemoved: 1, sessionHours: 1, watermark: '2026-11-22T09' });
    expect(await isKept(sessionId)).toBe(false);
    expect(hours()).toEqual(['2026-11-22T08']);
  });

  it('that was claimed and never settled goes, too', async () => {
    const sessionId = await session('2026-11-22T08:15:30.250Z', 1);
    at('2026-11-23T10:00:00.000Z');
    expect(await run()).toMatchObject({ sessionsRemoved: 1 });
    expect(await isKept(sessionId)).toBe(false);
  });

  it('that settled much later stays until it has expired, and its hour is looked at again', async () => {
    const sessionId = await session('2026-11-22T08:15:30.250Z', 1, 5 * HOUR_MS);
    await session('2026-11-22T09:15:30.250Z', 2, 2_000);
    at('2026-11-23T13:16:30.000Z');
    expect(await run()).toMatchObject({ sessionsRemoved: 1, watermark: '2026-11-22T08' });
    expect(await isKept(sessionId)).toBe(true);
    at('2026-11-23T13:16:32.000Z');
    expect(await run()).toMatchObject({ sessionsRemoved: 1, watermark: '2026-11-22T12' });
    expect(await isKept(sessionId)).toBe(false);
  });

  it('that was allocated anew is left to the hour of its last attempt', async () => {
    const sessionId = await session('2026-11-22T08:15:30.250Z', 1, 2_000);
    await session('2026-11-23T08:30:00.000Z', 1, 2_000);
    at('2026-11-23T10:00:00.000Z');
    expect(await run()).toMatchObject({ sessionsRemoved: 0, watermark: '2026-11-22T09' });
    at('2026-11-24T10:00:00.000Z');
    expect(await run()).toMatchObject({ sessionsRemoved: 1 });
    expect(await isKept(sessionId)).toBe(false);
  });

  it('that is started anew at the same moment stays', async () => {
    const sessionId = await session('2026-11-22T08:15:30.250Z', 1, 2_000);
    at('2026-11-23T10:00:00.000Z');
    sessions.before('remove', () => session('2026-11-23T10:00:00.000Z', 1));
    expect(await run()).toMatchObject({ sessionsRemoved: 0 });
    expect(await isKept(sessionId)).toBe(true);
  });

  it('is not forgotten because the table cannot be read', async () => {
    const sessionId = await session('2026-11-22T08:15:30.250Z', 1, 2_000);
    await session('2026-11-22T08:16:00.000Z', 2, 2_000);
    at('2026-11-23T10:00:00.000Z');
    // Once with the others, and three times after them.
    failing(sessionId, 4);
    expect(await run()).toMatchObject({
      ...{ sessionsRemoved: 1, faults: 1, watermark: '2026-11-22T08', behindHours: 0, bounded: false },
      reason: 'read on table sessions: no answer',
    });
    expect(await isKept(sessionId)).toBe(true);
    expect(await run()).toMatchObject({ sessionsRemoved: 1, faults: 0, watermark: '2026-11-22T09' });
    expect(await isKept(sessionId)).toBe(false);
  });

  it('is tried again in the same run where storage fails it for a moment', async () => {
    const sessionId = await session('2026-11-22T08:15:30.250Z', 1, 2_000);
    at('2026-11-23T10:00:00.000Z');
    failing(sessionId, 3);
    expect(await run()).toMatchObject({ sessionsRemoved: 1, faults: 0, watermark: '2026-11-22T09' });
  });

  it('that storage always fails holds neither the sessions after it nor the history', async () => {
    const stuck = await session('2026-11-22T08:15:30.250Z', 1, 2_000);
    await session('2026-11-22T09:15:30.250Z', 2, 2_000);
    at('2026-12-22T10:00:00.000Z');
    failing(stuck, Number.MAX_SAFE_INTEGER);
    expect(await run()).toMatchObject({ sessionsRemoved: 1, historyRowsRemoved: 2, faults: 2 });
    // No hour names it any more; the look for strays needs none.
    failing(stuck, 0);
    at('2026-12-29T10:00:00.000Z');
    expect(await run()).toMatchObject({ straySessionsRemoved: 1 });
  });

  it('of a run that was killed half-way goes with the next', async () => {
    for (let number = 1; number <= 20; number += 1) await session('2026-11-22T08:15:30.250Z', number, 2_000);
    at('2026-11-23T10:00:00.000Z');
    sessions.before('remove', () => Promise.reject(new Error('killed')));
    await expect(run()).rejects.toThrow('killed');
    expect(rows.sessions.rows.size).toBeGreaterThan(0);
    expect(await run()).toMatchObject({ watermark: '2026-11-22T09' });
    expect(rows.sessions.rows.size).toBe(0);
  });
});

const bound = (scan: PartitionScan): PartitionScan => ({
  page: (request) => scan.page(request),
  pageOlder: (request) => scan.pageOlder(request),
  nextPartition: (from, before) => scan.nextPartition(from, before),
  removeRows: (partitionKey, rowKeys) => scan.removeRows(partitionKey, rowKeys),
});

/** As if the process were killed: nothing happens after this many deletions. */
function dyingAfter(deletions: number, scan: PartitionScan): PartitionScan {
  let left = deletions;
  return {
    ...bound(scan),
    removeRows: (partitionKey, rowKeys) => {
      if (left === 0) return Promise.reject(new Error('killed'));
      left -= 1;
      return scan.removeRows(partitionKey, rowKeys);
    },
  };
}
