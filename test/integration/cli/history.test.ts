/** The command on real tables: what it prints is expected word for word. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AzuriteHandle, spawnAzurite } from '../../../local/azurite/spawn.ts';
import { azureTable } from '../../../lib/ledger/tables/azureTable.ts';
import type { AttemptClosing, AttemptOpening } from '../../../lib/ledger/history/history.ts';
import { tableClients } from '../../../lib/ledger/tables/tableClients.ts';
import { TableHistory } from '../../../lib/ledger/history/tableHistory.ts';
import { until } from '../../support/e2e/until.ts';
import { ALLOCATED, guid, opening } from '../../support/historyRows.ts';
import { history, start } from './support.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

let azurite: AzuriteHandle;
let attempts: TableHistory;
const PERIOD = ['--since', '2026-11-22T08:00Z', '--until', '2026-11-22T10:00Z'];

beforeAll(async () => {
  azurite = await spawnAzurite();
  const client = tableClients({ kind: 'connection-string', connectionString: azurite.connectionString });
  attempts = new TableHistory(azureTable(client('history')));
  await add(opening('2026-11-22T08:15:30.000Z', 1), ALLOCATED);
  await add(opening('2026-11-22T08:20:00.000Z', 2, { gameMode: 'battle' }), {
    ...{ outcome: 'no-capacity', closedAtMs: Date.parse('2026-11-22T08:20:00.040Z') },
    ...{ fleetCalls: 1, fleetMs: 12, upstreamStatus: 503 },
  });
  await add(opening('2026-11-22T09:00:00.000Z', 3, { fleet: 'playfab' }), {
    ...ALLOCATED,
    ...{ closedAtMs: Date.parse('2026-11-22T09:00:01.500Z'), fleetMs: 1_400 },
    ...{ region: 'NorthEurope', hostName: 'a3.cloudapp.net', preferenceRank: 2 },
  });
});

afterAll(() => azurite.stop());

async function add(opened: AttemptOpening, closing?: AttemptClosing): Promise<void> {
  const row = await attempts.open(opened);
  if (closing !== undefined) await row.close(closing);
}

const onTables = (...args: string[]): ReturnType<typeof history> =>
  history('--connection', azurite.connectionString, ...PERIOD, ...args);

it('prints a table, newest first, without colours where there is no terminal', async () => {
  expect(await onTables()).toEqual({
    code: 0,
    stderr: '',
    stdout: [
      'BEGAN                OUTCOME      REGION        CHOICE  FLEET         FLEET TIME  CALLS  STATUS  MODE    SESSION                               HOST',
      '2026-11-22 09:00:00  allocated    North Europe     2/2  playfab           1.40 s      1     200  duel    00000000-0000-4000-8000-000000000003  a3.cloudapp.net',
      '2026-11-22 08:20:00  no-capacity  -                  -  sessionhosts       12 ms      1     503  battle  00000000-0000-4000-8000-000000000002  -',
      '2026-11-22 08:15:30  allocated    West US          1/2  sessionhosts      710 ms      1     200  duel    00000000-0000-4000-8000-000000000001  a1.cloudapp.net',
      '',
    ].join('\n'),
  });
});

it.each([
  [['--outcome', 'no-capacity'], [2]],
  [['--region', 'north europe'], [3]],
  [
    ['--game-mode', 'duel'],
    [3, 1],
  ],
  [['--fleet', 'playfab'], [3]],
  [['--upstream-status', '503'], [2]],
  [
    ['--upstream-status', '200'],
    [3, 1],
  ],
  [['--limit', '1'], [3]],
  [
    ['--limit', 'all'],
    [3, 2, 1],
  ],
  [
    ['--until', '2026-11-22T09:00Z'],
    [2, 1],
  ],
  [['--session', guid(2)], [2]],
  [['--session', `{${guid(2).replaceAll('-', '').toUpperCase()}}`], [2]],
])('filters by %j', async (flags, numbers) => {
  const { stdout, code } = await onTables('--format', 'ndjson', ...flags);
  const sessions = stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { sessionId: string }).sessionId);
  expect([code, sessions]).toEqual([0, numbers.map(guid)]);
});

it('says when there is more than it shows', async () => {
  expect((await onTables('--limit', '2')).stderr).toBe(
    'The latest 2; there are more: --limit all shows them.\n',
  );
});

it('prints attempts as JSON as the API tells them: no cookie hash, no keys of rows', async () => {
  const { stdout } = await onTables('--format', 'json', '--outcome', 'no-capacity');
  expect(JSON.parse(stdout)).toEqual([
    {
      sessionId: guid(2),
      attemptId: guid(900_002),
      generation: 1,
      gameMode: 'battle',
      fleet: 'sessionhosts',
      outcome: 'no-capacity',
      claimedAt: '2026-11-22T08:20:00.000Z',
      closedAt: '2026-11-22T08:20:00.040Z',
      locations: ['West US', 'North Europe'],
      placement: { asked: 2, ranking: [], excluded: [] },
      hints: { players: 1, locations: [] },
      fleetCalls: 1,
      fleetMs: 12,
      upstreamStatus: 503,
      invocationId: 'an-invocation',
    },
  ]);
});

/** What a client may name a location, and what a row of an older version may hold: half of a character. */
const STEERING = 'a\u001b[2J\u007f\u0085\u009b31m\u061c\u200f\u202e\u2066\u2028\u2029\u{e0041}z';
const HALF = `${'a'.repeat(39)}\ud83d`;
const LATE = ['--since', '2026-11-22T11:00Z', '--until', '2026-11-22T12:00Z'];

