/** With keys asked for, as Azure does: one function key for clients, another for probes, nothing for the rest. */
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stack } from '../../local/stack.ts';
import { type TestBroker, startBroker } from '../support/e2e/broker.ts';
import { startStack } from '../support/e2e/fleetUnderTest.ts';
import { allocate, send } from '../support/e2e/httpClient.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const CLIENT_KEY = 'key-of-the-game-clients';
const PROBE_KEY = 'key-of-the-probes';

const folder = temporaryFolder();
let stack: Stack;
let broker: TestBroker;

beforeAll(async () => {
  const keys = join(folder.path, 'keys.json');
  const functions = { allocations: { client: CLIENT_KEY }, ready: { probe: PROBE_KEY } };
  writeFileSync(keys, JSON.stringify({ master: 'the-master-key', host: { default: 'host-key' }, functions }));
  stack = await startStack({ fleet: { activationMs: 0 } });
  broker = await startBroker(stack, { keys });
});

afterAll(async () => {
  await stack.stop();
  folder.remove();
});

it('asks players for the key of the allocations', async () => {
  const body = { sessionId: randomUUID(), gameMode: 'duel' };
  for (const headers of [{}, { 'x-functions-key': PROBE_KEY }]) {
    const refused = await allocate(broker, body, headers);
    expect([refused.status, refused.text]).toEqual([401, '']);
  }
  expect((await allocate(broker, body, { 'x-functions-key': CLIENT_KEY })).status).toBe(201);
  const url = `${broker.url}/api/v1/allocations/${body.sessionId}`;
  expect((await send(url)).status).toBe(401);
  expect((await send(url, { headers: { 'x-functions-key': CLIENT_KEY } })).status).toBe(200);
});

it('asks probes for the key of ready', async () => {
  const url = `${broker.url}/api/ready`;
  expect((await send(url, { headers: { 'x-functions-key': CLIENT_KEY } })).status).toBe(401);
  expect((await send(url, { headers: { 'x-functions-key': PROBE_KEY } })).status).toBe(200);
});

it.each(['health', 'v1/locations'])('asks nobody for a key at /api/%s', async (path) => {
  expect((await send(`${broker.url}/api/${path}`)).status).toBe(200);
});

it('keeps asking for the key when BROKER_AUTH is malformed', async () => {
  const keys = join(folder.path, 'keys.json');
  const malformed = await startBroker(stack, { keys, settings: { BROKER_AUTH: '{"mode": "anonymous"' } });
  const refused = await allocate(malformed, { sessionId: randomUUID(), gameMode: 'duel' });
  expect([refused.status, refused.text]).toEqual([401, '']);
});
