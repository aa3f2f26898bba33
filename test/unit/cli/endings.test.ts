/** What the command prints of sessions that were ended. */
import { PassThrough } from 'node:stream';
import pc from 'picocolors';
import type { Options } from '../../../cli/history/options.ts';
import { run } from '../../../cli/history/run.ts';
import { TableHistory } from '../../../lib/ledger/history/tableHistory.ts';
import { ALLOCATED, guid, opening, seedEnding } from '../../support/historyRows.ts';
import { MemoryScan } from '../../support/memoryScan.ts';
import { MemoryTable } from '../../support/memoryTable.ts';

const NOW = Date.parse('2026-11-22T09:00:00Z');
const table = new MemoryTable(() => NOW);

beforeAll(async () => {
  const history = new TableHistory(table);
  for (const number of [1, 2, 3, 4]) {
    await (await history.open(opening(`2026-11-22T08:15:0${number}.000Z`, number))).close(ALLOCATED);
  }
  const none = { region: undefined, hostName: undefined, fleetCalls: 0 };
  // Named as their sessions' attempts are, and with rows of their own.
  await seedEnding(table, '2026-11-22T08:40:00.000Z', 1, {});
  await seedEnding(table, '2026-11-22T08:41:00.000Z', 2, { ...none, endFleet: 'not-told' });
  await seedEnding(table, '2026-11-22T08:42:00.000Z', 3);
  await seedEnding(table, '2026-11-22T08:43:00.000Z', 4, {
    ...none,
    outcome: 'unknown',
    endFleet: undefined,
  });
});

/** What it prints of the hour before nine. */
async function printed(options: Partial<Options>): Promise<string> {
  const written: string[] = [];
  const { format = 'table' } = options;
  await run({
    options: { since: NOW - 3_600_000, until: NOW, ...options, format },
    tables: { sessions: new MemoryTable(() => NOW), history: table, historyScan: new MemoryScan(table) },
    nowMs: NOW,
    printing: {
      ...{ format, width: undefined, colours: pc.createColors(false) },
      write: (text) => written.push(text),
    },
    stderr: new PassThrough() as unknown as NodeJS.WriteStream,
    signal: new AbortController().signal,
  });
  return written.join('');
}

it('lists them among the attempts', async () => {
  const outcomes = (await printed({})).split('\n').map((line) => line.slice(0, 48).trimEnd());
  expect(outcomes.slice(0, 6)).toEqual([
    'BEGAN                OUTCOME           REGION',
    '2026-11-22 08:43:00  unknown (ending)  -',
    '2026-11-22 08:42:00  open (ending)     -',
    '2026-11-22 08:41:00  ended (not-told)  -',
    '2026-11-22 08:40:00  ended (told)      WestUs',
    '2026-11-22 08:15:04  allocated         West US',
  ]);
});

it('says below the list what an open one waits for', async () => {
  const note = 'open (ending): the fleet has not confirmed the end; the sweep repeats it.';
  expect((await printed({})).trimEnd().split('\n').at(-1)).toBe(note);
  expect(await printed({ outcome: 'ended' })).not.toContain('open (ending)');
  expect(await printed({ format: 'csv' })).not.toContain(note);
});

it('takes an attempt whose session was ended for neither success nor failure', async () => {
  const history = new TableHistory(table);
  let number = 10;
  const over = { outcome: 'session-ended', closedAtMs: NOW - 6_000_000, fleetCalls: 1, fleetMs: 90 } as const;
  for (const [fleet, closing] of [
    ['playfab', ALLOCATED],
    ['playfab', over],
    ['playfab', over],
    ['sessionhosts', over],
  ] as const) {
    await (await history.open(opening('2026-11-22T07:15:00.000Z', (number += 1), { fleet }))).close(closing);
  }
  const text = await printed({ summary: true, since: NOW - 7_200_000, until: NOW - 3_600_000 });
  expect(text).toMatch(/^Allocations +1 of 1 \(100\.0 %\); 3 ended with their session$/m);
  expect(text).toContain(
    [
      'FLEET         ATTEMPTS  ENDED  ALLOCATIONS    SHARE  FLEET P50  FLEET P95',
      'playfab              3      2            1  100.0 %     710 ms     710 ms',
      'sessionhosts         1      1            0        –          –          –',
    ].join('\n'),
  );
});

it('finds them by their outcome', async () => {
  const rows = (await printed({ outcome: 'ended', format: 'ndjson' })).trimEnd().split('\n');
  expect(rows.map((row) => JSON.parse(row) as object)).toMatchObject([
    { kind: 'ending', sessionId: guid(2), endedBy: 'key', endFleet: 'not-told' },
    { kind: 'ending', sessionId: guid(1), endedBy: 'key', endFleet: 'told' },
  ]);
});

it('counts them beside the attempts, never among them', async () => {
  const { endings, ...figures } = JSON.parse(await printed({ summary: true, format: 'json' })) as {
    readonly endings: object;
  };
  expect(figures).toMatchObject({
    ...{ read: 8, attempts: 4, sessions: 4, allocations: 4 },
    outcomes: [{ outcome: 'allocated', count: 4 }],
    severalCalls: { count: 0, of: 4 },
    takeovers: { count: 0, of: 4 },
    fleetMs: { count: 4, p50: 710, p95: 710 },
    upstreamStatuses: [{ status: 200, attempts: 4 }],
    regions: [{ region: 'West US', allocations: 4 }],
    fleets: [{ fleet: 'sessionhosts', attempts: 4 }],
  });
  expect(endings).toEqual({
    sessions: 3,
    bySaid: [
      { said: 'told', sessions: 1 },
      { said: 'not-told', sessions: 1 },
      { said: 'pending', sessions: 1 },
    ],
    withoutEffect: 1,
    overdue: { sessions: 1, oldest: [{ sessionId: guid(3), claimedAt: '2026-11-22T08:42:00.000Z' }] },
  });
});

it('says the same in words, where every row is counted and where they are read for an estimate', async () => {
  const words = [
    'ALLOCATION-END  SESSIONS   SHARE',
    'told                   1  33.3 %',
    'not-told               1  33.3 %',
    'pending                1  33.3 %',
    '',
    'Endings that came to nothing, or that another was faster than: 1',
    '',
    'Not confirmed for more than 10 minutes: 1 session (docs/operating.md, Ended sessions)',
    `  ${guid(3)}, asked for at 2026-11-22 08:42:00 UTC`,
  ].join('\n');
  expect(await printed({ summary: true })).toContain(words);
  expect(await printed({ summary: true, limit: Infinity })).toContain(words);
});

it('says nothing of them where there are none', async () => {
  const text = await printed({ summary: true, outcome: 'allocated' });
  expect(text).toContain('4 of 4 (100.0 %)');
  expect(text).not.toContain('ALLOCATION-END');
});

it('tells a session with its end', async () => {
  const text = await printed({ session: guid(1) });
  expect(text).toContain('Attempt 1 of 1  2026-11-22 08:15:01 UTC  allocated');
  expect(text).toContain('End of the session  2026-11-22 08:40:00 UTC  ended');
  expect(text).toContain('Ended at 2026-11-22 08:40:00.000 UTC by key; the fleet shut the server down.');
});
