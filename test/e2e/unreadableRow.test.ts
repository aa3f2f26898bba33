/** A session's row that cannot be read is never answered: the broker says so, asks no fleet, and recovers with the row. */
import { randomUUID } from 'node:crypto';
import { type TableEntity, TableClient } from '@azure/data-tables';
import type { Stack } from '../../local/stack.ts';
import { type LoggedEvent, type TestBroker, startBroker } from '../support/e2e/broker.ts';
import { startStack } from '../support/e2e/fleetUnderTest.ts';
import { type Reply, allocate, find, json, send } from '../support/e2e/httpClient.ts';

let stack: Stack;
/** Allocates, and remembers what it allocated. */
let first: TestBroker;
/** Knows no more than the rows say. */
let broker: TestBroker;
let sessions: TableClient;

beforeAll(async () => {
  stack = await startStack({ fleet: { activationMs: 0 }, settings: { BROKER_FLEET_TIMEOUT_MS: '4000' } });
  [first, broker] = [await startBroker(stack), await startBroker(stack)];
  sessions = TableClient.fromConnectionString(stack.azurite.connectionString, 'brokersessions', {
    allowInsecureConnection: true,
  });
});

afterAll(() => stack.stop());

const calls = async (): Promise<number> => (await stack.fleet.control.summary()).counts.calls;

/** Replaces the session's whole row, as people do with Storage Explorer. */
const write = (row: TableEntity): Promise<unknown> => sessions.updateEntity(row, 'Replace');

interface Allocated {
  readonly body: { readonly sessionId: string; readonly gameMode: string };
  readonly answer: Reply;
  readonly row: TableEntity;
}

async function allocated(): Promise<Allocated> {
  const body = { sessionId: randomUUID(), gameMode: 'duel' };
  const answer = await allocate(first, body);
  expect(answer.status).toBe(201);
  const entity = await sessions.getEntity(body.sessionId, 'session');
  const { etag: _etag, timestamp: _timestamp, 'odata.metadata': _metadata, ...row } = entity;
  return { body, answer, row: row as TableEntity };
}

/** How many faults the log has of this session, once it has so many. */
const faults = async (sessionId: string, count: number): Promise<LoggedEvent[]> =>
  broker.told(count, 'ledger.fault', sessionId);

describe.each([
  ['an allocated row without a body', 'body', undefined],
  ['an allocated row with an empty body', 'body', ''],
  ['an allocated row whose body is no text', 'body', 5],
  ['a row with an unknown state', 'state', 'paused'],
  ['a row whose time to live is text', 'ttlMs', '3600000'],
] as const)('%s', (_what, cell, value) => {
  it('is 503 until it is repaired, and nothing is asked of the fleet', async () => {
    const { body, answer, row } = await allocated();
    const { sessionId } = body;
    const before = await calls();
    const { [cell]: _taken, ...others } = row;
    await write(value === undefined ? others : { ...others, [cell]: value });

    for (const reply of [await allocate(broker, body), await find(broker, sessionId)]) {
      expect(reply.status).toBe(503);
      expect(json(reply)).toMatchObject({ code: 'storage-unavailable', retryable: true });
    }
    const reason = `read on table sessions: row ${sessionId} holds no usable ${cell}`;
    expect(await faults(sessionId, 2)).toMatchObject([{ reason }, { reason }]);
    expect(await calls()).toBe(before);
    expect(broker.events('defect')).toEqual([]);

    await write(row);
    for (const reply of [await allocate(broker, body), await find(broker, sessionId)]) {
      expect([reply.status, reply.text]).toEqual([200, answer.text]);
    }
    expect(await calls()).toBe(before);
  });
});

it('hides no attempts from operators', async () => {
  const { body, row } = await allocated();
  const { sessionId } = body;
  await write({ ...row, state: 'paused' });
  const reply = await send(`${broker.url}/api/v1/history?session=${sessionId}`);
  expect(reply.status).toBe(200);
  expect(json(reply)).toMatchObject({ attempts: [{ sessionId, outcome: 'allocated' }] });
  expect(json(reply)).not.toHaveProperty('session');
  expect(await faults(sessionId, 1)).toMatchObject([
    {
      step: 'history',
      level: 'warning',
      reason: `read on table sessions: row ${sessionId} holds no usable state`,
    },
  ]);
});
