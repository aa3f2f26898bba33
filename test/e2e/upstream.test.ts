/** Everything that the fleet's API may answer, as a client of the broker sees it. */
import { randomUUID } from 'node:crypto';
import type { FaultRule } from '../../local/fleet/faultSchema.ts';
import type { Stack } from '../../local/stack.ts';
import { startDoublingProxy } from '../support/doublingProxy.ts';
import { NOBODY } from '../integration/fleets/harness.ts';
import { type TestBroker, startBroker } from '../support/e2e/broker.ts';
import { fleet, startStack } from '../support/e2e/fleetUnderTest.ts';
import { type Reply, allocate, find, json } from '../support/e2e/httpClient.ts';
import { type Tables, tablesOf } from '../support/e2e/tables.ts';

/** In every body that the fleet is made to answer: no client and no log may ever show it. */
const UPSTREAM_WORDS = 'words-of-the-upstream';

let stack: Stack;
let broker: TestBroker;
let tables: Tables;

beforeAll(async () => {
  stack = await startStack({ fleet: { activationMs: 0 }, settings: { BROKER_FLEET_TIMEOUT_MS: '2000' } });
  broker = await startBroker(stack);
  tables = tablesOf(stack.azurite.connectionString);
});

afterEach(() => stack.fleet.control.faults.clear());

afterAll(async () => {
  expect(JSON.stringify(broker.log)).not.toContain(UPSTREAM_WORDS);
  expect(JSON.stringify(broker.log)).not.toContain(stack.fleetToken);
  await stack.stop();
});

const request = (): { sessionId: string; gameMode: string } => ({
  sessionId: randomUUID(),
  gameMode: 'duel',
});

const status = (code: number, more: object = {}): FaultRule => ({
  action: { type: 'status', status: code, body: UPSTREAM_WORDS, ...more },
});

/** Calls and hosts of one session, by the fleet's own account. */
const seen = async (sessionId: string): Promise<{ calls: number; hosts: number }> => {
  const { calls, hosts } = await stack.fleet.control.report({ sessions: [sessionId] });
  return { calls: calls.length, hosts: hosts.length };
};

describe(`a wrong ${fleet.settings.credential}`, () => {
  it('is told to the operators, and to no client', async () => {
    const { event: logged, calls, words } = fleet.wrongCredential;
    const wrong = await startBroker(stack, { settings: { [fleet.settings.credential]: 'wrong-token' } });
    const body = request();
    const reply = await allocate(wrong, body);
    expect(reply.status).toBe(502);
    const { instance, ...problem } = json(reply);
    expect(instance).toEqual(expect.any(String));
    expect(problem).toEqual({
      type: 'urn:allocation-broker:problem:upstream-rejected',
      title: 'The fleet refused the broker',
      status: 502,
      detail:
        'The fleet does not accept the requests of this broker. Its operators have been told; repeating does not help.',
      code: 'upstream-rejected',
      retryable: false,
    });
    const [event] = await wrong.told(1, 'allocation.attempt', body.sessionId);
    expect(event).toMatchObject({ level: 'error', outcome: 'upstream-rejected' });
    expect(event?.['upstreamStatus']).toBe(logged.upstreamStatus);
    expect(event?.['reason']).toMatch(logged.reason);
    for (const text of [reply.text, JSON.stringify(wrong.log)]) {
      expect(text).not.toContain('wrong-token');
      expect(text).not.toMatch(words);
    }
    expect(await seen(body.sessionId)).toEqual({ calls, hosts: 0 });
  });
});

describe.each([
  [400, 1],
  [401, 2],
  [403, 1],
  [404, 1],
])('%i', (code, calls) => {
  it(`is upstream-rejected after ${calls} call(s), and the session can start later`, async () => {
    const body = request();
    await stack.fleet.control.faults.set(status(code));
    const reply = await allocate(broker, body);
    expect(reply.status).toBe(502);
    expect(json(reply)).toMatchObject({ code: 'upstream-rejected', retryable: false });
    expect(reply.text).not.toContain(UPSTREAM_WORDS);
    expect(await seen(body.sessionId)).toEqual({ calls, hosts: 0 });
    expect(await tables.session(body.sessionId)).toMatchObject({ state: 'released', maybeStarted: false });
    expect(await tables.attempts(body.sessionId)).toMatchObject([
      { outcome: 'upstream-rejected', upstreamStatus: code, fleetCalls: 1 },
    ]);
    expect((await find(broker, body.sessionId)).status).toBe(404);

    await stack.fleet.control.faults.clear();
    expect((await allocate(broker, body)).status).toBe(201);
  });
});

