/**
 * Each write to storage is done, and its answer is lost. The SDK repeats it by itself, and is refused for what it has
 * done itself: 409 for a row that is there already, 412 for one that has changed, 404 for one that is gone.
 */
import { randomUUID } from 'node:crypto';
import type { TestBroker } from '../support/e2e/broker.ts';
import { allocate, json } from '../support/e2e/httpClient.ts';
import { until } from '../support/e2e/until.ts';
import type { RequestMatch } from '../support/faultProxy/tableRequest.ts';
import { type Lab, newRequest, startLab } from './lab.ts';

let lab: Lab;
let broker: TestBroker;

beforeAll(async () => {
  lab = await startLab();
  broker = await lab.startBroker('broker');
});

afterEach(async () => {
  lab.proxy.clear();
  await lab.stack.fleet.control.faults.clear();
});

afterAll(() => lab.stop());

/** Loses the answer to the first such write of the session; tells how the service answered it and its repetitions. */
function loseAnswer(sessionId: string, match: RequestMatch): () => (number | undefined)[] {
  const fits: RequestMatch = {
    ...match,
    where: ({ partitionKey, row }) => partitionKey === sessionId || row?.['sessionId'] === sessionId,
  };
  lab.proxy.forget();
  lab.proxy.inject({ match: fits, fault: { type: 'reset-after' }, times: 1 });
  return () =>
    lab.proxy.requests
      .filter(({ operation, table, row, ...request }) => {
        const wanted = match.row?.['state'] ?? row?.['state'];
        const same = operation === match.operation && table === match.table && row?.['state'] === wanted;
        return same && (request.partitionKey === sessionId || row?.['sessionId'] === sessionId);
      })
      .map(({ status }) => status);
}

/** The fleet throttles the session's calls: nothing is started by them. */
async function throttle(sessionId: string): Promise<void> {
  await lab.stack.fleet.control.faults.set({ match: { sessionId }, action: { type: 'status', status: 429 } });
}

/** One host, one attempt closed with it, one row that says so. */
async function expectAllocated(sessionId: string, attempts: string[]): Promise<void> {
  const { hosts, overlaps } = await lab.stack.fleet.control.report({ sessions: [sessionId] });
  expect([hosts.length, overlaps]).toEqual([1, []]);
  expect(await lab.tables.session(sessionId)).toMatchObject({ state: 'allocated', generation: 1 });
  const rows = await lab.tables.attempts(sessionId);
  expect(rows.map(({ outcome }) => outcome)).toEqual(attempts);
}

it.each([
  ['the claim', { operation: 'insert', table: 'brokersessions' }, [204, 409]],
  ['the opening of the history row', { operation: 'insert', table: 'brokerhistory' }, [204, 409]],
  [
    'the settling',
    { operation: 'replace', table: 'brokersessions', row: { state: 'allocated' } },
    [204, 412],
  ],
  ['the closing of the history row', { operation: 'replace', table: 'brokerhistory' }, [204, 412]],
] as const)('%s: the caller has its host all the same, by the one call', async (_what, match, statuses) => {
  const sessionId = randomUUID();
  const answered = loseAnswer(sessionId, match);
  const reply = await allocate(broker, newRequest(sessionId));
  expect(reply.status).toBe(201);
  expect(answered()).toEqual(statuses);
  expect((await lab.stack.fleet.control.report({ sessions: [sessionId] })).calls).toHaveLength(1);
  await expectAllocated(sessionId, ['allocated']);
});

it('a renewal: the call goes on', async () => {
  const { control } = lab.stack.fleet;
  const sessionId = randomUUID();
  const { holdId } = await control.hold({ match: { sessionId }, point: 'received' });
  const answered = loseAnswer(sessionId, {
    operation: 'replace',
    table: 'brokersessions',
    row: { state: 'claimed' },
  });
  const asking = allocate(broker, newRequest(sessionId));
  await until('the renewal is repeated', () => (answered().at(-1) === 412 ? true : undefined));
  await control.release({ holdId });
  expect((await asking).status).toBe(201);
  expect(answered().slice(0, 2)).toEqual([204, 412]);
  expect((await control.report({ sessions: [sessionId] })).calls).toHaveLength(1);
  await expectAllocated(sessionId, ['allocated']);
});

it('a release: the next caller need not wait for the lease', async () => {
  const sessionId = randomUUID();
  await throttle(sessionId);
  const answered = loseAnswer(sessionId, {
    operation: 'replace',
    table: 'brokersessions',
    row: { state: 'released' },
  });
  const refused = await allocate(broker, newRequest(sessionId), { prefer: 'wait=1' });
  expect([refused.status, json(refused)['code']]).toEqual([502, 'upstream-failed']);
  expect(answered()).toEqual([204, 412]);
  expect(await lab.tables.session(sessionId)).toMatchObject({ state: 'released', maybeStarted: false });
  await lab.stack.fleet.control.faults.clear();
  expect((await allocate(broker, newRequest(sessionId))).status).toBe(201);
  await expectAllocated(sessionId, ['allocated', 'upstream-failed']);
});

it('a take-over: whoever took over knows it', async () => {
  const sessionId = randomUUID();
  await throttle(sessionId);
  await allocate(broker, newRequest(sessionId), { prefer: 'wait=1' });
  await lab.stack.fleet.control.faults.clear();
  const answered = loseAnswer(sessionId, {
    operation: 'replace',
    table: 'brokersessions',
    row: { state: 'claimed' },
  });
  expect((await allocate(broker, newRequest(sessionId))).status).toBe(201);
  // On a busy machine the call may begin late enough, or last long enough, for a renewal.
  expect(answered().slice(0, 2)).toEqual([204, 412]);
  await expectAllocated(sessionId, ['allocated', 'upstream-failed']);
});

it('the removal of a claim that could not be recorded: nothing is left behind', async () => {
  const sessionId = randomUUID();
  lab.proxy.inject({
    match: { table: 'brokerhistory', operation: 'insert' },
    fault: { type: 'status', status: 500 },
  });
  const answered = loseAnswer(sessionId, { operation: 'delete', table: 'brokersessions' });
  const refused = await allocate(broker, newRequest(sessionId));
  expect([refused.status, json(refused)['code']]).toEqual([503, 'storage-unavailable']);
  expect(answered()).toEqual([204, 404]);
  expect(await lab.tables.session(sessionId)).toBeUndefined();
  expect((await lab.stack.fleet.control.report({ sessions: [sessionId] })).calls).toEqual([]);
  lab.proxy.clear();
  expect((await allocate(broker, newRequest(sessionId))).status).toBe(201);
  await expectAllocated(sessionId, ['allocated']);
});
