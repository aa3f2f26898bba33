import { randomUUID } from 'node:crypto';
import type { Claim } from '../../../../lib/ledger/sessions/ledger.ts';
import type { SessionRecord } from '../../../../lib/ledger/sessions/session.ts';
import { readHistory } from '../../../../lib/ledger/reading/sessionAttempts.ts';
import { TableHistory } from '../../../../lib/ledger/history/tableHistory.ts';
import { TableLedger } from '../../../../lib/ledger/sessions/tableLedger.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { opening } from '../../../support/historyRows.ts';
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
  const result = await ledger.claim(
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

const read = (limit = 100, continuation?: string) =>
  readHistory(tables, {
    sessionId,
    sinceMs: clock.wallMs() - 24 * HOUR_MS,
    untilMs: clock.wallMs() + 1,
    limit,
    continuation,
  });

async function threeAttempts(): Promise<string[]> {
  const ids: string[] = [];
  for (let count = 0; count < 3; count += 1) {
    await clock.advance(HOUR_MS);
    ids.unshift((await claim()).session.attemptId);
  }
  return ids;
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
