import { randomUUID } from 'node:crypto';
import type { Claim } from '../../../../lib/ledger/sessions/ledger.ts';
import type { SessionRecord } from '../../../../lib/ledger/sessions/session.ts';
import { readHistory } from '../../../../lib/ledger/reading/sessionAttempts.ts';
import { InvalidContinuationError } from '../../../../lib/ledger/reading/historyPosition.ts';
import type { HistoryQuery } from '../../../../lib/contract/historyRequest.ts';
import { StorageFault } from '../../../../lib/ledger/storageFault.ts';
import { TableHistory } from '../../../../lib/ledger/history/tableHistory.ts';
import { TableLedger } from '../../../../lib/ledger/sessions/tableLedger.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { opening } from '../../../support/historyRows.ts';
import { claim as claimSeen } from '../../../support/claiming.ts';
import { MemoryScan } from '../../../support/memoryScan.ts';
import { MemoryTable } from '../../../support/memoryTable.ts';

const HOUR_MS = 3_600_000;
const sessionId = randomUUID();

let clock: VirtualClock;
let tables: { sessions: MemoryTable; history: MemoryTable; historyScan: MemoryScan };
let ledger: TableLedger;

beforeEach(() => {
  clock = new VirtualClock('2026-11-22T08:15:30.250Z');
  const [sessions, history] = [new MemoryTable(() => clock.wallMs()), new MemoryTable(() => clock.wallMs())];
  tables = { sessions, history, historyScan: new MemoryScan(history) };
  ledger = new TableLedger({ sessions, clock, leaseMs: 11_000, sessionTtlMs: 24 * HOUR_MS });
});

/** Claims the session, as a caller who takes it over where it must. */
async function claim(record = true): Promise<Claim> {
  const seen: SessionRecord | undefined = await ledger.read(sessionId);
  const result = await claimSeen(
    ledger,
    { sessionId, gameMode: 'duel', fleet: 'sessionhosts', cookie: 'opaque' },
    seen,
  );
  if (result.kind !== 'claimed') throw new Error('expected a claim');
  const { claimedAtMs, attemptId, history: key } = result.claim.session;
  const { previousHistory: previous } = result.claim;
  const row = opening(new Date(claimedAtMs).toISOString(), 1, { sessionId, attemptId, key, previous });
  if (record) await new TableHistory(tables.history).open(row);
  return result.claim;
}

const read = (limit = 100, continuation?: string, filter: Partial<HistoryQuery> = {}) =>
  readHistory(
    tables,
    {
      sessionId,
      sinceMs: clock.wallMs() - 24 * HOUR_MS,
      untilMs: clock.wallMs() + 1,
      limit,
      continuation,
      ...filter,
    },
    clock,
  );

const threeAttempts = (): Promise<string[]> => attempts(3, HOUR_MS);

/** Newest first. */
async function attempts(count: number, apartMs: number): Promise<string[]> {
  const ids: string[] = [];
  for (let number = 0; number < count; number += 1) {
    await clock.advance(apartMs);
    ids.unshift((await claim()).session.attemptId);
  }
  return ids;
}

/** Counts the point reads of both tables, each of which takes this long. */
function countReads(eachMs = 0): () => number {
  let reads = 0;
  for (const table of [tables.sessions, tables.history]) {
    const { read } = table;
    table.read = async (partitionKey, rowKey) => {
      reads += 1;
      await clock.advance(eachMs);
      return read.call(table, partitionKey, rowKey);
    };
  }
  return () => reads;
}

it('follows the chain from the session row, without looking through any hour', async () => {
  const ids = await threeAttempts();
  const { rows, session, continuation } = await read();
  expect(rows.map(({ attemptId }) => attemptId)).toEqual(ids);
  expect(session).toMatchObject({ state: 'claimed', attemptId: ids[0] });
  expect(continuation).toBeUndefined();
  expect(tables.historyScan.requests).toEqual([]);
});

it('follows it out of the period that was asked for', async () => {
  const ids = await threeAttempts();
  await clock.advance(30 * 24 * HOUR_MS);
  expect((await read()).rows.map(({ attemptId }) => attemptId)).toEqual(ids);
});

describe('a session whose row cannot be read', () => {
  async function spoil(cells: Record<string, string | number | undefined>): Promise<void> {
    const stored = await tables.sessions.read(sessionId, 'session');
    if (stored === undefined) throw new Error('no such session');
    await tables.sessions.replace({ ...stored.row, ...cells }, stored.etag);
  }

  it.each([{ state: 'paused' }, { attemptId: undefined, state: 7 }])(
    'still shows its attempts, whatever the period: %p',
    async (cells) => {
      const ids = await threeAttempts();
      await spoil(cells);
      await clock.advance(30 * 24 * HOUR_MS);
      const { rows, session, sessionFault } = await read();
      expect(rows.map(({ attemptId }) => attemptId)).toEqual(ids);
      expect(session).toBeUndefined();
      expect(sessionFault?.message).toMatch(`row ${sessionId} holds no usable`);
      expect(tables.historyScan.requests).toEqual([]);
    },
  );

  it('shows those of the period where the row does not name the latest', async () => {
    const ids = await threeAttempts();
    await spoil({ historyRow: 5 });
    const { rows, sessionFault } = await read();
    expect(rows.map(({ attemptId }) => attemptId)).toEqual(ids);
    expect(sessionFault?.message).toBe(`read on table sessions: row ${sessionId} holds no usable historyRow`);
  });
});

