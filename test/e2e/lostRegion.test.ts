/** Two regions' brokers on one ledger. One region is lost for good, in the middle of its calls; the other goes on. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { LOCAL_LOCATIONS } from '../../local/brokerSettings.ts';
import type { Stack } from '../../local/stack.ts';
import { type TestBroker, startBroker } from '../support/e2e/broker.ts';
import { startStack } from '../support/e2e/fleetUnderTest.ts';
import { type Reply, allocate, find, json, send } from '../support/e2e/httpClient.ts';
import { tablesOf } from '../support/e2e/tables.ts';
import { until } from '../support/e2e/until.ts';

const LIMIT = 20;

let stack: Stack;
let west: TestBroker;
let north: TestBroker;

/** As a region's deployment: itself first among the locations, its own name in the environment, one ledger. */
const region = (name: string): Promise<TestBroker> =>
  startBroker(stack, {
    settings: {
      REGION_NAME: name,
      BROKER_LOCATIONS: JSON.stringify(
        [name, ...LOCAL_LOCATIONS.filter((other) => other !== name)].map((location) => ({ name: location })),
      ),
      BROKER_QUOTA: JSON.stringify({ limit: LIMIT, windowSeconds: 3_600 }),
    },
  });

beforeAll(async () => {
  stack = await startStack({ fleet: { activationMs: 0, standingBy: 100 } });
  west = await region('West Europe');
  north = await region('North Europe');
});

afterAll(() => stack.stop());

const player = { 'x-forwarded-for': '203.0.113.7:1' };
const request = () => ({ sessionId: randomUUID(), gameMode: 'duel' });
const started = (broker: TestBroker, body: { readonly sessionId: string }): Promise<Reply> =>
  allocate(broker, body, player);

it('what the lost region has answered, and what it was asking, is answered by the other', async () => {
  const { control } = stack.fleet;
  const answered = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const body = request();
      return { body, reply: await started(west, body) };
    }),
  );
  expect(answered.map(({ reply }) => reply.status)).toEqual(Array(8).fill(201));

  // Two calls on their way to the fleet, one before it has looked at it and one with the host already started.
  const [before, after] = [request(), request()];
  const holds = await Promise.all([
    control.hold({ match: { sessionId: before.sessionId }, point: 'received' }),
    control.hold({ match: { sessionId: after.sessionId }, point: 'allocated' }),
  ]);
  const cut = [before, after].map((body) =>
    started(west, body).then(
      () => 'answered',
      () => 'connection lost',
    ),
  );
  await until('both calls at the fleet', async () => {
    const { calls } = await control.report({ sessions: [before.sessionId, after.sessionId] });
    return calls.length === 2 ? calls : undefined;
  });
  west.child.kill('SIGKILL');
  await once(west.child, 'exit');
  expect(await Promise.all(cut)).toEqual(['connection lost', 'connection lost']);
  for (const { holdId } of holds) await control.release({ holdId });

  const replays = await Promise.all(answered.map(({ body }) => started(north, body)));
  expect(replays.map(({ status, text }) => [status, text])).toEqual(
    answered.map(({ reply }) => [200, reply.text]),
  );
  const lookups = await Promise.all(answered.map(({ body }) => find(north, body.sessionId)));
  expect(lookups.map(({ text }) => text)).toEqual(answered.map(({ reply }) => reply.text));

  const repeated = await Promise.all([started(north, before), started(north, after)]);
  expect(repeated.map(({ status }) => status)).toEqual([201, 201]);
  const sessions = [...answered.map(({ body }) => body), before, after].map(({ sessionId }) => sessionId);
  const { hosts, overlaps } = await control.report({ sessions });
  expect([hosts.length, overlaps]).toEqual([10, []]);
  expect(hosts.map(({ hostName }) => hostName)).toEqual(
    expect.arrayContaining(repeated.map((reply) => json(reply)['hostName'])),
  );
});

it('new sessions begin at the other, by its own order of locations, and in one quota with the lost one', async () => {
  const replies = [await started(north, request())];
  while (replies.at(-1)?.status === 201) replies.push(await started(north, request()));
  const hosts = replies.slice(0, -1);
  expect(replies.at(-1)?.status).toBe(429);
  // Ten sessions were counted before. Each of the two that were cut may have been counted by both regions.
  expect(hosts.length).toBeGreaterThanOrEqual(LIMIT - 12);
  expect(hosts.length).toBeLessThanOrEqual(LIMIT - 10);
  expect(new Set(hosts.map((reply) => json(reply)['region']))).toEqual(new Set(['North Europe']));
});

it('the timers of the other close what the lost one left open', async () => {
  const tables = tablesOf(stack.azurite.connectionString);
  const open = async (): Promise<number> =>
    (await tables.all('brokerhistory')).filter(({ outcome }) => outcome === 'open').length;
  expect(await open()).toBe(2);
  const run = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
  expect((await send(`${north.url}/admin/functions/sweep?wait=true`, run)).status).toBe(200);
  expect(await open()).toBe(0);
  expect((await send(`${north.url}/api/ready`)).status).toBe(200);
});
