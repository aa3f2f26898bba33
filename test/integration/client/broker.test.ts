/** The TypeScript client and the simulated players on a real broker. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  AllocationClient,
  measureLatencies,
  type AllocationProgress,
} from '../../../clients/typescript/src/index.ts';
import { SessionEnder } from '../../../clients/typescript/src/server.ts';
import type { SpawnedHost } from '../../../local/functionsHost/spawn.ts';
import type { PlayersReport } from '../../../local/players/report.ts';
import { type Stack, startStack } from '../../../local/stack.ts';
import { startLosingProxy, type LosingProxy } from './losingProxy.ts';

const LATENCIES = [
  { location: 'West Europe', ms: 18.5 },
  { location: 'North Europe', ms: 31 },
];

let stack: Stack;
let broker: SpawnedHost;
let proxy: LosingProxy;
let client: AllocationClient;

beforeAll(async () => {
  stack = await startStack({ fleet: { activationMs: 100, qosUdpPort: 0 } });
  broker = await stack.startBroker();
  proxy = await startLosingProxy(broker.port);
  client = new AllocationClient({ baseUrl: proxy.url });
});

afterAll(async () => {
  await proxy.close();
  await stack.stop();
});

async function hostsOf(sessionId: string): Promise<unknown[]> {
  return (await stack.fleet.control.report({ sessions: [sessionId] })).hosts;
}

test('an answer that is lost on its way costs a repetition, never a second host', async () => {
  const sessionId = randomUUID();
  const told: AllocationProgress[] = [];
  proxy.answersToLose = 2;
  const allocation = await client.allocate(
    { sessionId, gameMode: 'duel', latencies: LATENCIES },
    { onProgress: (progress) => told.push(progress) },
  );
  expect(allocation).toMatchObject({ sessionId, status: 'allocated', region: 'West Europe' });
  await expect(hostsOf(sessionId)).resolves.toHaveLength(1);
  // The one 201 of the session was the first answer that was lost.
  expect(told.map(({ kind }) => kind)).toEqual([
    'asking',
    'waiting',
    'asking',
    'waiting',
    'asking',
    'allocated',
  ]);
  expect(told.at(-1)).toMatchObject({ attempt: 3, replayed: true });
});

test('all players of a session get the same host', async () => {
  const sessionId = randomUUID();
  const everyone = await Promise.all(
    LATENCIES.map((latency) => client.allocate({ sessionId, gameMode: 'duel', latencies: [latency] })),
  );
  expect(everyone[1]).toEqual(everyone[0]);
  await expect(client.find(sessionId)).resolves.toEqual(everyone[0]);
});

test('a session that nobody asked for is not found', async () => {
  await expect(client.find(randomUUID())).resolves.toBeUndefined();
});

test("the broker's problems arrive as they are", async () => {
  const sessionId = randomUUID();
  await client.allocate({ sessionId, gameMode: 'duel' });
  await expect(client.allocate({ sessionId, gameMode: 'battle' })).rejects.toMatchObject({
    code: 'session-mismatch',
    problem: { status: 422, errors: [{ pointer: '/gameMode' }] },
  });
});

test('what a broker offers can be measured and asked for', async () => {
  const beacon = { protocol: 'udp', host: '127.0.0.1', port: stack.fleet.qosUdpPort };
  const measuring = await stack.startBroker({
    settings: {
      BROKER_LOCATIONS: JSON.stringify([{ name: 'West US' }, { name: 'Japan East', qos: beacon }]),
      BROKER_GAME_MODES: JSON.stringify({ duel: { gameModeId: '2162d32c-86a6-4b8a-8d6a-1f0f8f1d4a51' } }),
    },
  });
  const nearby = new AllocationClient({ baseUrl: measuring.url });
  const latencies = await measureLatencies(await nearby.locations());
  expect(latencies).toEqual([{ location: 'Japan East', ms: expect.any(Number) as number }]);
  await expect(nearby.allocate({ gameMode: 'duel', latencies })).resolves.toMatchObject({
    region: 'Japan East',
  });
});

test('npm run players: every session has one host, told alike to all of its players', async () => {
  const main = join(__dirname, '../../../local/players/main.ts');
  const flags = ['--rate', '10', '--seconds', '1', '--party', '1..4', '--retry-share', '0.5', '--json'];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [
    main,
    '--url',
    broker.url,
    ...flags,
  ]);
  const report = JSON.parse(stdout) as PlayersReport;
  expect(report).toMatchObject({ sessions: 10, sessionsWithHost: 10, created: 10, contradictions: [] });
  expect(report.repetitions.made).toBeGreaterThan(0);
  expect(report.repetitions.same).toBe(report.repetitions.made);
  expect(stderr).toContain('calls ended, 0 without a host');
});

test('200 players at once each get the host of their own session', async () => {
  const requests = Array.from({ length: 200 }, () => ({ sessionId: randomUUID(), gameMode: 'duel' }));
  const direct = new AllocationClient({ baseUrl: broker.url });
  const hosts = await Promise.all(requests.map((request) => direct.allocate(request)));
  expect(hosts.map(({ sessionId }) => sessionId)).toEqual(requests.map(({ sessionId }) => sessionId));
  const addresses = hosts.map(({ hostName, ports }) => `${hostName}:${ports[0]?.port}`);
  expect(new Set(addresses).size).toBe(200);
});

test('npm run players says what to do when there is no broker', async () => {
  const main = join(__dirname, '../../../local/players/main.ts');
  const run = promisify(execFile)(process.execPath, [main, '--url', 'http://127.0.0.1:1']);
  await expect(run).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('Start one with: npm start') as string,
  });
});

test('a session ends once, though the answer is lost, and its players hear of it', async () => {
  const sessionId = randomUUID();
  await client.allocate({ sessionId, gameMode: 'duel', latencies: LATENCIES });
  proxy.answersToLose = 1;
  await expect(new SessionEnder({ baseUrl: proxy.url }).end(sessionId)).resolves.toEqual({
    fleet: 'not-told',
  });
  const ended = { code: 'session-ended', message: expect.stringContaining('Make a new sessionId') as string };
  await expect(client.allocate({ sessionId, gameMode: 'duel' })).rejects.toMatchObject(ended);
  await expect(client.find(sessionId)).rejects.toMatchObject(ended);
  await expect(hostsOf(sessionId)).resolves.toHaveLength(1);
});

test('a session that nobody asked for cannot be ended', async () => {
  const ender = new SessionEnder({ baseUrl: proxy.url });
  await expect(ender.end(randomUUID())).rejects.toMatchObject({ code: 'unknown-session' });
});
