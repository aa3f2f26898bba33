import { randomUUID } from 'node:crypto';
import { StorageFault } from '../../../../lib/ledger/storageFault.ts';
import type { OpenAttempt } from '../../../../lib/ledger/history/history.ts';
import type { Claim } from '../../../../lib/ledger/sessions/ledger.ts';
import type { SweepReport } from '../../../../lib/ledger/upkeep/reports.ts';
import { sweep } from '../../../../lib/ledger/upkeep/sweep.ts';
import { TableHistory } from '../../../../lib/ledger/history/tableHistory.ts';
import { TableLedger } from '../../../../lib/ledger/sessions/tableLedger.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { ALLOCATED, opening } from '../../../support/historyRows.ts';
import { LossyTable } from '../../../support/lossyTable.ts';
import { HesitantScan, MemoryScan } from '../../../support/memoryScan.ts';
import { MemoryTable } from '../../../support/memoryTable.ts';
import { claim as claimSeen } from '../../../support/claiming.ts';
import { noFleet } from '../../../support/noFleet.ts';

const HOUR_MS = 3_600_000;
const LEASE_MS = 11_000;
const ANSWER = { body: '{"status":"allocated"}', region: 'NorthEurope', hostName: 'b.cloudapp.net' };
const SOON = Number.MAX_SAFE_INTEGER;

interface Attempt {
  readonly claim: Claim;
  readonly entry: OpenAttempt;
}

let clock: VirtualClock;
let rows: { sessions: MemoryTable; history: MemoryTable };
let sessions: LossyTable;
let history: LossyTable;
let ledger: TableLedger;

beforeEach(() => {
  clock = new VirtualClock('2026-11-22T08:15:30.250Z');
  rows = {
    sessions: new MemoryTable(() => clock.wallMs()),
    history: new MemoryTable(() => clock.wallMs()),
  };
  sessions = new LossyTable(rows.sessions);
  history = new LossyTable(rows.history);
  ledger = new TableLedger({ sessions, clock, leaseMs: LEASE_MS, sessionTtlMs: 24 * HOUR_MS });
});

/** Claims the session and opens the attempt's row, as an instance does before it asks the fleet. */
async function begin(sessionId: string = randomUUID()): Promise<Attempt> {
  const result = await claimSeen(
    ledger,
    { sessionId, gameMode: 'duel', fleet: 'sessionhosts', cookie: 'opaque' },
    await ledger.read(sessionId),
  );
  if (result.kind !== 'claimed') throw new Error('expected a claim');
  const { claim } = result;
  const { attemptId, history: key } = claim.session;
  const over = { sessionId, attemptId, key, previous: claim.previousHistory };
  const row = opening(new Date(claim.session.claimedAtMs).toISOString(), 1, over);
  return { claim, entry: await new TableHistory(history).open(row) };
}

const run = (everything = true, mostMs = 60_000): Promise<SweepReport> =>
  sweep(
    { sessions, history, historyScan: scan(), clock, teller: noFleet, retentionMs: 30 * 24 * HOUR_MS },
    { everything, mostMs },
  );

const scan = (): HesitantScan => new HesitantScan(new MemoryScan(rows.history));

async function rowOf({ claim }: Attempt): Promise<Record<string, unknown> | undefined> {
  return (await rows.history.read(claim.session.history.partitionKey, claim.session.history.rowKey))?.row;
}

