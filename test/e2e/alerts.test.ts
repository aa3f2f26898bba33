/**
 * The query of each alert, run over what brokers have written: it fires where it must, and stays calm where it must. The
 * rows are of this run; only their time is set.
 */
import { randomUUID } from 'node:crypto';
import type { InvocationContext } from '@azure/functions';
import { eventSink } from '../../functions/respond.ts';
import { compose } from '../../lib/composition.ts';
import { loadSettings } from '../../lib/config/load.ts';
import { localBrokerSettings } from '../../local/brokerSettings.ts';
import type { FaultAction } from '../../local/fleet/faultSchema.ts';
import type { Stack } from '../../local/stack.ts';
import { buildApp } from '../chaos/harness/app.ts';
import { type TestBroker, startBroker } from '../support/e2e/broker.ts';
import { startStack } from '../support/e2e/fleetUnderTest.ts';
import { type Reply, allocate, find, json, send } from '../support/e2e/httpClient.ts';
import { killInCall } from '../support/e2e/kill.ts';
import { requestRow, tracesOf } from '../support/e2e/recordedLogs.ts';
import type { Row } from '../support/kusto/kusto.ts';
import { type Tables, ago, fires, firing } from '../unit/infra/alerts.ts';

/** As many attempts as an alert on a share wants. */
const MANY = 20;

let stack: Stack;
let broker: TestBroker;

/** What was written meanwhile, and what the callers got. */
interface Recording {
  readonly traces: readonly Row[];
  readonly requests: readonly Row[];
}
const recorded: Record<string, Recording> = {};

/** So many sessions, each asked for once, and then looked for. An attempt has a line of its own; not every request. */
async function record(
  name: string,
  count: number,
  { event = 'allocation.attempt', from = broker, waitSeconds = 7 } = {},
): Promise<void> {
  const [start, before] = [from.log.length, from.events(event).length];
  const sessions = Array.from({ length: count }, () => randomUUID());
  const asked = await Promise.all(
    sessions.map((sessionId) =>
      allocate(from, { sessionId, gameMode: 'duel' }, { prefer: `wait=${waitSeconds}` }),
    ),
  );
  const looked = await Promise.all(sessions.map((sessionId) => find(from, sessionId)));
  await from.told(before + count, event);
  const requests = [...asked, ...looked].map((reply) => requestRow(reply.status, instanceOf(reply)));
  recorded[name] = { traces: tracesOf(from.log.slice(start)), requests };
}

/** A problem names its invocation. No alert asks which one the others were. */
const instanceOf = (reply: Reply): string =>
  (reply.text === '' ? undefined : (json(reply)['instance'] as string | undefined)) ?? randomUUID();

async function recordFault(
  name: string,
  action: FaultAction,
  { count = MANY, waitSeconds = 7 } = {},
): Promise<void> {
  await stack.fleet.control.faults.set({ action });
  await record(name, count, { waitSeconds });
  await stack.fleet.control.faults.clear();
}

/** In place of a process that dies in a call, the platform answers 500 (docs/problems.md). */
async function recordDeath(name: string, count: number): Promise<void> {
  const doomed = await startBroker(stack);
  const sessions = Array.from({ length: count }, () => randomUUID());
  const bodies = sessions.map((sessionId) => ({ sessionId, gameMode: 'duel' }));
  await killInCall(stack.fleet.control, doomed, bodies, 'received', () => doomed.told(count, 'fleet.asking'));
  const requests = sessions.map((sessionId) => {
    const line = doomed.log.find(({ message }) => message.includes(sessionId));
    return requestRow(500, String(line?.invocationId));
  });
  recorded[name] = { traces: tracesOf(doomed.log), requests };
}

/** Somebody ends each session while the fleet is being asked for its server. */
async function recordEnded(name: string, count: number): Promise<void> {
  const [start, before] = [broker.log.length, broker.events('allocation.attempt').length];
  const sessions = Array.from({ length: count }, () => randomUUID());
  const { holdId } = await stack.fleet.control.hold({ point: 'received' });
  const asking = sessions.map((sessionId) => allocate(broker, { sessionId, gameMode: 'duel' }));
  await stack.fleet.control.waitForParked(count);
  const ended = await Promise.all(
    sessions.map((sessionId) => send(`${broker.url}/api/v1/allocations/${sessionId}`, { method: 'DELETE' })),
  );
  await stack.fleet.control.release({ holdId });
  const asked = await Promise.all(asking);
  expect(new Set(asked.map(({ status }) => status))).toEqual(new Set([410]));
  await broker.told(before + count, 'allocation.attempt');
  const requests = [...ended, ...asked].map((reply) => requestRow(reply.status, instanceOf(reply)));
  recorded[name] = { traces: tracesOf(broker.log.slice(start)), requests };
}

