/** Both timers where one storage operation of twenty fails, and the process is killed at a forced point of each run. */
import { historyHour } from '../../../../lib/ledger/history/historyKey.ts';
import { TableHistory } from '../../../../lib/ledger/history/tableHistory.ts';
import { toRecord } from '../../../../lib/ledger/sessions/sessionRow.ts';
import { TableLedger } from '../../../../lib/ledger/sessions/tableLedger.ts';
import { prune } from '../../../../lib/ledger/upkeep/prune.ts';
import { isForgettable } from '../../../../lib/ledger/upkeep/pruneSessions.ts';
import type { PruneReport, SweepReport } from '../../../../lib/ledger/upkeep/reports.ts';
import { sweep } from '../../../../lib/ledger/upkeep/sweep.ts';
import { type Random, seededRandom } from '../../../../local/data/random.ts';
import { claim as claimSeen } from '../../../support/claiming.ts';
import { DyingStorage, KILLED } from '../../../support/dyingStorage.ts';
import { ALLOCATED, guid, opening } from '../../../support/historyRows.ts';
import { HesitantScan, MemoryScan } from '../../../support/memoryScan.ts';
import { MemoryTable } from '../../../support/memoryTable.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { noFleet } from '../../../support/noFleet.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START_MS = Date.parse('2026-11-22T00:00:00.000Z');
const RETENTION_MS = 3 * DAY_MS;
const ANSWER = { body: '{"status":"allocated"}', region: 'WestUS', hostName: 'a.cloudapp.net' };
const SOON = Number.MAX_SAFE_INTEGER;
const FAULTS = 0.05;
const ENDLESS = Number.MAX_SAFE_INTEGER;

let nowMs: number;
let rows: Record<'sessions' | 'history' | 'quotas' | 'requests', MemoryTable>;
let random: Random;
/** Sessions that were deleted although they had not expired. */
let wronged: string[];

beforeEach(() => {
  nowMs = START_MS;
  const table = (): MemoryTable => new MemoryTable(() => nowMs);
  rows = { sessions: table(), history: table(), quotas: table(), requests: table() };
  random = seededRandom(18);
  wronged = [];
  const remove = rows.sessions.remove.bind(rows.sessions);
  rows.sessions.remove = async (partitionKey, rowKey, etag) => {
    const stored = await rows.sessions.read(partitionKey, rowKey);
    const { ok } = await remove(partitionKey, rowKey, etag);
    if (ok && (stored === undefined || !isForgettable(toRecord(stored)))) wronged.push(partitionKey);
    return { ok };
  };
});

const clockNow = (): VirtualClock => new VirtualClock(new Date(nowMs).toISOString(), { sleepPasses: true });

/** A session claimed at this moment; with its attempt's row, unless its process died before; settled later, or not. */
async function session(atMs: number, number: number, settledAfterMs?: number, stray = false): Promise<void> {
  nowMs = atMs;
  const clock = clockNow();
  const times = { clock, leaseMs: 2_500, sessionTtlMs: DAY_MS };
  const ledger = new TableLedger({ sessions: rows.sessions, ...times });
  const proposal = { sessionId: guid(number), gameMode: 'duel', fleet: 'sessionhosts' };
  const result = await claimSeen(ledger, proposal, await ledger.read(proposal.sessionId));
  if (result.kind !== 'claimed') throw new Error('expected a claim');
  const { sessionId, attemptId, history: key } = result.claim.session;
  if (stray) return;
  const over = { sessionId, attemptId, key };
  const attempt = opening(new Date(atMs).toISOString(), number, over);
  const entry = await new TableHistory(rows.history).open(attempt);
  if (settledAfterMs === undefined) return;
  nowMs += settledAfterMs;
  await result.claim.settle(ANSWER, SOON);
  await entry.close(ALLOCATED);
}

async function pruned(operations: number): Promise<PruneReport | undefined> {
  const storage = new DyingStorage(random, FAULTS, operations);
  const history = new HesitantScan(new MemoryScan(rows.history));
  const run = prune(
    {
      sessions: storage.table(rows.sessions),
      sessionScan: storage.scan(new HesitantScan(new MemoryScan(rows.sessions))),
      history: storage.table(rows.history),
      historyScan: storage.scan(history),
      quotas: storage.table(rows.quotas),
      quotaScan: storage.scan(new MemoryScan(rows.quotas)),
      requestScan: storage.scan(new MemoryScan(rows.requests)),
      clock: clockNow(),
      sessionTtlMs: DAY_MS,
      retentionMs: RETENTION_MS,
    },
    20 * 60_000,
  );
  return died(run);
}