describe('an attempt that died', () => {
  it('is closed as unknown, and its session is free with its cookie and the host that may exist', async () => {
    const dead = await begin();
    await clock.advance(60_000);
    expect(await run()).toMatchObject({ open: 1, unknown: 1, fenced: 1, alive: 0, faults: 0 });
    expect(await rowOf(dead)).toMatchObject({
      outcome: 'unknown',
      closedBy: 'sweep',
      closedAt: new Date('2026-11-22T08:16:30.250Z'),
      locations: '["West US","North Europe"]',
    });
    const record = await ledger.read(dead.claim.session.sessionId);
    expect(record).toMatchObject({ state: 'released', maybeStarted: true, cookie: 'opaque' });
  });

  it('after its answer was recorded is closed as allocated, at the time at which it was', async () => {
    const dead = await begin();
    await clock.advance(2_000);
    await dead.claim.settle(ANSWER, SOON);
    await clock.advance(60_000);
    expect(await run()).toMatchObject({ allocated: 1, unknown: 0, fenced: 0 });
    expect(await rowOf(dead)).toMatchObject({
      outcome: 'allocated',
      region: 'NorthEurope',
      hostName: 'b.cloudapp.net',
      preferenceRank: 2,
      closedAt: new Date('2026-11-22T08:15:32.250Z'),
    });
    expect(await ledger.read(dead.claim.session.sessionId)).toMatchObject({ state: 'allocated', ...ANSWER });
  });

  it('and was taken over is closed as unknown, whatever came of the session', async () => {
    const dead = await begin();
    await clock.advance(60_000);
    const taker = await begin(dead.claim.session.sessionId);
    await taker.claim.settle(ANSWER, SOON);
    await taker.entry.close(ALLOCATED);
    expect(await run()).toMatchObject({ open: 1, unknown: 1, fenced: 0 });
    expect(await rowOf(dead)).toMatchObject({ outcome: 'unknown' });
    expect(await rowOf(taker)).toMatchObject({ outcome: 'allocated' });
  });

  it('and was taken over is closed while whoever took over goes on', async () => {
    const dead = await begin();
    await clock.advance(60_000);
    const taker = await begin(dead.claim.session.sessionId);
    expect(await run()).toMatchObject({ open: 2, unknown: 1, alive: 1, fenced: 0 });
    expect(await rowOf(dead)).toMatchObject({ outcome: 'unknown' });
    expect(await taker.claim.renew()).toBe(true);
  });

  it('and whose session is gone is closed as unknown', async () => {
    const dead = await begin();
    await dead.claim.release('never-asked');
    expect(await ledger.read(dead.claim.session.sessionId)).toBeUndefined();
    expect(await run()).toMatchObject({ unknown: 1, fenced: 0 });
  });

  it('after it released its session is closed, and the release stands', async () => {
    const dead = await begin();
    await dead.claim.release('maybe-started');
    const before = await ledger.read(dead.claim.session.sessionId);
    expect(await run()).toMatchObject({ open: 1, unknown: 1, fenced: 0 });
    expect(await ledger.read(dead.claim.session.sessionId)).toEqual(before);
  });
});

describe('an attempt whose session’s row cannot be read', () => {
  const change = async ({ claim }: Attempt, cells: Record<string, string | number>): Promise<void> => {
    const stored = await rows.sessions.read(claim.session.sessionId, 'session');
    if (stored === undefined) throw new Error('no such session');
    await rows.sessions.replace({ ...stored.row, ...cells }, stored.etag);
  };

  it('stays open and is a fault, and the others are closed', async () => {
    const [spoilt, dead] = [await begin(), await begin()];
    await change(spoilt, { leaseMs: 'soon' });
    const before = [...rows.sessions.rows.values()].find(
      ({ row }) => row.partitionKey === spoilt.claim.session.sessionId,
    );
    await clock.advance(60_000);
    expect(await run()).toMatchObject({
      ...{ open: 2, unknown: 1, faults: 1, fenced: 1 },
      reason: `read on table sessions: row ${spoilt.claim.session.sessionId} holds no usable leaseMs`,
    });
    expect(await rowOf(spoilt)).toMatchObject({ outcome: 'open' });
    expect(await rowOf(dead)).toMatchObject({ outcome: 'unknown' });
    expect([...rows.sessions.rows.values()]).toContain(before);
  });

  it('does not hold the watermark, and is closed by hand once the row is repaired', async () => {
    const spoilt = await begin();
    await change(spoilt, { state: 'paused' });
    await clock.advance(4 * HOUR_MS);
    expect(await run(false)).toMatchObject({ faults: 1, watermark: '2026-11-22T10' });
    expect(await run(false)).toMatchObject({ open: 0, faults: 0 });
    await change(spoilt, { state: 'claimed' });
    await clock.advance(60_000);
    expect(await run(true)).toMatchObject({ unknown: 1, faults: 0 });
    expect(await rowOf(spoilt)).toMatchObject({ outcome: 'unknown' });
  });

  it.each([
    ['sessionId', 'a/b'],
    ['sessionId', ''],
    ['attemptId', 5],
  ])('nor does one whose own row holds an unusable %s', async (cell, value) => {
    const live = await begin();
    const { partitionKey, rowKey } = live.claim.session.history;
    const stored = await rows.history.read(partitionKey, rowKey);
    await rows.history.replace({ ...stored?.row, partitionKey, rowKey, [cell]: value }, stored?.etag ?? '');
    expect(await run()).toMatchObject({
      ...{ open: 1, faults: 1, fenced: 0, unknown: 0 },
      reason: `read on table history: row ${partitionKey} ${rowKey} holds no usable ${cell}`,
    });
    expect(await rowOf(live)).toMatchObject({ outcome: 'open' });
  });
});

