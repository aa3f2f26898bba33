import { StorageFault } from '../../../../lib/ledger/storageFault.ts';
import { pruneStrays } from '../../../../lib/ledger/upkeep/pruneByAge.ts';
import { Faults } from '../../../../lib/ledger/upkeep/faults.ts';
import { UnreadableSessions } from '../../../../lib/ledger/upkeep/unreadableSessions.ts';
import { TableLedger } from '../../../../lib/ledger/sessions/tableLedger.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { guid } from '../../../support/historyRows.ts';
import { LossyTable } from '../../../support/lossyTable.ts';
import { HesitantScan, MemoryScan } from '../../../support/memoryScan.ts';
import { MemoryTable } from '../../../support/memoryTable.ts';
import { claim } from '../../../support/claiming.ts';

const DAY_MS = 86_400_000;
const CLAIMED = '2026-11-22T08:15:30.250Z';
/** A day after a session that was claimed at {@link CLAIMED} has expired. */
const DUE = '2026-11-24T08:15:30.250Z';
const JUST_AFTER = '2026-11-24T08:15:30.251Z';

let clock: VirtualClock;
let rows: MemoryTable;
let history: MemoryTable;
let sessions: LossyTable;
let sessionScan: HesitantScan;
let unreadable: UnreadableSessions;
let faults: Faults;

beforeEach(() => {
  clock = new VirtualClock(CLAIMED);
  rows = new MemoryTable(() => clock.wallMs());
  history = new MemoryTable(() => clock.wallMs());
  sessions = new LossyTable(rows);
  sessionScan = new HesitantScan(new MemoryScan(rows));
  unreadable = new UnreadableSessions();
  faults = new Faults();
});

const run = (at: string, timeIsUp = () => false): ReturnType<typeof pruneStrays> => {
  clock = new VirtualClock(at);
  return pruneStrays({ sessions, sessionScan, history, clock }, { faults, unreadable }, timeIsUp);
};

/** A session whose process died right after its claim: no attempt names it. */
async function stray(number: number, at = CLAIMED): Promise<string> {
  clock = new VirtualClock(at);
  const ledger = new TableLedger({ sessions: rows, clock, leaseMs: 11_000, sessionTtlMs: DAY_MS });
  const sessionId = guid(number);
  const subject = { sessionId, gameMode: 'duel', fleet: 'sessionhosts' };
  const { kind } = await claim(ledger, subject, await ledger.read(sessionId));
  expect(kind).toBe('claimed');
  return sessionId;
}

/** As a newer version might write it that was rolled back. */
async function spoil(sessionId: string): Promise<void> {
  const stored = await rows.read(sessionId, 'session');
  if (stored === undefined) throw new Error('no such session');
  await rows.replace({ ...stored.row, state: 'paused' }, stored.etag);
}

const left = (): string[] => [...rows.rows.values()].map(({ row }) => row.partitionKey).sort();

it('goes a day after it has expired, and none before', async () => {
  await stray(1);
  const young = await stray(2, '2026-11-22T08:15:30.251Z');
  expect(await run(DUE)).toEqual({ straySessionsRemoved: 0, bounded: false });
  history.rows.clear();
  expect(await run(JUST_AFTER)).toEqual({ straySessionsRemoved: 1, bounded: false });
  expect(left()).toEqual([young]);
});

it('goes with what callers have left, and so does what was left without a session', async () => {
  const hintsOf = async (sessionId: string): Promise<void> => {
    const expiresAt = new Date(Date.parse(CLAIMED) + DAY_MS);
    await rows.insert({ partitionKey: sessionId, rowKey: 'hints_1_a', expiresAt, hints1: '[]' });
  };
  await hintsOf(await stray(1));
  await hintsOf(guid(2));
  expect(await run(DUE)).toMatchObject({ straySessionsRemoved: 0 });
  history.rows.clear();
  await run(JUST_AFTER);
  expect(left()).toEqual([]);
  expect(unreadable.count).toBe(0);
});

it('is looked for once a week', async () => {
  await run(JUST_AFTER);
  const requests = sessionScan.requests;
  await stray(1);
  expect(await run('2026-12-01T07:59:59.999Z')).toEqual({ straySessionsRemoved: 0, bounded: false });
  expect(sessionScan.requests).toBe(requests);
  expect(await run('2026-12-01T08:00:00.000Z')).toEqual({ straySessionsRemoved: 1, bounded: false });
  expect(left()).toEqual([]);
});

it.each([['1'], ['9'], [7]])('is looked for where the watermark, %p, is no hour', async (hour) => {
  await stray(1);
  await history.insert({ partitionKey: 'watermark', rowKey: 'strays', writeId: 'w', hour });
  expect(await run(JUST_AFTER)).toEqual({ straySessionsRemoved: 1, bounded: false });
  expect((await history.read('watermark', 'strays'))?.row['hour']).toBe('2026-11-24T08');
});

it('stays where somebody asks for it in that very moment', async () => {
  const sessionId = await stray(1);
  sessions.before('remove', () => stray(1, JUST_AFTER));
  expect(await run(JUST_AFTER)).toMatchObject({ straySessionsRemoved: 0 });
  expect(left()).toEqual([sessionId]);
});