async function swept(operations: number): Promise<SweepReport | undefined> {
  const storage = new DyingStorage(random, FAULTS, operations);
  const run = sweep(
    {
      sessions: storage.table(rows.sessions),
      history: storage.table(rows.history),
      historyScan: storage.scan(new HesitantScan(new MemoryScan(rows.history))),
      clock: clockNow(),
      teller: noFleet,
      retentionMs: RETENTION_MS,
    },
    { everything: false, mostMs: 120_000 },
  );
  return died(run);
}

/** `undefined`: the process did not live to see the end. */
const died = <T>(run: Promise<T>): Promise<T | undefined> =>
  run.catch((error: unknown) => {
    if (error instanceof Error && error.message === KILLED) return undefined;
    throw error;
  });

const attempts = (): { hour: string; outcome: unknown }[] =>
  [...rows.history.rows.values()]
    .filter(({ row }) => row.partitionKey !== 'watermark')
    .map(({ row }) => ({ hour: row.partitionKey, outcome: row['outcome'] }));

/** Sessions whose time, margin and hour are over. */
const expired = (): string[] =>
  [...rows.sessions.rows.values()]
    .filter(({ writtenAtMs }) => nowMs - writtenAtMs > DAY_MS + 3 * HOUR_MS)
    .map(({ row }) => row.partitionKey);

describe('prune', () => {
  const HOURS = 6;
  const AN_HOUR = 150;

  beforeEach(async () => {
    let number = 0;
    for (let hour = 0; hour < HOURS; hour += 1) {
      for (let index = 0; index < AN_HOUR; index += 1) {
        number += 1;
        const atMs = START_MS + hour * HOUR_MS + index * 20_000;
        // Some are settled hours after the hour that names them, some never, and some have no attempt's row.
        const settledAfterMs = index % 50 === 7 ? 5 * HOUR_MS : index % 50 === 8 ? undefined : 2_000;
        await session(atMs, number, settledAfterMs, index % 50 === 9);
      }
    }
  });

  // A run of these rows takes some 2,000 operations.
  it.each([[1], [2], [7], [40], [150], [333], [700], [1_500]])(
    'killed after %d operations, again and again, deletes nothing that lives, and the runs after it all that is due',
    async (operations) => {
      const kept = attempts().length;
      let ended = 0;
      // Hour by hour from the first that is due, so that runs meet hours that are half done and sessions that still live.
      for (let run = 0; run < 12; run += 1) {
        nowMs = START_MS + DAY_MS + (2 + run) * HOUR_MS;
        if ((await pruned(operations)) !== undefined) ended += 1;
      }
      expect(wronged).toEqual([]);
      expect(attempts()).toHaveLength(kept);
      expect(ended < 12 || operations >= 700).toBe(true);

      for (let run = 0; run < 3; run += 1) {
        nowMs += HOUR_MS;
        await pruned(ENDLESS);
      }
      // What storage failed until now, and the strays: a week later at the latest.
      nowMs += 8 * DAY_MS;
      for (let run = 0; run < 3; run += 1) await pruned(ENDLESS);
      expect(expired()).toEqual([]);
      expect(rows.sessions.rows.size).toBe(0);
      expect(attempts()).toEqual([]);
      expect(wronged).toEqual([]);
    },
  );

  it('deletes the history by its own time, however often it is killed', async () => {
    nowMs = START_MS + RETENTION_MS + 3 * HOUR_MS;
    const isDue = ({ hour }: { hour: string }): boolean => hour < historyHour(nowMs - RETENTION_MS);
    let killed = 0;
    for (let run = 0; run < 40 && attempts().some(isDue); run += 1) {
      if ((await pruned(400 + 50 * run)) === undefined) killed += 1;
    }
    expect(killed).toBeGreaterThan(2);
    expect(new Set(attempts().map(({ hour }) => hour))).toEqual(
      new Set(['2026-11-22T03', '2026-11-22T04', '2026-11-22T05']),
    );
    expect(wronged).toEqual([]);
  });
});

describe('sweep', () => {
  it.each([[1], [3], [25], [120], [400]])(
    'killed after %d operations, again and again, closes no attempt that lives, and the runs after it every other',
    async (operations) => {
      for (let number = 1; number <= 120; number += 1) await session(START_MS + number * 60_000, number);
      // Settled, but its process died before it closed its row.
      nowMs = START_MS + 121 * 60_000;
      for (let run = 0; run < 10; run += 1) {
        nowMs += 5 * 60_000;
        await session(nowMs, 1_000 + run);
        await swept(operations);
        const live = [...rows.history.rows.values()].find(
          ({ row }) => row['sessionId'] === guid(1_000 + run),
        );
        expect(live?.row['outcome']).toBe('open');
      }
      for (let run = 0; run < 36; run += 1) {
        nowMs += 5 * 60_000;
        await swept(ENDLESS);
      }
      expect(attempts().filter(({ outcome }) => outcome === 'open')).toEqual([]);
      expect(attempts()).toHaveLength(130);
    },
  );
});
