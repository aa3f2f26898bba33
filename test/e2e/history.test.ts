/** What operators learn of the sessions that were asked for, of the dead as well, and what timers tidy up. */
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TableClient } from '@azure/data-tables';
import { azureTable } from '../../lib/ledger/tables/azureTable.ts';
import { TableHistory } from '../../lib/ledger/history/tableHistory.ts';
import type { Stack } from '../../local/stack.ts';
import { type LoggedEvent, type TestBroker, startBroker } from '../support/e2e/broker.ts';
import { fleet, startStack } from '../support/e2e/fleetUnderTest.ts';
import { type Reply, allocate, json, send } from '../support/e2e/httpClient.ts';
import { killInCall } from '../support/e2e/kill.ts';
import { type Tables, tablesOf } from '../support/e2e/tables.ts';
import { until } from '../support/e2e/until.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { ALLOCATED, guid, opening } from '../support/historyRows.ts';

const KEY = { 'x-functions-key': 'of-the-operators' };

const folder = temporaryFolder();
let stack: Stack;
let broker: TestBroker;
let tables: Tables;

beforeAll(async () => {
  const keys = join(folder.path, 'keys.json');
  const functions = {
    allocations: { clients: 'of-the-clients' },
    endings: { backends: 'of-the-backends' },
    history: { operators: KEY['x-functions-key'] },
  };
  writeFileSync(keys, JSON.stringify({ master: 'the-master-key', host: {}, functions }));
  stack = await startStack({ fleet: { activationMs: 20 }, settings: { BROKER_FLEET_TIMEOUT_MS: '500' } });
  broker = await startBroker(stack, { keys });
  tables = tablesOf(stack.azurite.connectionString);
});

afterAll(async () => {
  await stack.stop();
  folder.remove();
});

const ask = (sessionId: string, location: string): Promise<Reply> =>
  allocate(
    broker,
    { sessionId, gameMode: 'duel', latencies: [{ location, ms: 10 }], sessionCookie: 'a-secret-cookie' },
    { 'x-functions-key': 'of-the-clients' },
  );

const history = (query = ''): Promise<Reply> =>
  send(`${broker.url}/api/v1/history${query}`, { headers: KEY });

const attempts = (reply: Reply): Record<string, unknown>[] =>
  json(reply)['attempts'] as Record<string, unknown>[];

/** Runs a timer by hand, as operators do, and gives what it told. */
async function runTimer(name: 'sweep' | 'prune'): Promise<LoggedEvent> {
  const before = broker.events(name).length;
  const reply = await send(`${broker.url}/admin/functions/${name}?wait=true`, {
    method: 'POST',
    headers: { 'x-functions-key': 'the-master-key', 'content-type': 'application/json' },
    body: '{}',
  });
  expect(reply.status).toBe(200);
  return until(`the event of ${name}`, () => broker.events(name)[before]);
}

