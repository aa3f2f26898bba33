/** Wrong settings: the app starts all the same, and says everything that is wrong at once. */
import { randomUUID } from 'node:crypto';
import type { Stack } from '../../local/stack.ts';
import { type TestBroker, startBroker } from '../support/e2e/broker.ts';
import { fleet, startStack } from '../support/e2e/fleetUnderTest.ts';
import { type Reply, allocate, find, json, send } from '../support/e2e/httpClient.ts';
import { until } from '../support/e2e/until.ts';

let stack: Stack;

beforeAll(async () => {
  stack = await startStack();
});

afterAll(() => stack.stop());

describe('with one setting missing and another malformed', () => {
  let broker: TestBroker;

  beforeAll(async () => {
    broker = await startBroker(stack, {
      settings: {
        [fleet.settings.required]: undefined,
        BROKER_LOCATIONS: '[{"name": "West US"}, {"nmae": "East US"}]',
      },
    });
  });

  const complaint = (text: unknown): void => {
    expect(text).toContain(`${fleet.settings.required}: missing`);
    expect(text).toContain(`is on ${fleet.name} (`);
    expect(text).toMatch(/BROKER_LOCATIONS: at \/1\/name: missing/);
  };

  it('POST answers misconfigured, and does not say what', async () => {
    const reply = await allocate(broker, { sessionId: randomUUID(), gameMode: 'duel' });
    expect(reply.status).toBe(503);
    expect(json(reply)).toMatchObject({ code: 'misconfigured', retryable: false });
    expect(reply.headers).not.toHaveProperty('retry-after');
    expect(reply.text).not.toMatch(/BROKER_/);
  });

  it.each([
    ['GET of a session', (): Promise<Reply> => find(broker, randomUUID())],
    ['GET of the locations', (): Promise<Reply> => send(`${broker.url}/api/v1/locations`)],
  ])('%s does so too', async (_what, ask) => {
    const reply = await ask();
    expect([reply.status, json(reply)['code']]).toEqual([503, 'misconfigured']);
    expect(reply.headers['cache-control']).toBe('no-store');
  });

  it('the log names both in one message', async () => {
    await allocate(broker, { sessionId: randomUUID(), gameMode: 'duel' });
    const event = await until('the complaint in the log', () => broker.events('settings.invalid')[0]);
    expect(event.level).toBe('error');
    complaint(event['reason']);
  });

  it('ready names both in one message', async () => {
    const reply = await send(`${broker.url}/api/ready`);
    expect(reply.status).toBe(503);
    const { status, checks } = json(reply) as { status: string; checks: { name: string; message: string }[] };
    expect([status, checks.map(({ name }) => name)]).toEqual(['not-ready', ['settings']]);
    complaint(checks[0]?.message);
  });

  it('health is well', async () => {
    expect((await send(`${broker.url}/api/health`)).status).toBe(200);
  });
});

it('never repeats a value that may be a secret', async () => {
  const broker = await startBroker(stack, {
    settings: {
      [fleet.settings.credential]: 'hunter2 with spaces',
      BrokerStorage: 'hunter2-is-no-connection-string',
      BROKER_GAME_MODES: '{"duel": hunter2}',
    },
  });
  const ready = await send(`${broker.url}/api/ready`);
  const reply = await allocate(broker, { sessionId: randomUUID(), gameMode: 'duel' });
  const event = await until('the complaint in the log', () => broker.events('settings.invalid')[0]);
  for (const name of [fleet.settings.credential, 'BrokerStorage', 'BROKER_GAME_MODES']) {
    expect(event['reason']).toContain(name);
    expect(ready.text).toContain(name);
  }
  for (const text of [ready.text, reply.text, JSON.stringify(broker.log)])
    expect(text).not.toContain('hunter2');
});

it('never sends a Key Vault reference that was not resolved', async () => {
  const broker = await startBroker(stack, {
    settings: {
      [fleet.settings.credential]: '@Microsoft.KeyVault(SecretUri=https://vault.example.com/secrets/token)',
    },
  });
  const reply = await allocate(broker, { sessionId: randomUUID(), gameMode: 'duel' });
  expect([reply.status, json(reply)['code']]).toEqual([503, 'misconfigured']);
  const ready = await send(`${broker.url}/api/ready`);
  expect(ready.text).toContain(`${fleet.settings.credential}: an unresolved Key Vault reference`);
  expect((await stack.fleet.control.summary()).counts).toMatchObject({ calls: 0, asides: 0 });
});

it('is not ready when the tables are elsewhere, and says which setting to look at', async () => {
  const broker = await startBroker(stack, {
    settings: {
      BrokerStorage: stack.azurite.connectionString.replace(`:${stack.azurite.port}/`, ':9/'),
    },
  });
  const ready = await send(`${broker.url}/api/ready`);
  expect(ready.status).toBe(503);
  const { checks } = json(ready) as { checks: { name: string; ok: boolean; message?: string }[] };
  expect(checks.map(({ name, ok }) => [name, ok])).toEqual([
    ['settings', true],
    ['tables', false],
    ['token', true],
    ['runtime', true],
    ['timers', false],
  ]);
  expect(checks[1]?.message).toMatch(/BrokerStorage/);
  expect(ready.text).not.toMatch(/AccountKey|Eby8/);
});

it('works with a setting that it does not know, and says so', async () => {
  const broker = await startBroker(stack, { settings: { BROKER_PLACMENT: '{"strict": true}' } });
  expect((await allocate(broker, { sessionId: randomUUID(), gameMode: 'duel' })).status).toBe(201);
  const event = await until('the warning in the log', () => broker.events('settings.unknown')[0]);
  expect(event).toMatchObject({
    level: 'warning',
    reason: 'BROKER_PLACMENT: not a setting of this version, ignored',
  });
});

it('reads a setting by its former name, is ready, and says what it is called now', async () => {
  const broker = await startBroker(stack, { settings: { SESSIONHOSTS_TIMEOUT_MS: '5000' } });
  expect((await send(`${broker.url}/api/ready`)).status).toBe(200);
  const event = await until('the warning in the log', () => broker.events('settings.renamed')[0]);
  expect(event).toMatchObject({
    level: 'warning',
    reason: 'SESSIONHOSTS_TIMEOUT_MS: renamed: set BROKER_FLEET_TIMEOUT_MS instead',
  });
  expect(broker.events('settings.unknown')).toEqual([]);
});