it('searches the period once the session is forgotten', async () => {
  const ids = await threeAttempts();
  tables.sessions.rows.clear();
  const { rows, session } = await read();
  expect(rows.map(({ attemptId }) => attemptId)).toEqual(ids);
  expect(session).toBeUndefined();
});

it('searches on where an attempt died before it had a row', async () => {
  const ids = await threeAttempts();
  await clock.advance(HOUR_MS);
  await claim(false);
  await clock.advance(HOUR_MS);
  const last = await claim();
  const { rows } = await read();
  expect(rows.map(({ attemptId }) => attemptId)).toEqual([last.session.attemptId, ...ids]);
});

it('is cut at the limit, and goes on', async () => {
  const ids = await threeAttempts();
  const first = await read(2);
  const second = await read(2, first.continuation);
  expect([first, second].map(({ rows }) => rows.map(({ attemptId }) => attemptId))).toEqual([
    [ids[0], ids[1]],
    [ids[2]],
  ]);
  expect(second.continuation).toBeUndefined();
});

it('is empty for a session that never was', async () => {
  expect(await read()).toEqual({ rows: [] });
});

describe('the work of one request', () => {
  it('is bounded along a chain none of whose rows is wanted, and goes on along it', async () => {
    await attempts(300, 60_000);
    const reads = countReads();
    const first = await read(1_000, undefined, { outcome: 'allocated' });
    expect([first.rows, reads()]).toEqual([[], 100]);
    expect(first.session).toMatchObject({ state: 'claimed' });
    let { continuation } = first;
    let requests = 1;
    for (; continuation !== undefined; requests += 1) {
      const before = reads();
      const next = await read(1_000, continuation, { outcome: 'allocated' });
      expect(next.rows).toEqual([]);
      expect(reads() - before).toBeLessThanOrEqual(100);
      ({ continuation } = next);
    }
    expect(requests).toBe(4);
    expect(tables.historyScan.requests).toEqual([]);
  });

  it('leaves no attempt out and repeats none, whatever the period', async () => {
    const ids = await attempts(250, 60_000);
    await clock.advance(30 * 24 * HOUR_MS);
    const found: string[] = [];
    let continuation: string | undefined;
    do {
      const page = await read(1_000, continuation);
      found.push(...page.rows.map(({ attemptId }) => attemptId));
      ({ continuation } = page);
    } while (continuation !== undefined);
    expect(found).toEqual(ids);
  });

  it('counts the chain and the search after it together', async () => {
    const ids = await attempts(1, 60_000);
    await clock.advance(HOUR_MS);
    await claim(false);
    await clock.advance(20 * 24 * HOUR_MS);
    const last = await claim();
    const reads = countReads();
    const month = { sinceMs: clock.wallMs() - 30 * 24 * HOUR_MS };
    const first = await read(100, undefined, month);
    expect(first.rows.map(({ attemptId }) => attemptId)).toEqual([last.session.attemptId]);
    expect(reads() + tables.historyScan.requests.length).toBe(100);
    const found: string[] = [];
    for (let { continuation } = first; continuation !== undefined;) {
      const page = await read(100, continuation, month);
      found.push(...page.rows.map(({ attemptId }) => attemptId));
      ({ continuation } = page);
    }
    expect(found).toEqual(ids);
  });

  it('ends after 10 s, and goes on where it was', async () => {
    const ids = await attempts(20, 60_000);
    const reads = countReads(2_400);
    const first = await read();
    expect(reads()).toBe(5);
    // The fifth read was under way when the time was up.
    expect(first.rows.map(({ attemptId }) => attemptId)).toEqual(ids.slice(0, 3));
    const second = await read(100, first.continuation);
    // Begins with the row that was read last.
    expect(second.rows.map(({ attemptId }) => attemptId)).toEqual(ids.slice(3, 6));
  });

  it('is a fault of storage where nothing was read that it could go on from', async () => {
    await attempts(1, 60_000);
    countReads(10_000);
    await expect(read()).rejects.toThrow(StorageFault);
  });
});

describe('a continuation of a chain', () => {
  it('is of no other session, and of no period', async () => {
    await threeAttempts();
    const { continuation } = await read(1);
    const of = { sessionId: randomUUID() };
    await expect(read(1, continuation, of)).rejects.toThrow(InvalidContinuationError);
    await expect(read(1, continuation, { sessionId: undefined })).rejects.toThrow(InvalidContinuationError);
  });

  it('becomes a search once its row is deleted', async () => {
    const ids = await threeAttempts();
    const { continuation, rows } = await read(1);
    const { partitionKey, rowKey } = rows[0]?.key ?? { partitionKey: '', rowKey: '' };
    tables.history.rows.delete(`${partitionKey}\n${rowKey}`);
    const next = await read(100, continuation);
    expect(next.rows.map(({ attemptId }) => attemptId)).toEqual(ids.slice(1));
  });
});