describe('GET /api/v1/history', () => {
  const sessions = [randomUUID(), randomUUID(), randomUUID()] as const;

  beforeAll(async () => {
    const wanted = ['West Europe', 'Japan East', 'West Europe'];
    for (const [index, sessionId] of sessions.entries()) {
      expect((await ask(sessionId, wanted[index] ?? '')).status).toBe(201);
    }
  });

  it('tells the latest attempts, newest first, with all that was decided and measured', async () => {
    const reply = await history();
    expect(reply).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
    const [latest, ...others] = attempts(reply);
    expect([latest, ...others].map((one) => one?.['sessionId'])).toEqual([...sessions].reverse());
    expect(latest).toMatchObject({
      outcome: 'allocated',
      gameMode: 'duel',
      region: 'WestEurope',
      preferenceRank: 1,
      fleetCalls: expect.any(Number) as number,
      upstreamStatus: 200,
      hints: { players: 1, measurements: 1 },
      placement: { aggregate: 'mean' },
    });
    expect((latest?.['locations'] as string[])[0]).toBe('West Europe');
    expect(json(reply)).not.toHaveProperty('continuation');
  });

  it('never tells the cookie, nor what is kept of it', async () => {
    const row = (await tables.attempts(sessions[0]))[0];
    expect(row?.['cookieHash']).toEqual(expect.any(String));
    for (const { text } of [await history(), await history(`?session=${sessions[0]}`)]) {
      expect(text).not.toContain('a-secret-cookie');
      expect(text).not.toContain(row?.['cookieHash']);
      expect(text).not.toContain('cookie');
    }
  });

  it('filters', async () => {
    const europe = attempts(await history('?region=west%20europe&outcome=allocated'));
    expect(europe.map((one) => one['sessionId'])).toEqual([sessions[2], sessions[0]]);
    expect(attempts(await history('?outcome=no-capacity'))).toEqual([]);
    expect(attempts(await history('?gameMode=royale'))).toEqual([]);
    expect(attempts(await history(`?fleet=${fleet.name}`))).toHaveLength(sessions.length);
    const other = fleet.name === 'playfab' ? 'sessionhosts' : 'playfab';
    expect(attempts(await history(`?fleet=${other}`))).toEqual([]);
    expect(attempts(await history('?since=2d&until=1d'))).toEqual([]);
  });

  it('filters by the effort, and by what the fleet answered last', async () => {
    const client = TableClient.fromConnectionString(stack.azurite.connectionString, 'brokerhistory', {
      allowInsecureConnection: true,
    });
    const rows = new TableHistory(azureTable(client));
    const first = opening('2026-11-22T08:15:00Z', 1);
    const noCall = { fleetCalls: 0, upstreamStatus: undefined, region: undefined, hostName: undefined };
    await (await rows.open(first)).close({ ...ALLOCATED, ...noCall, outcome: 'storage-unavailable' });
    const second = opening('2026-11-22T08:16:00Z', 2, { sessionId: guid(1), previous: first.key });
    await (await rows.open(second)).close({ ...ALLOCATED, fleetCalls: 2 });
    await (
      await rows.open(opening('2026-11-22T08:17:00Z', 3))
    ).close({
      ...ALLOCATED,
      ...{ outcome: 'upstream-failed', fleetCalls: 3, upstreamStatus: 503 },
    });
    const found = async (query: string): Promise<unknown[]> => {
      const reply = await history(`?since=2026-11-22T08:00Z&until=2026-11-22T09:00Z&${query}`);
      return attempts(reply).map((one) => one['attemptId']);
    };
    const named = (...numbers: number[]): string[] => numbers.map((number) => guid(900_000 + number));
    expect(await found('effort=several')).toEqual(named(3, 2));
    expect(await found('effort=takeover')).toEqual(named(2));
    expect(await found('upstreamStatus=503')).toEqual(named(3));
    expect(await found('upstreamStatus=none')).toEqual(named(1));
    expect(await found('upstreamStatus=200&effort=several')).toEqual(named(2));
    expect(await found('effort=several&sample=100')).toEqual(named(3, 2));
  });

  it('goes on with the continuation, through a query string', async () => {
    const found: unknown[] = [];
    let continuation = '';
    do {
      const reply = await history(`?limit=1&since=2h&continuation=${continuation}`);
      found.push(...attempts(reply).map((one) => one['sessionId']));
      continuation = (json(reply)['continuation'] as string | undefined) ?? '';
    } while (continuation !== '');
    expect(found).toEqual([...sessions].reverse());
  });

  it('tells one session: how it stands, and its attempts', async () => {
    const reply = await history(`?session=${sessions[1].toUpperCase()}`);
    expect(json(reply)['session']).toMatchObject({ state: 'allocated', generation: 1, region: 'JapanEast' });
    expect(attempts(reply).map((one) => one['sessionId'])).toEqual([sessions[1]]);
    const braced = `{${sessions[1].replaceAll('-', '')}}`;
    const again = await history(`?session=${encodeURIComponent(braced)}`);
    // A second may have passed between the two.
    const ticking = { session: { expiresInSeconds: expect.any(Number) as number } };
    expect(json(again)).toMatchObject({ ...json(reply), ...ticking });
  });

  it('cuts a long name between two characters, and escapes what would steer a terminal', async () => {
    const sessionId = randomUUID();
    expect((await ask(sessionId, `${'a'.repeat(39)}😀s`)).status).toBe(201);
    const steering = randomUUID();
    expect((await ask(steering, 'b\u009b31m\u202e\u2028\u007f')).status).toBe(201);

    const { text } = await history(`?session=${sessionId}`);
    expect(text.match(/\\ud[89a-f]/gi)).toBeNull();
    expect(JSON.parse(text)).toMatchObject({
      attempts: [{ hints: { locations: [{ location: `${'a'.repeat(39)}😀` }] } }],
    });
    const escaped = (await history(`?session=${steering}`)).text;
    expect(escaped).toContain('"location":"b\\u009b31m\\u202e\\u2028\\u007f"');
    expect(JSON.parse(escaped)).toMatchObject({
      attempts: [{ hints: { locations: [{ location: 'b\u009b31m\u202e\u2028\u007f' }] } }],
    });
  });

  it('refuses what it does not understand, with every mistake named', async () => {
    const reply = await history('?since=yesterday&limit=0&fleet=agones');
    expect(reply.status).toBe(400);
    expect(json(reply)).toMatchObject({
      code: 'invalid-request',
      errors: [{ pointer: '/since' }, { pointer: '/fleet' }, { pointer: '/limit' }],
    });
    const forged = await history(`?continuation=${Buffer.from('["x",null,null]').toString('base64url')}`);
    expect(json(forged)).toMatchObject({ status: 400, errors: [{ pointer: '/continuation' }] });
  });

  const packed = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');
  const token = (hour: string, afterRow: unknown, table: unknown): string =>
    Buffer.from(JSON.stringify([hour, afterRow, table])).toString('base64url');
  const ofTable = (keys: unknown): string => token('2026-11-22T08', null, packed(keys));

  it.each([
    ['half a surrogate pair', ofTable({ nextPartitionKey: '\ud800', nextRowKey: 'x' })],
    ['the other half', ofTable({ nextPartitionKey: 'x', nextRowKey: 'x\udfff' })],
    ['a line break', ofTable({ nextPartitionKey: 'x\r\ny: z', nextRowKey: 'x' })],
    ['a control character', ofTable({ nextPartitionKey: 'x', nextRowKey: '\u0000' })],
    ['letters that no key has', ofTable({ nextPartitionKey: 'é', nextRowKey: '🎲' })],
    ['a key of another kind', ofTable({ nextPartitionKey: 1, nextRowKey: null })],
    ['a key that nobody knows', ofTable({ nextPartitionKey: 'x', nextTableName: 'x' })],
    ['one key alone', ofTable({ nextRowKey: 'x' })],
    ['a list of keys', ofTable(['x', 'x'])],
    ['no keys at all', ofTable(null)],
    ['a row that cannot be', token('2026-11-22T08', '0000/\\#?', null)],
    ['half a surrogate pair for a row', token('2026-11-22T08', '\udc00', null)],
    ['a day that is none', token('2026-02-29T08', null, null)],
    ['an hour of half a surrogate pair', token('\ud800', null, null)],
    ['another version', Buffer.from('{"hour":"2026-11-22T08"}').toString('base64url')],
    ['no JSON', Buffer.from('["2026-11-22T08"').toString('base64url')],
    ['no base64', '%ED%A0%80%00%2F%5C%23%3F'],
    ['too much', 'x'.repeat(2_049)],
  ])(
    'a continuation with %s is the caller’s mistake, and no fault of storage',
    async (_name, continuation) => {
      const reply = await history(`?since=2026-11-22&continuation=${continuation}`);
      expect(json(reply)).toMatchObject({ status: 400, errors: [{ pointer: '/continuation' }] });
      expect(broker.events('ledger.fault')).toEqual([]);
    },
  );

  it.each([
    ['gameMode', '%00'],
    ['gameMode', 'a%0D%0Ab'],
    ['gameMode', '%EF%BF%BF'],
    ['region', '%7F'],
    ['region', '%C2%85'],
  ])('a %s of %s is the caller’s mistake, and no fault of storage', async (name, value) => {
    expect(json(await history(`?${name}=${value}`))).toMatchObject({
      status: 400,
      errors: [
        { pointer: `/${name}`, message: 'expected at most 128 characters, without control characters' },
      ],
    });
    expect(broker.events('ledger.fault')).toEqual([]);
  });

  it.each([
    '%27%20or%20%27a%27%20eq%20%27a',
    "'",
    '%F0%9F%8E%B2',
    '%2F%5C%23%3F%25',
    '%EF%BF%BD',
    '%E2%80%AE',
  ])('a gameMode of %s is one that nobody plays', async (value) => {
    expect(attempts(await history(`?gameMode=${value}`))).toEqual([]);
  });

  it.each([
    ['since=2023-02-29', '/since', 'expected a day that exists'],
    ['since=2026-11-31T08:00Z', '/since', 'expected a day that exists'],
    ['until=2026-04-31', '/until', 'expected a day that exists'],
    ['since=1969-12-31', '/since', 'expected a time since 1970'],
    ['since=21000d', '/since', 'expected a time since 1970'],
    ['since=99999d&until=99998d', '/since', 'expected a time since 1970'],
    ['since=1h&until=2h', '/since', 'expected a time before until'],
    ['until=2h', '/until', 'expected a time after since (1h ago where it is not given)'],
    ['since=2030-01-01', '/since', 'expected a time before until (now where it is not given)'],
  ])('%s is refused, and says why', async (query, pointer, message) => {
    const reply = await history(`?${query}`);
    expect([reply.status, (json(reply)['errors'] as unknown[])[0]]).toEqual([400, { pointer, message }]);
  });

  it('is open to its own key alone', async () => {
    const url = `${broker.url}/api/v1/history`;
    expect((await send(url)).status).toBe(401);
    expect((await send(url, { headers: { 'x-functions-key': 'of-the-clients' } })).status).toBe(401);
    expect((await send(`${url}?code=of-the-operators`)).status).toBe(200);
  });
});

