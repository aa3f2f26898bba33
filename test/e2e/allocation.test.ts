/** One session's way from the first request to the tables, on real processes. */
import { randomUUID } from 'node:crypto';
import type { Stack } from '../../local/stack.ts';
import { type TestBroker, startBroker } from '../support/e2e/broker.ts';
import { fleet, startStack } from '../support/e2e/fleetUnderTest.ts';
import { allocate, find, json, send } from '../support/e2e/httpClient.ts';
import { type Tables, tablesOf } from '../support/e2e/tables.ts';

const ABSENT_SESSION = '00000000-0000-4000-8000-000000000000';

let stack: Stack;
let broker: TestBroker;
let tables: Tables;

beforeAll(async () => {
  stack = await startStack({ fleet: { activationMs: 50 } });
  broker = await startBroker(stack);
  tables = tablesOf(stack.azurite.connectionString);
});

afterAll(() => stack.stop());

describe('a session that nobody has asked for', () => {
  const sessionId = randomUUID();
  const body = {
    sessionId: sessionId.toUpperCase(),
    gameMode: 'duel',
    latencies: [
      { location: 'japan east', ms: 12.5 },
      { location: 'West Europe', ms: 8 },
      { location: 'Atlantis', ms: 1 },
    ],
    sessionCookie: 'cookie-of-the-match',
  };

  it('is given a host once, and every later answer is the same byte for byte', async () => {
    const first = await allocate(broker, body);
    expect(first.status).toBe(201);
    expect(first.headers).not.toHaveProperty('idempotency-replayed');
    const { hosts, calls } = await stack.fleet.control.report({ sessions: [sessionId] });
    expect(hosts).toHaveLength(1);
    expect(json(first)).toEqual({
      sessionId,
      status: 'allocated',
      hostName: hosts[0]?.hostName,
      ports: [
        { name: 'GSDKTCPTest', port: hosts[0]?.ports[0]?.external, ...fleet.client.ports[0] },
        { name: 'GSDKUDPTest', port: hosts[0]?.ports[1]?.external, ...fleet.client.ports[1] },
      ],
      region: 'West Europe',
      ...fleet.client.more(calls[0]),
    });

    for (const reply of [await allocate(broker, body), await find(broker, sessionId.toUpperCase())]) {
      expect(reply.status).toBe(200);
      expect(reply.headers['idempotency-replayed']).toBe('true');
      expect(reply.text).toBe(first.text);
    }
    const cold = await startBroker(stack);
    const elsewhere = await allocate(cold, body);
    await cold.stop();
    expect([elsewhere.status, elsewhere.text]).toEqual([200, first.text]);
    expect((await stack.fleet.control.summary()).counts).toMatchObject({ calls: 1, hostsStarted: 1 });
  });

  it('was asked of the fleet in the order of the latencies, with the cookie', async () => {
    const { calls } = await stack.fleet.control.report({ sessions: [sessionId] });
    const locations = ['West Europe', 'Japan East', 'West US', 'East US', 'North Europe', 'Southeast Asia'];
    expect(calls).toMatchObject([
      {
        path: fleet.call.path,
        locations: locations.map(fleet.call.spell),
        cookie: 'cookie-of-the-match',
        authorized: true,
        headers: fleet.call.headers,
        status: 200,
      },
    ]);
  });

  it('has one allocated row, which no longer holds the cookie', async () => {
    const row = await tables.session(sessionId);
    expect(row).toMatchObject({ state: 'allocated', gameMode: 'duel', generation: 1, region: 'WestEurope' });
    expect(row?.['fleet']).toBe(fleet.name);
    expect(JSON.stringify(row)).not.toContain('cookie-of-the-match');
  });

  it('has one closed history row with what operators ask for', async () => {
    const [row, ...others] = await tables.attempts(sessionId);
    expect(others).toEqual([]);
    const { hosts } = await stack.fleet.control.report({ sessions: [sessionId] });
    expect(row).toMatchObject({
      sessionId,
      outcome: 'allocated',
      gameMode: 'duel',
      fleet: fleet.name,
      locations: '["West Europe","Japan East","West US","East US","North Europe","Southeast Asia"]',
      region: 'WestEurope',
      hostName: hosts[0]?.hostName,
      preferenceRank: 1,
      fleetCalls: 1,
      upstreamStatus: 200,
    });
    const [claimedAt, closedAt] = [row?.['claimedAt'], row?.['closedAt']] as [Date, Date];
    const startedAt = hosts[0]?.startedAt.wallMs ?? NaN;
    expect(claimedAt.getTime()).toBeLessThanOrEqual(startedAt);
    expect(closedAt.getTime()).toBeGreaterThan(startedAt);
    expect(row?.['partitionKey']).toBe(claimedAt.toISOString().slice(0, 13));
    // The host needs 50 ms to become active.
    expect(row?.['fleetMs']).toBeGreaterThanOrEqual(49);
    expect(JSON.stringify(row)).not.toContain('cookie-of-the-match');
    expect(JSON.stringify(row)).not.toContain(stack.fleetToken);
  });

  it('is told in the log, once for the attempt, and with the first request and the first replay', async () => {
    expect(await broker.told(1, 'allocation.attempt', sessionId)).toMatchObject([
      { level: 'information', outcome: 'allocated', fleetCalls: 1, takeover: false, preferenceRank: 1 },
    ]);
    expect(await broker.told(2, 'allocation.request', sessionId)).toMatchObject([
      { outcome: 'allocated', status: 201, replayed: false },
      { outcome: 'allocated', status: 200, replayed: true },
    ]);
  });
});