it.each([['no hour'], ['9999-01-01T00'], [8]])('a watermark of %p hides nothing', async (hour) => {
  await begin();
  await rows.history.insert({ partitionKey: 'watermark', rowKey: 'sweep', writeId: 'w', hour });
  await clock.advance(60_000);
  expect(await run(false)).toMatchObject({ unknown: 1, watermark: '2026-11-22T06' });
  expect((await rows.history.read('watermark', 'sweep'))?.row['hour']).toBe('2026-11-22T06');
});

it('a partition that is no hour is passed over', async () => {
  await rows.history.insert({ partitionKey: '2026-11-22T0', rowKey: 'row', writeId: 'w', outcome: 'open' });
  await begin();
  await clock.advance(60_000);
  expect(await run()).toMatchObject({ hours: 1, open: 1, unknown: 1 });
});

describe('a live attempt', () => {
  it('is left alone for as long as its lease runs', async () => {
    const live = await begin();
    const [before] = [...rows.sessions.rows.values()];
    await clock.advance(LEASE_MS - 1);
    expect(await run()).toMatchObject({ open: 1, alive: 1, unknown: 0, fenced: 0 });
    expect([...rows.sessions.rows.values()]).toEqual([before]);
    expect(await rowOf(live)).toMatchObject({ outcome: 'open' });
  });

  it('is left to the callers who wait for it, for 2 s after its lease', async () => {
    await begin();
    // The storage service tells its time in whole seconds, cut off: 08:15:43.250 is told as 08:15:43.
    await clock.advance(LEASE_MS + 2_000);
    expect(await run()).toMatchObject({ alive: 1 });
    await clock.advance(1_000);
    expect(await run()).toMatchObject({ unknown: 1 });
  });

  it('that renews at the same moment keeps its session', async () => {
    const live = await begin();
    await clock.advance(60_000);
    sessions.before('replace', () => live.claim.renew());
    expect(await run()).toMatchObject({ alive: 1, fenced: 0, unknown: 0 });
    expect(await rowOf(live)).toMatchObject({ outcome: 'open' });
    expect(await live.claim.settle(ANSWER, SOON)).toMatchObject({ kind: 'settled' });
  });

  it('that closes its row at the same moment is believed', async () => {
    const live = await begin();
    await clock.advance(60_000);
    history.before('replace', () => live.entry.close(ALLOCATED));
    expect(await run()).toMatchObject({ closedThemselves: 1, unknown: 0 });
    expect(await rowOf(live)).toMatchObject({ outcome: 'allocated', fleetCalls: 1 });
  });
});

describe('an attempt that was frozen and comes back', () => {
  it('finds its lease gone, and may not ask', async () => {
    const frozen = await begin();
    await clock.advance(60_000);
    await run();
    expect(await frozen.claim.renew()).toBe(false);
  });

  it('settles the answer that it had, and rewrites its row', async () => {
    const frozen = await begin();
    await clock.advance(60_000);
    await run();
    expect(await frozen.claim.settle(ANSWER, SOON)).toMatchObject({ kind: 'settled' });
    await frozen.entry.close(ALLOCATED);
    const row = await rowOf(frozen);
    expect(row).toMatchObject({ outcome: 'allocated', fleetMs: 710, hostName: 'a1.cloudapp.net' });
    expect(row).not.toHaveProperty('closedBy');
    expect(await run()).toMatchObject({ open: 0 });
  });
});

