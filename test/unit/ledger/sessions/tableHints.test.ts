import type { HeardCaller } from '../../../../lib/ledger/sessions/hints.ts';
import { isHintsRow, removeHints, TableHints } from '../../../../lib/ledger/sessions/tableHints.ts';
import type { PlayerHints } from '../../../../lib/placement/types.ts';
import { HesitantScan, MemoryScan } from '../../../support/memoryScan.ts';
import { MemoryTable } from '../../../support/memoryTable.ts';
import { VirtualClock } from '../../../support/virtualClock.ts';

const SESSION = { sessionId: '3536d3e6-e85d-4f47-b898-9617d19dabcd', generation: 1 };
const LATER = { ...SESSION, generation: 10 };
const ANNA: PlayerHints = { latencies: [{ location: 'West US', ms: 34.5 }] };
const BEN: PlayerHints = { latencies: [], dropped: [{ location: 'East US', reason: 'null' }] };

let sessions: MemoryTable;
let hints: TableHints;

beforeEach(() => {
  const clock = new VirtualClock('2026-11-22T08:15:30.250Z');
  sessions = new MemoryTable(() => clock.wallMs());
  const scan = new HesitantScan(new MemoryScan(sessions));
  hints = new TableHints({ sessions, scan, clock, sessionTtlMs: 3_600_000 });
});

const caller = (key: string, players: readonly PlayerHints[], partySize?: number): HeardCaller => ({
  ...{ key, players, partySize },
  instance: 'instance-1',
});

const keys = (): string[] => [...sessions.rows.values()].map(({ row }) => row.rowKey);

it('gives back what callers have left, in the order of their keys', async () => {
  await hints.add(SESSION, caller('b', [BEN]));
  await hints.add(SESSION, caller('a', [ANNA, BEN], 3));
  expect(await hints.read(SESSION)).toEqual([caller('a', [ANNA, BEN], 3), caller('b', [BEN])]);
});

it('keeps what a caller has left first', async () => {
  await hints.add(SESSION, caller('a', [ANNA]));
  await hints.add(SESSION, caller('a', [BEN]));
  expect(await hints.read(SESSION)).toEqual([caller('a', [ANNA])]);
});

it('keeps the largest request that there is, in cells that the service takes', async () => {
  const location = (at: number) => ({ location: `${at}`.padEnd(60, 'x'), ms: 12_345.678 });
  const player = { latencies: Array.from({ length: 16 }, (_, at) => location(at)) };
  const players = Array.from({ length: 64 }, () => player);
  await hints.add(SESSION, caller('a', players));
  const [stored] = sessions.rows.values();
  const longest = Math.max(...Object.values(stored?.row ?? {}).map((cell) => String(cell).length));
  expect(longest).toBe(30_000);
  expect(await hints.read(SESSION)).toEqual([caller('a', players)]);
});

it('keeps no player id, and says when the row can be of no use any more', async () => {
  await hints.add(SESSION, caller('a', [{ ...ANNA, playerId: 'anna' }]));
  expect([...sessions.rows.values()].map(({ row }) => row)).toEqual([
    {
      partitionKey: '3536d3e6-e85d-4f47-b898-9617d19dabcd',
      rowKey: 'hints_1_a',
      instance: 'instance-1',
      hints1: '[{"latencies":[{"location":"West US","ms":34.5}]}]',
      expiresAt: new Date('2026-11-22T09:15:30.250Z'),
    },
  ]);
});

it('reads those of one generation alone', async () => {
  await hints.add(SESSION, caller('a', [ANNA]));
  await hints.add(LATER, caller('b', [BEN]));
  expect(await hints.read(SESSION)).toEqual([caller('a', [ANNA])]);
  expect(await hints.read(LATER)).toEqual([caller('b', [BEN])]);
});

it.each([
  ['no text', {}],
  ['no JSON', { hints1: '[{' }],
  ['no list', { hints1: '{}' }],
  ['a player who is none', { hints1: '[null]' }],
  ['a measurement without a number', { hints1: '[{"latencies":[{"location":"West US","ms":"1"}]}]' }],
  ['a measurement without a location', { hints1: '[{"latencies":[{"ms":1}]}]' }],
  ['no instance', { hints1: '[]', instance: undefined }],
])('leaves a row with %s out', async (_what, cells) => {
  await hints.add(SESSION, caller('a', [ANNA]));
  const row = { partitionKey: SESSION.sessionId, rowKey: 'hints_1_b', instance: 'instance-1', ...cells };
  await sessions.insert(row);
  expect(await hints.read(SESSION)).toEqual([caller('a', [ANNA])]);
});

it('tells a row of measurements from a session’s', () => {
  expect(isHintsRow({ rowKey: 'hints_1_a' })).toBe(true);
  expect(isHintsRow({ rowKey: 'session' })).toBe(false);
});

describe('removing them', () => {
  it('takes those of this generation and of those before, and nothing else', async () => {
    await sessions.insert({ partitionKey: SESSION.sessionId, rowKey: 'session' });
    for (const generation of [1, 2, 10]) await hints.add({ ...SESSION, generation }, caller('a', [ANNA]));
    expect(await removeHints(new MemoryScan(sessions), { ...SESSION, generation: 2 })).toBe(true);
    expect(keys()).toEqual(['session', 'hints_10_a']);
  });

  it('takes more than one deletion can', async () => {
    for (let at = 0; at < 250; at += 1) await hints.add(SESSION, caller(`caller-${at}`, [ANNA]));
    expect(await removeHints(new MemoryScan(sessions), SESSION)).toBe(true);
    expect(keys()).toEqual([]);
  });

  it('says that others do the same', async () => {
    await hints.add(SESSION, caller('a', [ANNA]));
    const scan = new MemoryScan(sessions);
    jest.spyOn(scan, 'removeRows').mockResolvedValue({ ok: false });
    expect(await removeHints(scan, SESSION)).toBe(false);
  });
});