describe('GET /api/v1/allocations/{sessionId}', () => {
  it('answers 202 while the fleet is asked, and never asks it', async () => {
    const sessionId = randomUUID();
    await stack.fleet.control.hold({ match: { sessionId }, point: 'allocated' });
    const asking = allocate(broker, { sessionId, gameMode: 'duel' });
    await stack.fleet.control.waitForParked();
    const early = await find(broker, sessionId);
    await stack.fleet.control.release();
    expect((await asking).status).toBe(201);

    expect(early.status).toBe(202);
    expect(early.headers['retry-after']).toBe('1');
    expect(json(early)).toEqual({ sessionId, status: 'pending', retryAfterSeconds: 1 });
    expect((await stack.fleet.control.report({ sessions: [sessionId] })).calls).toHaveLength(1);
  });

  it('answers 404 for a session that nobody has started', async () => {
    const reply = await find(broker, ABSENT_SESSION);
    expect(reply.status).toBe(404);
    expect(json(reply)).toMatchObject({ code: 'unknown-session', status: 404, retryable: false });
  });

  it.each(['not-a-guid', '3536d3e6-e85d-4f47-b898-9617d19dabc', '%01'])('refuses %s', async (id) => {
    const reply = await find(broker, id);
    expect([reply.status, json(reply)['code']]).toEqual([400, 'invalid-request']);
  });
});

describe('the other addresses', () => {
  it('lists the locations in the configured order, cacheable', async () => {
    const reply = await send(`${broker.url}/api/v1/locations`);
    expect(reply.status).toBe(200);
    expect(reply.text).toBe(
      '{"locations":[{"name":"West US"},{"name":"East US"},{"name":"North Europe"},{"name":"West Europe"},{"name":"Southeast Asia"},{"name":"Japan East"}]}',
    );
    expect(reply.headers).toMatchObject({ 'cache-control': 'public, max-age=300', vary: 'Origin' });
  });

  it('is alive', async () => {
    const reply = await send(`${broker.url}/api/health`);
    expect([reply.status, reply.text]).toEqual([200, '{"status":"ok"}']);
  });

  it('is ready, and says of what', async () => {
    const reply = await send(`${broker.url}/api/ready`);
    expect(reply.status).toBe(200);
    expect(json(reply)).toEqual({
      status: 'ready',
      checks: [
        { name: 'settings', ok: true },
        { name: 'tables', ok: true },
        { name: 'token', ok: true },
        { name: 'runtime', ok: true },
        { name: 'timers', ok: true },
      ],
    });
  });
});

describe('the headers', () => {
  it.each([
    [201, 'POST', '', 'application/json; charset=utf-8'],
    [400, 'POST', '{', 'application/problem+json'],
    [404, 'GET', ABSENT_SESSION, 'application/problem+json'],
  ])('of a %s', async (status, method, text, contentType) => {
    const body = text === '' ? { sessionId: randomUUID(), gameMode: 'duel' } : text;
    const reply = await (method === 'POST' ? allocate(broker, body) : find(broker, text));
    expect(reply.status).toBe(status);
    expect(reply.headers).toMatchObject({
      'content-type': contentType,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
  });

  it.each(['health', 'ready'])('of /api/%s', async (name) => {
    const reply = await send(`${broker.url}/api/${name}`);
    expect(reply.headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
  });

  it('of a problem name the invocation that the log names', async () => {
    const reply = await find(broker, ABSENT_SESSION);
    expect(json(reply)['instance']).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });
});