it('a sweep run by hand closes what died, leaves the session to the next caller, and finds no more', async () => {
  const { control } = stack.fleet;
  const doomed = await startBroker(stack);
  const sessionId = randomUUID();
  const body = { sessionId, gameMode: 'duel', sessionCookie: 'a-secret-cookie' };
  await killInCall(control, doomed, [body], 'allocated', async () => {
    // While its lease runs the attempt may be alive, and is left alone.
    expect(await runTimer('sweep')).toMatchObject({ everything: true, alive: 1, unknown: 0, fenced: 0 });
  });

  const swept = await until('the lease has run out', async () => {
    const event = await runTimer('sweep');
    return event['unknown'] === 1 ? event : undefined;
  });
  expect(swept).toMatchObject({ fenced: 1, faults: 0, bounded: false });
  expect(await tables.session(sessionId)).toMatchObject({ state: 'released', maybeStarted: true });
  const [row] = await tables.attempts(sessionId);
  expect(row).toMatchObject({ outcome: 'unknown', closedBy: 'sweep' });
  expect(await runTimer('sweep')).toMatchObject({ open: 0 });

  expect((await ask(sessionId, 'West Europe')).status).toBe(201);
  expect((await control.report({ sessions: [sessionId] })).hosts).toHaveLength(1);
  const told = attempts(await history(`?session=${sessionId}`));
  expect(told.map((one) => [one['outcome'], one['closedBy']])).toEqual([
    ['allocated', undefined],
    ['unknown', 'sweep'],
  ]);
});