describe('when the storage service fails', () => {
  it('leaves the row to the next run, and does not pass its hour', async () => {
    const dead = await begin();
    const other = await begin();
    await clock.advance(5 * HOUR_MS);
    sessions.lose('read', 'down');
    expect(await run()).toMatchObject({ open: 2, unknown: 1, faults: 1, watermark: '2026-11-22T08' });
    expect(await run(false)).toMatchObject({ open: 1, unknown: 1, faults: 0, watermark: '2026-11-22T11' });
    expect(await rowOf(dead)).toMatchObject({ outcome: 'unknown' });
    expect(await rowOf(other)).toMatchObject({ outcome: 'unknown' });
  });

  it.each(['lost', 'repeated'] as const)(
    'knows its own fence and its own closing again (%s)',
    async (loss) => {
      await begin();
      await clock.advance(60_000);
      sessions.lose('replace', loss);
      history.lose('replace', loss);
      expect(await run()).toMatchObject({ unknown: 1, fenced: 1, faults: 0 });
    },
  );

  it('says so when it cannot read how far it has come', async () => {
    await begin();
    history.lose('read', 'down', 4);
    await expect(run()).rejects.toThrow(StorageFault);
  });
});

describe('the watermark', () => {
  it('passes hours that ended two hours ago, and stays before one with an open row', async () => {
    const first = await begin();
    await clock.advance(HOUR_MS);
    expect(await run(false)).toMatchObject({
      fromHour: '2026-10-23T09',
      watermark: '2026-11-22T07',
      hours: 1,
    });
    await clock.advance(2 * HOUR_MS);
    expect(await run(false)).toMatchObject({ fromHour: '2026-11-22T07', watermark: '2026-11-22T09' });
    expect(await rowOf(first)).toMatchObject({ outcome: 'unknown' });

    const live = await begin();
    await clock.advance(2 * HOUR_MS + 50 * 60_000);
    await live.claim.renew();
    expect(await run(false)).toMatchObject({ alive: 1, watermark: '2026-11-22T11' });
    await clock.advance(2 * HOUR_MS);
    await live.claim.renew();
    expect(await run(false)).toMatchObject({ alive: 1, watermark: '2026-11-22T11' });
  });

  it('is not asked by a run over everything, which begins at the retention limit', async () => {
    await clock.advance(6 * HOUR_MS);
    await run(false);
    await clock.advance(-6 * HOUR_MS);
    const late = await begin();
    await clock.advance(6 * HOUR_MS);
    expect(await run(false)).toMatchObject({ open: 0 });
    expect(await run(true)).toMatchObject({ open: 1, unknown: 1, fromHour: '2026-10-23T14' });
    expect(await rowOf(late)).toMatchObject({ outcome: 'unknown' });
  });

  it('stays where the time was up, and the next run goes on there', async () => {
    await begin();
    await clock.advance(HOUR_MS);
    await begin();
    await clock.advance(6 * HOUR_MS);
    expect(await run(false, 0)).toMatchObject({ bounded: true, watermark: '2026-11-22T08', unknown: 0 });
    expect(await run(false)).toMatchObject({ bounded: false, watermark: '2026-11-22T13', unknown: 2 });
  });

  it('never goes back', async () => {
    await clock.advance(6 * HOUR_MS);
    expect(await run(false)).toMatchObject({ watermark: '2026-11-22T12' });
    await clock.advance(-3 * HOUR_MS);
    await run(false);
    await clock.advance(3 * HOUR_MS);
    expect(await run(false)).toMatchObject({ fromHour: '2026-11-22T12' });
  });
});