describe('409', () => {
  it('is asked again until the host is there', async () => {
    const body = request();
    await stack.fleet.control.faults.set({ ...status(409), point: 'allocated', times: 2 });
    expect((await allocate(broker, body)).status).toBe(201);
    expect(await seen(body.sessionId)).toEqual({ calls: 3, hosts: 1 });
    expect(await tables.attempts(body.sessionId)).toMatchObject([{ outcome: 'allocated', fleetCalls: 3 }]);
  });

  it('is 202 at the end of the wait, and the next call gets the host', async () => {
    const body = request();
    await stack.fleet.control.faults.set({ ...status(409), point: 'allocated' });
    const reply = await allocate(broker, body, { prefer: 'wait=1' });
    expect(reply.status).toBe(202);
    expect(reply.headers['retry-after']).toBe('1');
    expect(json(reply)).toEqual({ sessionId: body.sessionId, status: 'pending', retryAfterSeconds: 1 });
    expect((await find(broker, body.sessionId)).status).toBe(202);
    expect(await tables.attempts(body.sessionId)).toMatchObject([{ outcome: 'pending' }]);

    await stack.fleet.control.faults.clear();
    expect((await allocate(broker, body)).status).toBe(201);
    expect((await seen(body.sessionId)).hosts).toBe(1);
  });
});

describe(`no free host, ${fleet.noCapacity.status}`, () => {
  it('is no-capacity at once, with a Retry-After, and the session gets its host when one is free', async () => {
    const body = { sessionId: randomUUID(), gameMode: 'battle' };
    await stack.fleet.control.setPools({ 'West US': 0, 'East US': 0, 'West Europe': 0 });
    const reply = await allocate(broker, body);
    expect(reply.status).toBe(503);
    expect(reply.headers['retry-after']).toBe('5');
    expect(json(reply)).toMatchObject({ code: 'no-capacity', retryable: true, retryAfterSeconds: 5 });
    expect(await seen(body.sessionId)).toEqual({ calls: 1, hosts: 0 });
    expect((await find(broker, body.sessionId)).status).toBe(404);

    await stack.fleet.control.setPools({ 'West US': 1000, 'East US': 1000, 'West Europe': 1000 });
    const later = await allocate(broker, body);
    expect([later.status, json(later)['region']]).toEqual([201, 'West US']);
    expect((await tables.attempts(body.sessionId)).map(({ outcome }) => outcome)).toEqual([
      'allocated',
      'no-capacity',
    ]);
  });

  it("hands on the fleet's own Retry-After, whole seconds and at most two minutes", async () => {
    const { status: code, body } = fleet.noCapacity;
    const words = JSON.stringify({ ...body, errorMessage: UPSTREAM_WORDS });
    const none = (retryAfter: string): FaultRule => status(code, { body: words, retryAfter });
    await stack.fleet.control.faults.set({ ...none('17'), times: 1 });
    expect((await allocate(broker, request())).headers['retry-after']).toBe('17');
    await stack.fleet.control.faults.set(none('86400'));
    expect((await allocate(broker, request())).headers['retry-after']).toBe('120');
  });
});

describe.each(fleet.repeated)('%i', (code) => {
  it('is repeated inside the wait', async () => {
    const body = request();
    await stack.fleet.control.faults.set({ ...status(code), times: 2 });
    expect((await allocate(broker, body)).status).toBe(201);
    expect(await seen(body.sessionId)).toEqual({ calls: 3, hosts: 1 });
  });

  it('is upstream-failed at the end of the wait', async () => {
    const body = request();
    await stack.fleet.control.faults.set(status(code));
    const reply = await allocate(broker, body, { prefer: 'wait=1' });
    expect(reply.status).toBe(502);
    expect(json(reply)).toMatchObject({ code: 'upstream-failed', retryable: true });
    expect(reply.text).not.toContain(UPSTREAM_WORDS);
    expect(await tables.attempts(body.sessionId)).toMatchObject([
      { outcome: 'upstream-failed', upstreamStatus: code },
    ]);
  });
});

it('waits as long as Retry-After asks', async () => {
  const body = request();
  await stack.fleet.control.faults.set({ ...status(429, { retryAfter: '1' }), times: 1 });
  expect((await allocate(broker, body)).status).toBe(201);
  const { calls } = await stack.fleet.control.report({ sessions: [body.sessionId] });
  const pause = (calls[1]?.arrivedAt.monotonicMs ?? NaN) - (calls[0]?.answeredAt?.monotonicMs ?? NaN);
  expect(pause).toBeGreaterThanOrEqual(990);
});