describe('on a row with control codes and half of a character', () => {
  beforeAll(async () => {
    const of = { players: 1, minMs: 1, meanMs: 1, maxMs: 1 };
    const hints = { players: 1, withHints: 1, measurements: 2 };
    const locations = [STEERING, HALF].map((location) => ({ location, ...of }));
    await add(
      opening('2026-11-22T11:00:00.000Z', 21, {
        gameMode: STEERING,
        hints: JSON.stringify({ ...hints, locations }),
      }),
      { ...ALLOCATED, reason: `=${STEERING}` },
    );
  });

  it.each([
    [[]],
    [['--format', 'json']],
    [['--format', 'ndjson']],
    [['--format', 'csv']],
    [['--summary']],
    [['--summary', '--format', 'json']],
    [['--session', guid(21)]],
  ])('prints nothing that a terminal obeys, and no half of a character, with %j', async (flags) => {
    const { stdout, code } = await onTables(...LATE, ...flags);
    expect(code).toBe(0);
    // Line ends are the command's own.
    expect(stdout.replaceAll(/\r?\n/g, '').match(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu)).toBeNull();
    expect(stdout).not.toContain(String.raw`\ud83d`);
  });

  it('escapes them in JSON, which loses nothing', async () => {
    const { stdout } = await onTables(...LATE, '--format', 'ndjson');
    expect(stdout).toContain(
      String.raw`"gameMode":"a\u001b[2J\u007f\u0085\u009b31m\u061c\u200f\u202e\u2066\u2028\u2029\udb40\udc41z"`,
    );
    expect(JSON.parse(stdout)).toMatchObject({
      gameMode: STEERING,
      hints: { locations: [{ location: STEERING }, { location: `${'a'.repeat(39)}\ufffd` }] },
    });
  });
});