it('stays until the storage service’s clock says that it has expired, too', async () => {
  await stray(1);
  const [[key, stored] = []] = rows.rows;
  // Claimed by an instance whose clock is two days behind.
  if (key !== undefined && stored !== undefined)
    rows.rows.set(key, { ...stored, writtenAtMs: stored.writtenAtMs + 2 * DAY_MS });
  expect(await run(JUST_AFTER)).toMatchObject({ straySessionsRemoved: 0 });
  expect(left()).toHaveLength(1);
});

it('stays where its row cannot be read, and does not keep the others', async () => {
  const spoilt = await stray(1);
  await stray(2);
  await spoil(spoilt);
  expect(await run(JUST_AFTER)).toEqual({ straySessionsRemoved: 1, bounded: false });
  expect(left()).toEqual([spoilt]);
  expect(unreadable).toMatchObject({
    count: 1,
    reason: `read on table sessions: row ${spoilt} holds no usable state`,
  });
  // The look was made: the next one is a week later.
  expect((await history.read('watermark', 'strays'))?.row['hour']).toBe('2026-11-24T08');
});

it('goes, however many there are', async () => {
  for (let number = 1; number <= 1_001; number += 1) await stray(number);
  expect(await run(JUST_AFTER)).toEqual({ straySessionsRemoved: 1_001, bounded: false });
});

describe('is looked for again by the next run', () => {
  beforeEach(async () => {
    for (let number = 1; number <= 20; number += 1) await stray(number);
  });

  it('where there was no time, not even for a look', async () => {
    expect(await run(JUST_AFTER, () => true)).toEqual({ straySessionsRemoved: 0, bounded: true });
    expect(sessionScan.requests).toBe(0);
    expect(await run(JUST_AFTER)).toMatchObject({ straySessionsRemoved: 20 });
  });

  it('where the time was up half-way', async () => {
    let looks = 0;
    expect(await run(JUST_AFTER, () => (looks += 1) > 6)).toEqual({ straySessionsRemoved: 4, bounded: true });
    expect(await run(JUST_AFTER)).toEqual({ straySessionsRemoved: 16, bounded: false });
  });

  it('where the run was killed half-way', async () => {
    sessions.before('remove', () => Promise.reject(new Error('killed')));
    await expect(run(JUST_AFTER)).rejects.toThrow('killed');
    expect(left().length).toBeGreaterThan(0);
    await run(JUST_AFTER);
    expect(left()).toEqual([]);
  });
});

describe('in a table that takes several runs', () => {
  /** Each run has the time for two storage requests, and begins a third: every other page is empty. */
  const shortRun = (at: string): ReturnType<typeof pruneStrays> => {
    const before = sessionScan.requests;
    return run(at, () => sessionScan.requests - before >= 3);
  };

  beforeEach(async () => {
    for (let number = 1; number <= 2_500; number += 1) await stray(10_000 + number);
  });

  it('is found however many sessions begin meanwhile, before the place where the pass goes on and behind it', async () => {
    const removed: number[] = [];
    for (let count = 0; count < 4; count += 1) {
      const { straySessionsRemoved } = await shortRun(
        `2026-11-24T${String(9 + count).padStart(2, '0')}:00:00.000Z`,
      );
      removed.push(straySessionsRemoved);
      for (let number = 0; number < 300; number += 1) {
        await stray(count * 300 + number, '2026-11-24T08:00:00.000Z');
        await stray(20_000 + count * 300 + number, '2026-11-24T08:00:00.000Z');
      }
    }
    expect(removed).toEqual([1_000, 1_000, 500, 0]);
    expect(left()).toHaveLength(2_400);
    // Those that began meanwhile are of the next pass.
    clock = new VirtualClock('2026-12-01T09:00:00.000Z');
    for (let count = 0; count < 4; count += 1) await shortRun('2026-12-01T09:00:00.000Z');
    expect(left()).toEqual([]);
  });

  it('is looked for from the beginning where the service does not know the place any more', async () => {
    expect(await shortRun(JUST_AFTER)).toEqual({ straySessionsRemoved: 1_000, bounded: true });
    const pageOlder = sessionScan.pageOlder.bind(sessionScan);
    sessionScan.pageOlder = (request) => {
      const isKept = request.continuation !== undefined && sessionScan.requests === 3;
      return isKept ? Promise.reject(new StorageFault('query', 'sessions', 400)) : pageOlder(request);
    };
    expect(await run(JUST_AFTER)).toEqual({ straySessionsRemoved: 1_500, bounded: false });
  });

  it('is looked for from where a run ended that storage failed', async () => {
    await shortRun(JUST_AFTER);
    const pageOlder = sessionScan.pageOlder.bind(sessionScan);
    sessionScan.pageOlder = () => Promise.reject(new StorageFault('query', 'sessions', 503));
    expect(await run(JUST_AFTER)).toEqual({ straySessionsRemoved: 0, bounded: true });
    expect(faults).toMatchObject({ count: 1, reason: 'query on table sessions: status 503' });
    sessionScan.pageOlder = pageOlder;
    expect(await run(JUST_AFTER)).toEqual({ straySessionsRemoved: 1_500, bounded: false });
  });
});