it('a prune deletes the hours past retention, and nothing of what may still be asked for', async () => {
  const client = TableClient.fromConnectionString(stack.azurite.connectionString, 'brokerhistory', {
    allowInsecureConnection: true,
  });
  const old = new TableHistory(azureTable(client));
  for (let number = 1; number <= 130; number += 1) await old.open(opening('2020-01-01T08:15:00Z', number));
  // Without the marks of how far sweep and prune have come, which each run may add.
  const rows = async () =>
    (await tables.all('brokerhistory')).filter((row) => row['partitionKey'] !== 'watermark').length;
  const kept = (await rows()) - 130;
  const sessions = (await tables.all('brokersessions')).length;
  expect(await runTimer('prune')).toMatchObject({
    historyRowsRemoved: 130,
    sessionsRemoved: 0,
    bounded: false,
  });
  expect(await tables.all('brokersessions')).toHaveLength(sessions);
  expect(await rows()).toBe(kept);
});

it('tells who ended a session, when, and what the fleet said, and counts that as no attempt', async () => {
  const sessionId = randomUUID();
  expect((await ask(sessionId, 'West Europe')).status).toBe(201);
  const ended = await send(`${broker.url}/api/v1/allocations/${sessionId}`, {
    method: 'DELETE',
    headers: { 'x-functions-key': 'of-the-backends' },
  });
  expect(ended.status).toBe(204);

  const reply = await history(`?session=${sessionId}`);
  // A fleet that can be told is told again once no call for the session can be in flight any more.
  const isConfirmed = fleet.name !== 'playfab';
  const end = { endedBy: 'key', ...(isConfirmed && { endFleet: 'not-told' }) };
  const outcome = isConfirmed ? 'ended' : 'open';
  expect(json(reply)['session']).toMatchObject({ state: 'ended', ...end });
  const [ending, attempt] = attempts(reply);
  expect(ending).toMatchObject({ kind: 'ending', sessionId, outcome, fleet: fleet.name, ...end });
  expect(ending).not.toHaveProperty('takeover');
  expect(attempt).toMatchObject({ sessionId, outcome: 'allocated' });
  expect(attempt).not.toHaveProperty('kind');
  expect(json(reply)['session']).toMatchObject({
    endedAt: ending?.['claimedAt'],
    attemptId: ending?.['attemptId'],
  });

  const found = async (query: string): Promise<unknown[]> =>
    attempts(await history(query)).map((one) => one['attemptId']);
  expect(await found(`?outcome=${outcome}`)).toEqual([ending?.['attemptId']]);
  expect(await found('?effort=takeover')).not.toContain(ending?.['attemptId']);
});
