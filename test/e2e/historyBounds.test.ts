/** What one request for the history may cost, whatever it asks for and however slow the tables are. */
import { randomUUID } from 'node:crypto';
import { TableClient } from '@azure/data-tables';
import type { AttemptOpening } from '../../lib/ledger/history/history.ts';
import { TableHistory } from '../../lib/ledger/history/tableHistory.ts';
import { azureTable } from '../../lib/ledger/tables/azureTable.ts';
import type { Stack } from '../../local/stack.ts';
import { type TestBroker, startBroker } from '../support/e2e/broker.ts';
import { startStack } from '../support/e2e/fleetUnderTest.ts';
import { type Reply, allocate, json, send } from '../support/e2e/httpClient.ts';
import { tablesOf } from '../support/e2e/tables.ts';
import { FaultProxy } from '../support/faultProxy/faultProxy.ts';
import { ALLOCATED, opening } from '../support/historyRows.ts';

let stack: Stack;
let proxy: FaultProxy;
let broker: TestBroker;

beforeAll(async () => {
  stack = await startStack({ fleet: { activationMs: 0 } });
  proxy = new FaultProxy(stack.azurite.tableUrl);
  const { connectionString } = await proxy.endpoint();
  broker = await startBroker(stack, { settings: { BrokerStorage: connectionString } });
});

afterEach(() => proxy.clear());

afterAll(async () => {
  await stack.stop();
  await proxy.stop();
});

const history = (query: string): Promise<Reply> => send(`${broker.url}/api/v1/history?${query}`);

const attempts = (reply: Reply): unknown[] => json(reply)['attempts'] as unknown[];

const continuationOf = (reply: Reply): string | undefined =>
  json(reply)['continuation'] as string | undefined;

/** A session with its host, and 300 attempts before. */
async function longChain(): Promise<string> {
  const sessionId = randomUUID();
  expect((await allocate(broker, { sessionId, gameMode: 'duel' })).status).toBe(201);
  const { connectionString } = stack.azurite;
  const [latest] = await tablesOf(connectionString).attempts(sessionId);
  const { partitionKey, rowKey } = latest as { partitionKey: string; rowKey: string };
  const client = TableClient.fromConnectionString(connectionString, 'brokerhistory', {
    allowInsecureConnection: true,
  });
  const older = new TableHistory(azureTable(client));
  let previous: AttemptOpening['key'] | undefined;
  for (let number = 1; number <= 300; number += 1) {
    const claimedAt = new Date(Date.parse('2026-01-22T08:00:00Z') + number * 1_000).toISOString();
    const attempt = opening(claimedAt, number, { sessionId, previous });
    await (await older.open(attempt)).close({ ...ALLOCATED, outcome: 'pending' });
    previous = attempt.key;
  }
  const toOlder = { previousPartition: previous?.partitionKey, previousRow: previous?.rowKey };
  await client.updateEntity({ partitionKey, rowKey, ...toOlder }, 'Merge');
  return sessionId;
}

it('reads a long chain in steps of at most 100 storage requests, whatever is wanted of it', async () => {
  const sessionId = await longChain();
  const steps: [attempts: number, requests: number][] = [];
  let continuation: string | undefined = '';
  while (continuation !== undefined) {
    proxy.forget();
    const reply = await history(`session=${sessionId}&outcome=allocated&continuation=${continuation}`);
    expect(reply.status).toBe(200);
    steps.push([attempts(reply).length, proxy.counts().requests]);
    continuation = continuationOf(reply);
  }
  // The session's row and 100 - 1 attempts; then the one that was read last, and 99 more.
  expect(steps).toEqual([
    [1, 100],
    [0, 100],
    [0, 100],
    [0, 5],
  ]);
});

it('answers after 10 s with what there is, and a continuation, when the tables are slow', async () => {
  proxy.inject({ match: { operation: 'query' }, fault: { type: 'delay', ms: 3_000 } });
  const startedMs = performance.now();
  const reply = await history('since=4d');
  const tookMs = performance.now() - startedMs;
  expect(reply.status).toBe(200);
  expect(tookMs).toBeGreaterThan(9_500);
  expect(tookMs).toBeLessThan(11_500);
  const continuation = continuationOf(reply);
  expect(continuation).toBeDefined();
  proxy.clear();
  const next = await history(`since=4d&continuation=${continuation}`);
  expect([next.status, continuationOf(next)]).toEqual([200, undefined]);
});

it('answers 503 after 10 s when the tables say nothing at all', async () => {
  proxy.inject({ match: { operation: 'query' }, fault: { type: 'hang' } });
  const startedMs = performance.now();
  const reply = await history('since=1h');
  expect(performance.now() - startedMs).toBeLessThan(11_500);
  expect(json(reply)).toMatchObject({ status: 503, code: 'storage-unavailable' });
  expect(broker.events('ledger.fault')).toMatchObject([
    { step: 'history', reason: 'query on table history: no answer' },
  ]);
});

it('takes a continuation that the tables refuse for the caller’s mistake', async () => {
  const faults = broker.events('ledger.fault').length;
  proxy.inject({ match: { operation: 'query' }, fault: { type: 'status', status: 400 } });
  const table = Buffer.from(JSON.stringify({ nextPartitionKey: '1!4!eHh4', nextRowKey: '1!4!eXl5' }));
  const hour = new Date().toISOString().slice(0, 13);
  const forged = Buffer.from(JSON.stringify([hour, null, table.toString('base64')])).toString('base64url');
  const reply = await history(`continuation=${forged}`);
  expect(json(reply)).toMatchObject({ status: 400, errors: [{ pointer: '/continuation' }] });
  expect(broker.events('ledger.fault')).toHaveLength(faults);
});