const LOST: [name: string, rule: FaultRule][] = [
  ['a hang before it has looked', { action: { type: 'hang' } }],
  ['a hang after it has allocated', { point: 'allocated', action: { type: 'hang' } }],
  ['a reset before it has looked', { action: { type: 'reset' } }],
  ['a reset after it has allocated', { point: 'allocated', action: { type: 'reset' } }],
  ['half a body', { action: { type: 'half-body' } }],
];
const UNREADABLE: [name: string, rule: FaultRule][] = [
  ['garbage', { action: { type: 'garbage' } }],
  ['an empty 200', { action: { type: 'body', text: '' } }],
  [
    'a page of a proxy',
    { action: { type: 'body', text: `<p>${UPSTREAM_WORDS}</p>`, contentType: 'text/html' } },
  ],
  ['an answer without ports', { action: fleet.tells({ ports: null }) }],
];

describe.each([...LOST, ...UNREADABLE])('%s', (_name, rule) => {
  it('is asked again, and ends with one host', async () => {
    const body = request();
    await stack.fleet.control.faults.set({ ...rule, times: 1 });
    expect((await allocate(broker, body)).status).toBe(201);
    expect(await seen(body.sessionId)).toEqual({ calls: 2, hosts: 1 });
  });
});

it.each(LOST)('%s is 202 at the end of the wait: a host may be on its way', async (_name, rule) => {
  const body = request();
  await stack.fleet.control.faults.set(rule);
  const reply = await allocate(broker, body, { prefer: 'wait=1' });
  expect(reply.status).toBe(202);
  expect(await tables.session(body.sessionId)).toMatchObject({ state: 'released', maybeStarted: true });
  expect(await tables.attempts(body.sessionId)).toMatchObject([{ outcome: 'unknown' }]);
  expect((await find(broker, body.sessionId)).status).toBe(202);

  await stack.fleet.control.faults.clear();
  expect((await allocate(broker, body)).status).toBe(201);
  expect((await seen(body.sessionId)).hosts).toBe(1);
});

it.each(UNREADABLE)('%s is upstream-failed at the end of the wait, and kept in mind', async (_name, rule) => {
  const body = request();
  await stack.fleet.control.faults.set(rule);
  const reply = await allocate(broker, body, { prefer: 'wait=1' });
  expect([reply.status, json(reply)['code']]).toEqual([502, 'upstream-failed']);
  expect(reply.text).not.toContain(UPSTREAM_WORDS);
  expect(await tables.session(body.sessionId)).toMatchObject({ state: 'released', maybeStarted: true });

  await stack.fleet.control.faults.clear();
  expect((await allocate(broker, body)).status).toBe(201);
  expect((await seen(body.sessionId)).hosts).toBe(1);
});

it.each(['gzip', 'deflate', 'br'])('an answer compressed by %s, unasked, is the host', async (coding) => {
  const body = request();
  await stack.fleet.control.faults.set({ action: { type: 'coding', coding } });
  expect((await allocate(broker, body)).status).toBe(201);
  expect(await seen(body.sessionId)).toEqual({ calls: 1, hosts: 1 });
});

it('a content coding that nobody knows is upstream-failed, and named to the operators', async () => {
  const body = request();
  await stack.fleet.control.faults.set({ action: { type: 'coding', coding: 'zstd' } });
  const reply = await allocate(broker, body, { prefer: 'wait=1' });
  expect([reply.status, json(reply)['code']]).toEqual([502, 'upstream-failed']);
  expect(await tables.attempts(body.sessionId)).toMatchObject([
    { reason: 'The answer has the content coding zstd, which is not understood.' },
  ]);
});

it.each(['at-once', 'with-next'] as const)(
  'answers that are delivered twice (%s) give no session the host of another',
  async (secondCopy) => {
    const proxy = await startDoublingProxy(stack.fleet.url, secondCopy);
    try {
      const doubled = await startBroker(stack, { settings: { [fleet.settings.endpoint]: proxy.url } });
      const bodies = Array.from({ length: 120 }, request);
      for (const eight of Array.from({ length: 15 }, () => bodies.splice(0, 8))) {
        const replies = await Promise.all(eight.map((body) => allocate(doubled, body)));
        for (const [index, { sessionId }] of eight.entries()) {
          const { hosts } = await stack.fleet.control.report({ sessions: [sessionId] });
          const reply = replies[index] as Reply;
          expect([reply.status, json(reply)['hostName']]).toEqual([201, hosts[0]?.hostName]);
        }
      }
    } finally {
      await proxy.stop();
    }
  },
);

it('that nobody listens there is upstream-failed, and nothing was started', async () => {
  const nowhere = await startBroker(stack, {
    settings: { [fleet.settings.endpoint]: NOBODY },
  });
  const body = request();
  const reply = await allocate(nowhere, body, { prefer: 'wait=1' });
  expect([reply.status, json(reply)['code']]).toEqual([502, 'upstream-failed']);
  expect(reply.text).not.toMatch(/ECONNREFUSED|127\.0\.0\.1/);
  expect(await tables.session(body.sessionId)).toMatchObject({ state: 'released', maybeStarted: false });
});
