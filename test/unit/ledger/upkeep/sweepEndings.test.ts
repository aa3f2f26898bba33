import { randomUUID } from 'node:crypto';
import { TableHistory } from '../../../../lib/ledger/history/tableHistory.ts';
import type { ToldFleet } from '../../../../lib/ledger/sessions/ledger.ts';
import { TableLedger } from '../../../../lib/ledger/sessions/tableLedger.ts';
import type { SweepReport } from '../../../../lib/ledger/upkeep/reports.ts';
import { sweep } from '../../../../lib/ledger/upkeep/sweep.ts';
import { claim as claimSeen } from '../../../support/claiming.ts';
import { opening } from '../../../support/historyRows.ts';
import { MemoryScan } from '../../../support/memoryScan.ts';
import { memoryStorage } from '../../../support/memoryStorage.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';

const HOUR_MS = 3_600_000;
const NO_ANSWER: ToldFleet = { fleet: 'pending', fleetCalls: 1, fleetMs: 8_000, reason: 'no answer in 8 s' };

let clock: VirtualClock;
let storage: ReturnType<typeof memoryStorage>;
let ledger: TableLedger;
let history: TableHistory;
/** The sessions that a fleet was told of, by fleet. */
let told: Record<string, number>;

beforeEach(() => {
  clock = new VirtualClock('2026-11-22T08:15:30.250Z');
  storage = memoryStorage(clock);
  const { sessions } = storage;
  ledger = new TableLedger({ sessions, clock, leaseMs: 2_500, sessionTtlMs: 24 * HOUR_MS });
  history = new TableHistory(storage.history);
  told = {};
});

/** An attempt whose process died before it asked. */
async function died(): Promise<void> {
  const sessionId = randomUUID();
  const result = await claimSeen(ledger, { sessionId, gameMode: 'duel', fleet: 'playfab' });
  if (result.kind !== 'claimed') throw new Error('expected a claim');
  const { attemptId, claimedAtMs, history: key } = result.claim.session;
  await history.open(opening(new Date(claimedAtMs).toISOString(), 1, { sessionId, attemptId, key }));
}

/** A session whose end its fleet has not confirmed. */
async function ended(fleet: string): Promise<void> {
  const sessionId = randomUUID();
  const result = await claimSeen(ledger, { sessionId, gameMode: 'duel', fleet });
  if (result.kind !== 'claimed') throw new Error('expected a claim');
  const { region, hostName } = { region: 'WestUs', hostName: 'a.cloudapp.net' };
  await result.claim.settle({ body: '{}', region, hostName }, Number.MAX_SAFE_INTEGER);
  const seen = await ledger.read(sessionId);
  if (seen === undefined) throw new Error('expected a session');
  const tombstone = ledger.tombstone(sessionId, 'key');
  const { attemptId, endedAtMs: claimedAtMs, endedBy, history: key } = tombstone;
  const about = { sessionId, generation: 1, gameMode: 'duel', fleet, previous: seen.history };
  await history.openEnding({ key, ...about, attemptId, claimedAtMs, endedBy, invocationId: 'i' });
  await ledger.end(tombstone, seen);
}

/** A run of a minute, of which the newest rows have half, over fleets that answer so. */
async function run(answers: Readonly<Record<string, () => Promise<ToldFleet>>>): Promise<SweepReport> {
  const { sessions, history: table, historyRows } = storage;
  const teller = {
    tell: ({ fleet }: { readonly fleet: string }) => {
      told[fleet] = (told[fleet] ?? 0) + 1;
      return answers[fleet]?.() ?? Promise.reject(new Error(`no ${fleet}`));
    },
    confirm: ledger.confirmEnd.bind(ledger),
  };
  const tables = { sessions, history: table, historyScan: new MemoryScan(historyRows) };
  const options = { ...tables, clock, teller, retentionMs: 30 * 24 * HOUR_MS };
  const report = sweep(options, { everything: false, mostMs: 60_000 });
  await clock.advance(60_000);
  return report;
}

const silent = async (): Promise<ToldFleet> => {
  await clock.sleep(8_000);
  return NO_ANSWER;
};
const answering = (): Promise<ToldFleet> =>
  Promise.resolve({ fleet: 'told', fleetCalls: 1, fleetMs: 20, upstreamStatus: 200 });
const failing = (): Promise<ToldFleet> =>
  Promise.resolve({ fleet: 'pending', fleetCalls: 1, fleetMs: 20, upstreamStatus: 500 });

it('a fleet that does not answer costs a run two time-outs: attempts are closed, and another fleet is told', async () => {
  await died();
  await clock.advance(1_000);
  for (let count = 0; count < 200; count += 1) await ended('playfab');
  await ended('another');
  await clock.advance(120_000);
  expect(await run({ playfab: silent, another: answering })).toMatchObject({
    open: 202,
    unknown: 1,
    ended: 1,
    pending: 200,
    bounded: false,
  });
  expect(told).toEqual({ playfab: 47, another: 1 });
});

it('the next run tells it of each session', async () => {
  for (let count = 0; count < 60; count += 1) await ended('playfab');
  await clock.advance(120_000);
  expect(await run({ playfab: silent })).toMatchObject({ pending: 60 });
  expect(await run({ playfab: answering })).toMatchObject({ pending: 0, ended: 60 });
  expect(told).toEqual({ playfab: 107 });
});

it('a fleet that refuses is told of each session: it answers', async () => {
  for (let count = 0; count < 100; count += 1) await ended('playfab');
  await clock.advance(120_000);
  expect(await run({ playfab: failing })).toMatchObject({ pending: 100 });
  expect(told).toEqual({ playfab: 100 });
});