async function recordTimer(name: 'sweep' | 'prune'): Promise<void> {
  const [start, before] = [broker.log.length, broker.events(name).length];
  const headers = { 'content-type': 'application/json' };
  const call = { method: 'POST', headers, body: '{}' };
  expect((await send(`${broker.url}/admin/functions/${name}?wait=true`, call)).status).toBe(200);
  await broker.told(before + 1, name);
  recorded[name] = { traces: tracesOf(broker.log.slice(start)), requests: [] };
}

/** As functions/prune.ts does, but with no time: its own limit is 20 minutes. */
async function recordBoundedPrune(): Promise<void> {
  const { connectionString } = stack.azurite;
  const { url: fleetUrl } = stack.fleet;
  const { upkeep } = compose(
    loadSettings(localBrokerSettings({ connectionString, fleetUrl, fleetToken: stack.fleetToken })),
  );
  const report = await upkeep.prune(0);
  const lines: string[] = [];
  const context = { info: (line: string) => lines.push(line) } as unknown as InvocationContext;
  eventSink(context)('info', { event: 'prune', ...report });
  const log = lines.map((message) => ({ level: 'information', message, invocationId: randomUUID() }));
  recorded['prune without time'] = { traces: tracesOf(log), requests: [] };
}

beforeAll(async () => {
  // With what is written for debugging too: no alert may depend on that.
  const app = await buildApp();
  stack = await startStack({ app: app.folder, fleet: { activationMs: 0 } });
  broker = await startBroker(stack);
  const unset = await startBroker(stack, { settings: { BROKER_GAME_MODES: undefined } });
  await record('well', MANY);
  await recordEnded('sessions are ended', MANY);
  await recordTimer('sweep');
  await recordTimer('prune');
  await recordBoundedPrune();
  await recordFault('no server is free', { type: 'no-capacity' });
  await recordFault('the fleet refuses', { type: 'status', status: 403 }, { count: 1 });
  await recordFault('the fleet fails', { type: 'status', status: 500 }, { waitSeconds: 1 });
  await recordFault('the fleet is slow', { type: 'delay', ms: 5_100 });
  await record('a setting is missing', 1, { event: 'allocation.request', from: unset });
  await recordDeath('the process dies', 5);
  await stack.azurite.stop();
  await record('the tables do not answer', 5, { event: 'allocation.request' });
  app.remove();
}, 120_000);

afterAll(() => stack.stop());

/** The first lines of that event, which go on so. */
function lines(name: string, event: string, count: number, rest = ''): readonly Row[] {
  const found = (recorded[name]?.traces ?? []).filter(({ message }) =>
    String(message).startsWith(`{"event":"${event}",${rest}`),
  );
  expect(found.length).toBeGreaterThanOrEqual(count);
  return found.slice(0, count);
}

const attempts = (name: string, count: number): readonly Row[] => lines(name, 'allocation.attempt', count);
const sweep = (minutes: number): readonly Row[] => ago(minutes, lines('sweep', 'sweep', 1));
const prune = (minutes: number): readonly Row[] => ago(minutes, lines('prune', 'prune', 1));
const boundedPrune = (minutes: number): readonly Row[] =>
  ago(minutes, lines('prune without time', 'prune', 1));

it.each([
  ['as host.json has it', 1],
  ['for debugging too', 0],
])('fire on what they are about and on nothing else, with a log that is kept %s', (_what, least) => {
  const names = Object.keys(recorded);
  const fired = firing(
    Object.values(recorded).map(({ traces, requests }) => {
      const kept = traces.filter(({ severityLevel }) => Number(severityLevel) >= least);
      return { traces: ago(1, [...kept, ...sweep(1), ...prune(1)]), requests: ago(1, requests) };
    }),
  );
  expect(Object.fromEntries(names.map((name, index) => [name, fired[index]]))).toEqual({
    well: [],
    'sessions are ended': [],
    sweep: [],
    prune: [],
    'prune without time': [],
    'no server is free': ['no-capacity'],
    'the fleet refuses': ['upstream-rejected'],
    'the fleet fails': ['upstream-failed'],
    'the fleet is slow': ['slow'],
    'a setting is missing': ['broker-fault'],
    'the process dies': ['platform-failed'],
    'the tables do not answer': ['storage-unavailable'],
  });
});