it('sums up', async () => {
  const { stdout, code } = await onTables('--summary');
  expect(code).toBe(0);
  expect(stdout).toBe(
    [
      'Period            2026-11-22 08:00:00 to 2026-11-22 10:00:00 UTC',
      'Attempts          3, of 3 sessions',
      'Allocations       2 of 3 (66.7 %)',
      'First preference  1 of 2 (50.0 %)',
      'Fallback          1 of 2 (50.0 %)',
      'Fleet time        p50 710 ms, p95 1.40 s',
      'Total time        p50 1.02 s, p95 1.50 s',
      'Several calls     0 of 3 (0.0 %)',
      'Take-overs        0 of 3 (0.0 %)',
      '',
      'OUTCOME      ATTEMPTS   SHARE',
      'allocated           2  66.7 %',
      'no-capacity         1  33.3 %',
      '',
      'UPSTREAM STATUS  ATTEMPTS   SHARE',
      '            200         2  66.7 %',
      '            503         1  33.3 %',
      '',
      'REGION        ALLOCATIONS  FIRST PREFERENCE  FLEET P50  FLEET P95',
      'North Europe            1             0.0 %     1.40 s     1.40 s',
      'West US                 1           100.0 %     710 ms     710 ms',
      '',
      'FLEET         ATTEMPTS  ALLOCATIONS    SHARE  FLEET P50  FLEET P95',
      'sessionhosts         2            1   50.0 %     710 ms     710 ms',
      'playfab              1            1  100.0 %     1.40 s     1.40 s',
      '',
      'Replays are not counted: a session that has its host is answered without an attempt. The log has them:',
      'event allocation.request with "replayed": true (docs/operating.md).',
      '',
    ].join('\n'),
  );
});

it('has no table of fleets where there is one', async () => {
  const { stdout } = await onTables('--summary', '--fleet', 'playfab');
  expect(stdout).toContain('Attempts          1, of 1 session\n');
  expect(stdout).not.toContain('sessionhosts');
  expect(stdout).not.toContain('FLEET  ');
});

it('ends with 3 when there is nothing, and says how to look further', async () => {
  expect(await onTables('--outcome', 'internal')).toEqual({
    ...{ code: 3, stdout: '' },
    stderr: 'Nothing was found. --since 1d looks further back.\n',
  });
  expect(await onTables('--outcome', 'internal', '--format', 'json')).toEqual({
    ...{ code: 3, stdout: '[]\n', stderr: '' },
  });
});

it.each([
  [['--since', 'yesterday'], 'It must be a time such as 2026-11-22T08:15:00Z, 90m, 2h or 3d.'],
  [['--since', '2023-02-29'], 'It must be a day that exists.'],
  [['--until', '2026-11-31T08:00Z'], 'It must be a day that exists.'],
  [['--since', '99999d'], 'It must be a time since 1970.'],
  [['--until', '1969-12-31'], 'It must be a time since 1970.'],
  [['--since', '1h', '--until', '2h'], '--since must be a time before until'],
  [['--until', '2h'], '--until must be a time after since (1h ago where it is not given)'],
  [
    ['--until', '4d', '--session', guid(2)],
    '--until must be a time after since (3d ago where it is not given)',
  ],
  [['--since', '2999-01-01'], '--since must be a time before until (now where it is not given)'],
  [['--game-mode', 'a\nb'], 'It must be at most 128 characters, without control characters.'],
  [['--session', '42'], 'It must be a GUID: 32 hexadecimal digits, with or without hyphens.'],
  [['--outcome', 'sad'], 'Allowed choices are open, allocated,'],
  [['--upstream-status', '5xx'], 'It must be a status from 100 to 599, or none.'],
  [['--effort', 'much'], 'Allowed choices are several, takeover, overflow.'],
  [['--limit', '0'], 'It must be a whole number above 0, or "all".'],
  [['--follow', '--summary'], "option '--follow' cannot be used with option '--summary'"],
  [['--follow', '--format', 'json'], '--follow prints table, csv or ndjson'],
  [['--endpoint', 'http://tables.example'], 'It must be an address such as https://'],
  [['--nonsense'], "unknown option '--nonsense'"],
])('refuses %j with 2', async (flags, message) => {
  const { code, stdout, stderr } = await history(...flags);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
});

