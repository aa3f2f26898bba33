/** What makes two requests the same session: the game mode and the cookie, never the latencies. */
import { randomUUID } from 'node:crypto';
import type { Stack } from '../../local/stack.ts';
import { type TestBroker, startBroker } from '../support/e2e/broker.ts';
import { fleet, startStack } from '../support/e2e/fleetUnderTest.ts';
import { allocate, json } from '../support/e2e/httpClient.ts';

let stack: Stack;
/** The second one has never seen the session: it judges by the row, the first from its memory. */
let brokers: [warm: TestBroker, cold: TestBroker];

beforeAll(async () => {
  stack = await startStack({ fleet: { activationMs: 0 } });
  brokers = await Promise.all([startBroker(stack), startBroker(stack)]);
});

afterEach(() => stack.fleet.control.faults.clear());
afterAll(() => stack.stop());

describe.each([
  ['the instance that allocated', 0],
  ['another instance', 1],
] as const)('to %s, a later call', (_name, index) => {
  const sessionId = randomUUID();
  const first = { sessionId, gameMode: 'duel', sessionCookie: 'blue' };
  let answer: string;

  beforeAll(async () => {
    const reply = await allocate(brokers[0], first);
    expect(reply.status).toBe(201);
    answer = reply.text;
  });

  it.each([
    ['another game mode', { sessionId, gameMode: 'battle' }, '/gameMode'],
    ['another cookie', { ...first, sessionCookie: 'red' }, '/sessionCookie'],
  ])('with %s is refused', async (_what, body, pointer) => {
    const reply = await allocate(brokers[index], body);
    expect(reply.status).toBe(422);
    expect(json(reply)).toMatchObject({ code: 'session-mismatch', retryable: false, errors: [{ pointer }] });
    expect(reply.text).not.toMatch(/blue|red/);
  });

  it.each([
    ['without the cookie', { sessionId, gameMode: 'duel' }],
    ['with the same cookie', first],
    ['with other latencies', { ...first, latencies: [{ location: 'Japan East', ms: 1 }] }],
  ])('%s gets the same host', async (_what, body) => {
    const reply = await allocate(brokers[index], body);
    expect([reply.status, reply.text]).toEqual([200, answer]);
  });
});

it('fixes that there is no cookie, too', async () => {
  const body = { sessionId: randomUUID(), gameMode: 'duel' };
  expect((await allocate(brokers[0], body)).status).toBe(201);
  for (const broker of brokers) {
    const reply = await allocate(broker, { ...body, sessionCookie: 'late' });
    expect([reply.status, json(reply)['code']]).toEqual([422, 'session-mismatch']);
  }
});

it('refuses a caller with another cookie while the first is still being served', async () => {
  const body = { sessionId: randomUUID(), gameMode: 'duel', sessionCookie: 'first' };
  await stack.fleet.control.hold({ match: { sessionId: body.sessionId }, point: 'allocated' });
  const asking = allocate(brokers[0], body);
  await stack.fleet.control.waitForParked();
  const others = await Promise.all(
    brokers.map((broker) => allocate(broker, { ...body, sessionCookie: 'second' })),
  );
  await stack.fleet.control.release();
  expect(others.map(({ status }) => status)).toEqual([422, 422]);
  expect((await asking).status).toBe(201);
});

it('takes another cookie after nothing was started', async () => {
  const sessionId = randomUUID();
  await stack.fleet.control.faults.set({
    match: { sessionId },
    times: 1,
    action: {
      type: 'status',
      status: fleet.noCapacity.status,
      body: JSON.stringify(fleet.noCapacity.body),
    },
  });
  const refused = await allocate(brokers[0], { sessionId, gameMode: 'duel', sessionCookie: 'old' });
  expect([refused.status, json(refused)['code']]).toEqual([503, 'no-capacity']);

  const reply = await allocate(brokers[1], { sessionId, gameMode: 'duel', sessionCookie: 'new' });
  expect(reply.status).toBe(201);
  const { calls } = await stack.fleet.control.report({ sessions: [sessionId] });
  expect(calls.map(({ cookie }) => cookie)).toEqual(['old', 'new']);
});

it('keeps the cookie when a host may have been started', async () => {
  const body = { sessionId: randomUUID(), gameMode: 'duel', sessionCookie: 'kept' };
  await stack.fleet.control.faults.set({
    match: { sessionId: body.sessionId },
    point: 'allocated',
    action: { type: 'status', status: 500 },
  });
  const failed = await allocate(brokers[0], body, { prefer: 'wait=1' });
  expect([failed.status, json(failed)['code']]).toEqual([502, 'upstream-failed']);
  await stack.fleet.control.faults.clear();

  const other = await allocate(brokers[1], { ...body, sessionCookie: 'other' });
  expect([other.status, json(other)['code']]).toEqual([422, 'session-mismatch']);
  const without = await allocate(brokers[1], { sessionId: body.sessionId, gameMode: 'duel' });
  expect(without.status).toBe(201);
  const { hosts, calls } = await stack.fleet.control.report({ sessions: [body.sessionId] });
  expect(hosts).toHaveLength(1);
  expect(new Set(calls.map(({ cookie }) => cookie))).toEqual(new Set(['kept']));
});