it.each([
  ['no-capacity', 'no server is free'],
  ['upstream-failed', 'the fleet fails'],
])('%s fires from 20 attempts in 15 minutes on, when more than 5 percent are such', (alert, name) => {
  const mixed = (well: number, bad: number, minutes = 1): { traces: readonly Row[] } => ({
    traces: ago(minutes, [...attempts('well', well), ...attempts(name, bad)]),
  });
  const cases = [mixed(0, 20), mixed(0, 19), mixed(19, 1), mixed(18, 2), mixed(18, 2, 14), mixed(18, 2, 16)];
  expect(fires(alert, [...cases, {}])).toEqual([true, false, false, true, true, false, false]);
  // A session that was ended needs no server: its attempt neither hides a failure nor makes up the twenty.
  const ended = attempts('sessions are ended', MANY);
  const beside = [mixed(18, 2), mixed(0, 19)].map(({ traces }) => ({
    traces: [...traces, ...ago(1, ended)],
  }));
  expect(fires(alert, [...beside, { traces: ago(1, ended) }])).toEqual([true, false, false]);
});

it('slow fires from 20 servers in 15 minutes on, when the 95th percentile is over 5 seconds', () => {
  const mixed = (quick: number, slow: number): { traces: readonly Row[] } => ({
    traces: ago(1, [...attempts('well', quick), ...attempts('the fleet is slow', slow)]),
  });
  const cases = [mixed(0, 20), mixed(0, 19), mixed(18, 2), mixed(20, 1), mixed(20, 0)];
  expect(fires('slow', cases)).toEqual([true, false, true, false, false]);
});

it('storage-unavailable fires from 5 requests in 5 minutes on', () => {
  // A request brings the line of those that were counted before.
  const failed = lines(
    'the tables do not answer',
    'allocation.request',
    5,
    '"outcome":"storage-unavailable"',
  );
  const cases = [failed, failed.slice(1)].map((traces) => ({ traces: ago(1, traces) }));
  expect(fires('storage-unavailable', [...cases, { traces: ago(6, failed) }])).toEqual([true, false, false]);
});

it('platform-failed fires from 5 calls in 5 minutes on, and not for what ready says', () => {
  const { traces = [], requests = [] } = recorded['the process dies'] ?? {};
  const asked = (rows: readonly Row[], minutes = 1): Tables => ({ traces, requests: ago(minutes, rows) });
  const ready = requests.map((row) => ({ ...row, name: 'ready' }));
  const cases = [asked(requests), asked(requests.slice(1)), asked(requests, 6), asked(ready), asked([])];
  expect(fires('platform-failed', cases)).toEqual([true, false, false, false, false]);
});

it('sweep-silent and prune-silent fire when there was no run for as long as they say', () => {
  const sweeps = [sweep(14), sweep(16), prune(1), []].map((traces) => ({ traces }));
  expect(fires('sweep-silent', sweeps)).toEqual([false, true, true, true]);
  const prunes = [prune(119), boundedPrune(119), prune(121), sweep(1), []].map((traces) => ({ traces }));
  expect(fires('prune-silent', prunes)).toEqual([false, false, true, true, true]);
});

it('prune-behind fires when the last three runs had no time to end', () => {
  const [bounded, done] = [boundedPrune, prune];
  const cases = [
    [...bounded(125), ...bounded(65), ...bounded(5)],
    [...done(185), ...bounded(125), ...bounded(65), ...bounded(5)],
    [...bounded(185), ...bounded(125), ...bounded(65), ...done(5)],
    [...bounded(125), ...done(65), ...bounded(5)],
    [...bounded(65), ...bounded(5)],
    [],
  ].map((traces) => ({ traces }));
  expect(fires('prune-behind', cases)).toEqual([true, true, false, false, false, false]);
});

it('log-cap fires when the workspace says so, in the words of its documentation', () => {
  const row = (status: string): Row => ({
    ...{ Category: 'Ingestion', Operation: 'Data collection status', Level: 'Warning' },
    Detail: `Data collection stopped due to daily limit of free data reached. Ingestion status = ${status}`,
  });
  const cases = [ago(10, [row('OverQuota')]), ago(20, [row('OverQuota')]), ago(10, [row('RespectQuota')])];
  expect(
    fires(
      'log-cap',
      cases.map((rows) => ({ _LogOperation: rows })),
    ),
  ).toEqual([true, false, false]);
});
