/** The tables go down: a host that is not recorded is never given out, and a second one is never started. */
import { randomUUID } from 'node:crypto';
import type { DisposableTempDir } from 'node:fs';
import { type AzuriteHandle, spawnAzurite } from '../../local/azurite/spawn.ts';
import type { Stack } from '../../local/stack.ts';
import { type TestBroker, startBroker } from '../support/e2e/broker.ts';
import { startStack } from '../support/e2e/fleetUnderTest.ts';
import { allocate, find, json, send } from '../support/e2e/httpClient.ts';
import { tablesOf } from '../support/e2e/tables.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

let folder: DisposableTempDir;
let stack: Stack;
let broker: TestBroker;
let restarted: AzuriteHandle | undefined;

beforeEach(async () => {
  folder = temporaryFolder();
  stack = await startStack({
    azurite: { folder: folder.path },
    fleet: { activationMs: 0 },
    settings: { BROKER_FLEET_TIMEOUT_MS: '4000' },
  });
  broker = await startBroker(stack);
});

afterEach(async () => {
  await restarted?.stop();
  restarted = undefined;
  await stack.stop();
  folder.remove();
});

/** The same tables at the same address. */
async function bringBack(): Promise<void> {
  restarted = await spawnAzurite({ port: stack.azurite.port, folder: folder.path });
}

it('after the fleet has answered: 202, and the same host when they are back', async () => {
  const { control } = stack.fleet;
  const body = { sessionId: randomUUID(), gameMode: 'duel' };
  await control.hold({ point: 'allocated' });
  const asking = allocate(broker, body, { prefer: 'wait=1' });
  await control.waitForParked();
  await stack.azurite.stop();
  await control.release();

  const unrecorded = await asking;
  expect(unrecorded.status).toBe(202);
  expect(json(unrecorded)).toEqual({ sessionId: body.sessionId, status: 'pending', retryAfterSeconds: 1 });
  const { hosts } = await control.report();
  expect(hosts).toHaveLength(1);
  expect(await broker.told(1, 'allocation.attempt')).toMatchObject([
    { outcome: 'unknown', level: 'warning' },
  ]);

  await bringBack();
  const reply = await allocate(broker, body);
  expect(reply.status).toBe(201);
  expect(json(reply)['hostName']).toBe(hosts[0]?.hostName);
  expect((await control.summary()).counts).toMatchObject({ calls: 2, hostsStarted: 1, overlaps: 0 });
  const tables = tablesOf(stack.azurite.connectionString);
  expect((await tables.attempts(body.sessionId)).map(({ outcome }) => outcome)).toEqual([
    'allocated',
    'open',
  ]);
});

it('before the fleet was asked: storage-unavailable, and nothing is started', async () => {
  const known = { sessionId: randomUUID(), gameMode: 'duel' };
  const allocated = await allocate(broker, known);
  expect(allocated.status).toBe(201);
  await stack.azurite.stop();

  const body = { sessionId: randomUUID(), gameMode: 'duel' };
  for (const reply of [await allocate(broker, body), await find(broker, body.sessionId)]) {
    expect(reply.status).toBe(503);
    expect(reply.headers['retry-after']).toBe('2');
    expect(json(reply)).toMatchObject({
      code: 'storage-unavailable',
      retryable: true,
      retryAfterSeconds: 2,
    });
    expect(reply.text).not.toMatch(/ECONNREFUSED|127\.0\.0\.1|devstore/);
  }
  expect((await stack.fleet.control.summary()).counts.calls).toBe(1);
  await broker.told(1, 'ledger.fault', body.sessionId);

  // What the instance remembers needs no tables.
  const replayed = await allocate(broker, known);
  expect([replayed.status, replayed.text]).toEqual([200, allocated.text]);

  const ready = await send(`${broker.url}/api/ready`);
  expect(ready.status).toBe(503);
  expect(json(ready)).toMatchObject({
    status: 'not-ready',
    checks: [
      { name: 'settings', ok: true },
      { name: 'tables', ok: false },
      { name: 'token', ok: true },
      { name: 'runtime', ok: true },
      { name: 'timers', ok: false },
    ],
  });
  expect((await send(`${broker.url}/api/health`)).status).toBe(200);

  await bringBack();
  expect((await allocate(broker, body)).status).toBe(201);
});
