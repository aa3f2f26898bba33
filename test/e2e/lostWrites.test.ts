/**
 * A failover of the storage that loses its last writes, row by row (docs/disaster.md): the rows are deleted, and brokers
 * that remember nothing go on.
 */
import { randomUUID } from 'node:crypto';
import { odata } from '@azure/data-tables';
import { type AzuriteHandle, spawnAzurite } from '../../local/azurite/spawn.ts';
import type { Stack } from '../../local/stack.ts';
import { type TestBroker, startBroker } from '../support/e2e/broker.ts';
import { startStack } from '../support/e2e/fleetUnderTest.ts';
import { type Reply, allocate, find, json } from '../support/e2e/httpClient.ts';
import { type Tables, tablesOf } from '../support/e2e/tables.ts';

const LIMIT = 4;

let stack: Stack;
let tables: Tables;
let before: TestBroker;
/** Started when the rows are gone, as after the failover. */
let after: TestBroker;
let empty: AzuriteHandle | undefined;

const broker = (settings: Readonly<Record<string, string>> = {}): Promise<TestBroker> =>
  startBroker(stack, {
    settings: { BROKER_QUOTA: JSON.stringify({ limit: LIMIT, windowSeconds: 3_600 }), ...settings },
  });

beforeAll(async () => {
  stack = await startStack({ fleet: { activationMs: 0 } });
  tables = tablesOf(stack.azurite.connectionString);
  [before, after] = await Promise.all([broker(), broker()]);
});

afterAll(async () => {
  await stack.stop();
  await empty?.stop();
});

interface Body {
  readonly sessionId: string;
  readonly gameMode: string;
  readonly sessionCookie: string;
}
const request = (): Body => ({ sessionId: randomUUID(), gameMode: 'duel', sessionCookie: 'of-the-lobby' });

let players = 0;
/** Each caller has a quota of its own. */
const newPlayer = () => ({ 'x-forwarded-for': `203.0.113.${(players += 1)}:1` });

/** A session's row, and those of its attempts. */
async function loseSession({ sessionId }: Body): Promise<void> {
  expect(await tables.lose('brokersessions', odata`PartitionKey eq ${sessionId}`)).toBe(1);
  expect(await tables.lose('brokerhistory', odata`sessionId eq ${sessionId}`)).toBe(1);
}

/** A session with its host, whose rows are lost. */
async function lostSession(): Promise<{ readonly body: Body; readonly first: Reply }> {
  const body = request();
  const first = await allocate(before, body, newPlayer());
  expect(first.status).toBe(201);
  await loseSession(body);
  return { body, first };
}

const hostsOf = async ({ sessionId }: Body): Promise<readonly string[]> => {
  const { hosts } = await stack.fleet.control.report({ sessions: [sessionId] });
  return hosts.map(({ hostName }) => hostName);
};

it('without its rows, a session gets the same host from the fleet, and its answer is 201 once more', async () => {
  const { body, first } = await lostSession();
  // An instance that remembers the session knows nothing of the loss.
  const remembered = await allocate(before, body);
  expect([remembered.status, remembered.text]).toEqual([200, first.text]);
  expect((await find(after, body.sessionId)).status).toBe(404);

  const again = await allocate(after, body, newPlayer());
  expect([again.status, json(again)['hostName']]).toEqual([201, json(first)['hostName']]);
  expect(await hostsOf(body)).toEqual([json(first)['hostName']]);
});

it('without its rows, a session whose host has ended gets a second one', async () => {
  const { body, first } = await lostSession();
  expect(await stack.fleet.control.endHost(body.sessionId)).toBe(true);

  const again = await allocate(after, body, newPlayer());
  expect(again.status).toBe(201);
  expect(await hostsOf(body)).toEqual([json(first)['hostName'], json(again)['hostName']]);
  expect(json(again)['hostName']).not.toBe(json(first)['hostName']);
});

it('without its row, a session takes another cookie once, though its server has the first one', async () => {
  const body = request();
  const other = { ...body, sessionCookie: 'of-somebody-else' };
  const first = await allocate(before, body, newPlayer());
  expect(first.status).toBe(201);
  expect((await allocate(after, other, newPlayer())).status).toBe(422);
  await loseSession(body);

  const fresh = await broker();
  expect((await allocate(fresh, other, newPlayer())).status).toBe(201);
  expect((await allocate(fresh, body, newPlayer())).status).toBe(422);
  const { calls } = await stack.fleet.control.report({ sessions: [body.sessionId] });
  expect(calls.map(({ cookie }) => cookie)).toEqual(['of-the-lobby', 'of-somebody-else']);
  expect(await hostsOf(body)).toEqual([json(first)['hostName']]);
});

it('without its charges, a caller may start as many sessions again', async () => {
  const caller = newPlayer();
  const start = async (): Promise<number> => (await allocate(before, request(), caller)).status;
  const statuses: number[] = [];
  while (statuses.at(-1) !== 429) statuses.push(await start());
  expect(statuses).toEqual([201, 201, 201, 201, 429]);

  expect(await tables.lose('brokerquotas')).toBeGreaterThan(0);
  for (let more = 0; more < LIMIT; more += 1) expect(await start()).toBe(201);
  expect(await start()).toBe(429);
});

it('on a new, empty ledger, a session is new, and gets the host that it has', async () => {
  const body = request();
  const first = await allocate(before, body, newPlayer());
  empty = await spawnAzurite();
  const elsewhere = await broker({ BrokerStorage: empty.connectionString });
  expect((await find(elsewhere, body.sessionId)).status).toBe(404);

  const again = await allocate(elsewhere, body, newPlayer());
  expect([again.status, json(again)['hostName']]).toEqual([201, json(first)['hostName']]);
  expect(await hostsOf(body)).toEqual([json(first)['hostName']]);
});