describe('when time is short', () => {
  /** Each reading of a session takes a second. */
  const slow = (): void => {
    const read = rows.sessions.read.bind(rows.sessions);
    rows.sessions.read = async (partitionKey, rowKey) => {
      await clock.advance(1_000);
      return read(partitionKey, rowKey);
    };
  };

  it('the newest attempts are closed first, and the rest by the next runs', async () => {
    const old = [];
    for (let count = 0; count < 70; count += 1) old.push(await begin());
    await clock.advance(5 * HOUR_MS);
    const newest = [await begin(), await begin(), await begin()];
    await clock.advance(60_000);
    slow();
    // The newest three are read at once, in a second of their half; of the oldest, 32 at once, and 32 more.
    const expected = { bounded: true, watermark: '2026-11-22T08', behindHours: 3 };
    expect(await run(false, 2_200)).toMatchObject({ ...expected, open: 67, unknown: 67 });
    for (const attempt of newest) expect(await rowOf(attempt)).toMatchObject({ outcome: 'unknown' });
    expect(await run(false, 2_200)).toMatchObject({ unknown: 6, bounded: false, behindHours: 0 });
    for (const attempt of old) expect(await rowOf(attempt)).toMatchObject({ outcome: 'unknown' });
  });

  it('the oldest have their half, however many new ones there are', async () => {
    const old = await begin();
    await clock.advance(5 * HOUR_MS);
    for (let number = 1; number <= 2_500; number += 1) {
      const row = opening(new Date(clock.wallMs()).toISOString(), number);
      await new TableHistory(rows.history).open({ ...row, sessionId: old.claim.session.sessionId });
    }
    const page = MemoryScan.prototype.page;
    /** A second for each page: three for the newest, two for the first pieces of the hour of eight. */
    const slowScan = new MemoryScan(rows.history);
    slowScan.page = async (request) => {
      await clock.advance(1_000);
      return page.call(slowScan, request);
    };
    const options = {
      sessions,
      history,
      historyScan: slowScan,
      clock,
      teller: noFleet,
      retentionMs: 30 * 24 * HOUR_MS,
    };
    expect(await sweep(options, { everything: false, mostMs: 6_000 })).toMatchObject({ bounded: true });
    expect(await rowOf(old)).toMatchObject({ outcome: 'unknown' });
    const { row } = (await rows.history.read('watermark', 'sweep')) ?? {};
    // Its piece is passed: the next run goes on at twenty past eight.
    expect(row?.['progress']).toBe(
      `{"hour":"2026-11-22T08","again":[],"claimedBeforeMs":${Date.parse('2026-11-22T08:20:00.000Z')}}`,
    );
  });
});

it('an attempt whose instance was frozen before it wrote the row is closed two hours after it began', async () => {
  await run(false);
  const frozen = await claimSeen(ledger, {
    sessionId: randomUUID(),
    gameMode: 'duel',
    fleet: 'sessionhosts',
  });
  if (frozen.kind !== 'claimed') throw new Error('expected a claim');
  for (let minutes = 0; minutes < 100; minutes += 5) {
    await clock.advance(5 * 60_000);
    expect(await run(false)).toMatchObject({ open: 0 });
  }
  const { sessionId, attemptId, history: key } = frozen.claim.session;
  await new TableHistory(history).open(opening('2026-11-22T08:15:30.250Z', 1, { sessionId, attemptId, key }));
  await clock.advance(19 * 60_000);
  expect(await run(false)).toMatchObject({ open: 0 });
  await clock.advance(5 * 60_000);
  expect(await run(false)).toMatchObject({ open: 1, unknown: 1, behindHours: 0 });
});

it('a watermark of a version that knew only hours is understood', async () => {
  const passed = await begin();
  await clock.advance(HOUR_MS);
  const due = await begin();
  await rows.history.insert({
    partitionKey: 'watermark',
    rowKey: 'sweep',
    writeId: 'w',
    hour: '2026-11-22T09',
  });
  await clock.advance(5 * HOUR_MS);
  expect(await run(false)).toMatchObject({ fromHour: '2026-11-22T09', open: 1, unknown: 1 });
  expect(await rowOf(passed)).toMatchObject({ outcome: 'open' });
  expect(await rowOf(due)).toMatchObject({ outcome: 'unknown' });
});

it('closes hundreds of rows in one run, and then finds nothing', async () => {
  for (let count = 0; count < 300; count += 1) await begin();
  await clock.advance(60_000);
  expect(await run()).toMatchObject({ open: 300, unknown: 300, fenced: 300 });
  expect(await run()).toMatchObject({ open: 0 });
});