it.each([
  ['--since', '20000d'],
  ['--since', '2026-11-22T08:00Z', '--until', '9999-12-31'],
])('reads a period from %s %s on without looking through decades of hours', async (...period) => {
  const { code, stdout } = await history(
    '--connection',
    azurite.connectionString,
    ...period,
    '--format',
    'csv',
  );
  expect([code, stdout.trimEnd().split('\n').length]).toEqual([0, 5]);
});

describe('on attempts that were hard', () => {
  const hard = ['--since', '2026-11-22T12:00Z', '--until', '2026-11-22T13:00Z', '--format', 'ndjson'];

  beforeAll(async () => {
    const earlier = opening('2026-11-22T12:00:00.000Z', 31, { sessionId: guid(30) });
    await add(earlier);
    await add(opening('2026-11-22T12:01:00.000Z', 32, { sessionId: guid(30), previous: earlier.key }), {
      ...ALLOCATED,
      fleetCalls: 2,
    });
    await add(opening('2026-11-22T12:02:00.000Z', 33), { ...ALLOCATED, fleetCalls: 5 });
  });

  it.each([
    [
      ['--effort', 'several'],
      [33, 32],
    ],
    [['--effort', 'takeover'], [32]],
    [['--upstream-status', 'none'], [31]],
    [['--effort', 'several', '--session', guid(30)], [32]],
  ])('filters by %j', async (flags, numbers) => {
    const { stdout, code } = await history('--connection', azurite.connectionString, ...hard, ...flags);
    const found = stdout.trimEnd().split('\n');
    const ids = found.map((line) => (JSON.parse(line) as { attemptId: string }).attemptId);
    expect([code, ids]).toEqual([0, numbers.map((number) => guid(900_000 + number))]);
  });
});

it('ends with 1 when the tables cannot be read, and says so in one line', async () => {
  const { port } = new URL(azurite.tableUrl);
  const wrongKey = azurite.connectionString.replace(/AccountKey=[^;]+/, 'AccountKey=d3Jvbmc=');
  expect(await history('--connection', wrongKey)).toEqual({
    ...{ code: 1, stdout: '' },
    stderr:
      'error: the tables could not be read (query on table brokerhistory: status 403). ' +
      'The account may not read them: it needs the role Storage Table Data Reader, or the key is wrong.\n',
  });
  const nobody = azurite.connectionString.replaceAll(port, '9');
  const { code, stderr } = await history('--connection', nobody);
  expect([code, stderr]).toEqual([
    1,
    'error: the tables could not be read (query on table brokerhistory: no answer). ' +
      'Is the address right, and can this machine reach it?\n',
  ]);
});

it.each(['foo', 'AccountName=x', 'TableEndpoint=nowhere;AccountName=x;AccountKey=eA=='])(
  'refuses the connection string %j with 2, without repeating it',
  async (connection) => {
    const words = 'is not the connection string of a storage account\n';
    expect(await history('--connection', connection)).toEqual({
      ...{ code: 2, stdout: '' },
      stderr: `error: --connection ${words}`,
    });
    expect(await start([], { BrokerStorage: connection }).ended()).toEqual({
      ...{ code: 2, stdout: '' },
      stderr: `error: BrokerStorage ${words}`,
    });
  },
);

it('says what to type when npm took the flags', async () => {
  const env = { npm_lifecycle_event: 'history', npm_config_summary: 'true', npm_config_since: 'true' };
  expect(await start(['2h'], env).ended()).toEqual({
    ...{ code: 2, stdout: '' },
    stderr: expect.stringContaining(
      'error: npm keeps flags to itself unless -- stands before them. Type: npm run history -- --since 2h --summary\n',
    ) as string,
  });
});

