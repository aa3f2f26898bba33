import { prune } from '../../../../lib/ledger/upkeep/prune.ts';
import type { PruneReport } from '../../../../lib/ledger/upkeep/reports.ts';
import type { Charge } from '../../../../lib/ledger/quota/quota.ts';
import { QuotaLedger } from '../../../../lib/ledger/quota/quotaLedger.ts';
import { TableHistory } from '../../../../lib/ledger/history/tableHistory.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';
import { opening } from '../../../support/historyRows.ts';
import { LossyTable } from '../../../support/lossyTable.ts';
import { HesitantScan, MemoryScan } from '../../../support/memoryScan.ts';
import { MemoryTable } from '../../../support/memoryTable.ts';

/** Two days and a millisecond before {@link NOW}: the youngest that goes. */
const OLD = '2026-11-22T08:15:30.249Z';
const NOW = '2026-11-24T08:15:30.250Z';

let clock: VirtualClock;
let history: MemoryTable;
let rows: MemoryTable;
let quotas: LossyTable;
let historyScan: MemoryScan;
let sessions: MemoryTable;
let quotaScan: HesitantScan;

beforeEach(() => {
  clock = new VirtualClock(NOW, { sleepPasses: true });
  history = new MemoryTable(() => clock.wallMs());
  historyScan = new MemoryScan(history);
  rows = new MemoryTable(() => clock.wallMs());
  quotas = new LossyTable(rows);
  sessions = new MemoryTable(() => clock.wallMs());
  quotaScan = new HesitantScan(new MemoryScan(rows));
});

const run = (mostMs = 60_000): Promise<PruneReport> =>
  prune(
    {
      sessions,
      sessionScan: new MemoryScan(sessions),
      history,
      historyScan,
      quotas,
      quotaScan,
      requestScan: new MemoryScan(new MemoryTable(() => 0)),
      clock,
      sessionTtlMs: 86_400_000,
      retentionMs: 2_592_000_000,
    },
    mostMs,
  );

/** A new allocation of this caller, by an instance whose clock shows this. */
async function charge(caller: string, at: string, table = quotas, windowMs = 3_600_000): Promise<Charge> {
  const result = await ledgerAt(at, table, windowMs).charge(caller);
  if (result.kind !== 'charged') throw new Error('not charged');
  return result.charge;
}

const ledgerAt = (at: string, table: LossyTable, windowMs = 3_600_000): QuotaLedger =>
  new QuotaLedger({
    quotas: table,
    clock: new VirtualClock(at, { sleepPasses: true }),
    limit: 3,
    windowMs,
    onStorageFault: 'refuse',
  });

const callers = (): string[] => [...rows.rows.values()].map(({ row }) => row.partitionKey).sort();

it('goes two days after its last window began, whatever the length of a window is or was', async () => {
  await charge('old', OLD, quotas, 86_400_000);
  await charge('young', '2026-11-22T08:15:30.250Z', quotas, 1_000);
  expect(await run()).toMatchObject({ quotaRowsRemoved: 1, bounded: false });
  expect(callers()).toEqual(['young']);
  await clock.advance(1);
  expect(await run()).toMatchObject({ quotaRowsRemoved: 1, bounded: false });
  expect(callers()).toEqual([]);
});

it('stays for a caller who has come back since', async () => {
  await charge('regular', OLD);
  await charge('regular', '2026-11-23T20:00:00.000Z');
  expect(await run()).toMatchObject({ quotaRowsRemoved: 0 });
  expect(callers()).toEqual(['regular']);
});

it('stays for a caller who comes back in that very moment', async () => {
  await charge('back', OLD);
  quotas.before('remove', () => charge('back', NOW, new LossyTable(rows)));
  expect(await run()).toMatchObject({ quotaRowsRemoved: 0 });
  expect((await rows.read('back', 'quota'))?.row).toMatchObject({ windowStart: new Date(NOW), used: 1 });
});

it('goes under a charge that has read it: the charge is counted in a row of its own', async () => {
  await charge('back', OLD);
  const theirs = new LossyTable(rows);
  theirs.before('replace', () => run());
  expect(await charge('back', NOW, theirs)).toMatchObject({ caller: 'back' });
  expect(theirs.seen).toEqual(['read', 'replace', 'read', 'insert']);
  expect((await rows.read('back', 'quota'))?.row).toMatchObject({ used: 1 });
});

it('does not come back when one of its charges is given back', async () => {
  const charged = await charge('gone', OLD);
  await run();
  const theirs = new LossyTable(rows);
  await ledgerAt(NOW, theirs).giveBack(charged);
  expect(theirs.seen).toEqual(['read']);
  expect(callers()).toEqual([]);
});

it('goes, however many there are', async () => {
  for (let number = 1; number <= 1_001; number += 1) await charge(`caller ${number}`, OLD);
  await charge('young', NOW);
  expect(await run()).toMatchObject({ quotaRowsRemoved: 1_001, bounded: false });
  expect(callers()).toEqual(['young']);
});

it('goes with the next run where a run was killed half-way', async () => {
  for (let number = 1; number <= 20; number += 1) await charge(`caller ${number}`, OLD);
  quotas.before('remove', () => Promise.reject(new Error('killed')));
  await expect(run()).rejects.toThrow('killed');
  expect(callers().length).toBeGreaterThanOrEqual(1);
  expect(await run()).toMatchObject({ bounded: false });
  expect(callers()).toEqual([]);
});

describe('when time is short', () => {
  beforeEach(async () => {
    for (let number = 1; number <= 20; number += 1) await charge(`caller ${number}`, OLD);
  });

  it('none goes, not even for a look, where there is no time at all', async () => {
    expect(await run(0)).toMatchObject({ quotaRowsRemoved: 0, bounded: true });
    expect(quotaScan.requests).toBe(0);
    expect(callers()).toHaveLength(20);
  });

  it('the rest goes with the next run', async () => {
    quotas.before('remove', () => clock.sleep(60_000));
    expect(await run()).toMatchObject({ quotaRowsRemoved: 1, bounded: true });
    expect(callers()).toHaveLength(19);
    expect(await run()).toMatchObject({ quotaRowsRemoved: 19, bounded: false });
  });

  it('a quarter of it is theirs, however much history there is', async () => {
    await new TableHistory(history).open(opening('2026-10-01T08:00:00.000Z', 1));
    await new TableHistory(history).open(opening('2026-10-01T09:00:00.000Z', 2));
    const removeRows = historyScan.removeRows.bind(historyScan);
    historyScan.removeRows = async (partitionKey, rowKeys) => {
      await clock.sleep(45_000);
      return removeRows(partitionKey, rowKeys);
    };
    expect(await run()).toMatchObject({ historyRowsRemoved: 1, quotaRowsRemoved: 20, bounded: true });
  });
});