it('finds the tables in the environment, else those of the local stack that runs', async () => {
  using folder = temporaryFolder();
  const none = await start(PERIOD, {}, folder.path).ended();
  expect([none.code, none.stderr.split('\n')[0]]).toEqual([
    2,
    'error: no tables to read. Start the local stack (npm start), or give --connection or --endpoint, or set BrokerStorage.',
  ]);
  expect((await start(PERIOD, { BrokerStorage: azurite.connectionString }, folder.path).ended()).code).toBe(
    0,
  );
  mkdirSync(join(folder.path, '.local'));
  const stack = { pid: process.pid, connectionString: azurite.connectionString };
  writeFileSync(join(folder.path, '.local/stack.json'), JSON.stringify(stack));
  expect((await start(PERIOD, {}, folder.path).ended()).code).toBe(0);
  // A process id that cannot be in use: the stack has crashed.
  writeFileSync(join(folder.path, '.local/stack.json'), JSON.stringify({ ...stack, pid: 2 ** 30 }));
  expect((await start(PERIOD, {}, folder.path).ended()).code).toBe(2);
});

it('follows: each attempt once, when it ends, until Ctrl-C', async () => {
  const nowMs = Date.now();
  const began = (ago: number): string => new Date(nowMs - ago).toISOString();
  const running = start([
    '--connection',
    azurite.connectionString,
    '--follow',
    '--since',
    '1m',
    '--format',
    'ndjson',
  ]);
  await add(opening(began(1_000), 11), ALLOCATED);
  const open = await attempts.open(opening(began(500), 12));
  await until('the first attempt', () => running.stdout().includes(guid(11)) || undefined);
  expect(running.stdout()).not.toContain(guid(12));
  await open.close({ ...ALLOCATED, outcome: 'pending' });
  await until('the second attempt', () => running.stdout().includes(guid(12)) || undefined);
  // One more round, which must not tell the first ones again.
  await add(opening(began(0), 13), ALLOCATED);
  await until('the third attempt', () => running.stdout().includes(guid(13)) || undefined);
  running.interrupt();
  const { code, stdout } = await running.ended();
  const told = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { sessionId: string; outcome: string })
    .map(({ sessionId, outcome }) => `${sessionId.slice(-2)} ${outcome}`);
  expect([code, told]).toEqual([0, ['11 allocated', '12 pending', '13 allocated']]);
});

it('follows from now on where nothing else is asked for, and shows no more at once than it may', async () => {
  const nowMs = Date.now();
  for (const [ago, number] of [
    [9_000, 31],
    [8_000, 32],
    [7_000, 33],
  ] as const) {
    await add(opening(new Date(nowMs - ago).toISOString(), number, { gameMode: 'followed' }), ALLOCATED);
  }
  const args = ['--connection', azurite.connectionString, '--follow', '--format', 'ndjson'];
  const fromNow = start(args);
  const two = start([...args, '--since', '1m', '--limit', '2', '--game-mode', 'followed']);
  await until('the latest', () => two.stdout().includes(guid(33)) || undefined);
  const soon = new Date(Date.now() + 5_000).toISOString();
  await add(opening(soon, 34), ALLOCATED);
  await until('a new one', () => fromNow.stdout().includes(guid(34)) || undefined);
  fromNow.interrupt();
  two.interrupt();
  const told = (stdout: string): string[] =>
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { sessionId: string }).sessionId);
  expect(told((await fromNow.ended()).stdout)).toEqual([guid(34)]);
  const { stdout, stderr } = await two.ended();
  expect(told(stdout).slice(0, 2)).toEqual([guid(32), guid(33)]);
  expect(stderr).toMatch(/older attempts were left out: --limit allows more\.\n/);
});

it('prints help with examples and exit codes, and ends with 0', async () => {
  const { code, stdout } = await history('--help');
  expect(code).toBe(0);
  expect(stdout).toContain('Exit codes:');
  expect(stdout).toContain('$ npm run history -- --since 2h --outcome no-capacity');
});
