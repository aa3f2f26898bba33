/** What the instances count against what their callers count, though one of them is killed. */
import { randomUUID } from 'node:crypto';
import { inParallel } from '../../lib/inParallel.ts';
import { answersOf } from '../../lib/insights/requests.ts';
import { readRequests } from '../../lib/ledger/requests/readRequests.ts';
import { azureScan } from '../../lib/ledger/tables/azureScan.ts';
import { tableClients } from '../../lib/ledger/tables/tableClients.ts';
import type { SpawnedHost } from '../../local/functionsHost/spawn.ts';
import { type Stack, startStack } from '../../local/stack.ts';
import { history } from '../integration/cli/support.ts';
import { allocate } from '../support/e2e/httpClient.ts';

const REQUESTS = 2_000;

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ fleet: { activationMs: 0 } });
});

afterAll(() => stack.stop());

/** As the counts name it. */
function answerOf({ status, text }: { readonly status: number; readonly text: string }): string {
  if (status === 201) return 'allocated';
  return status === 200 ? 'replayed' : (JSON.parse(text) as { code: string }).code;
}

async function counted(): Promise<Record<string, number>> {
  const { connectionString } = stack.azurite;
  const scan = azureScan(tableClients({ kind: 'connection-string', connectionString })('requests'));
  const nowMs = Date.now();
  const query = { sinceMs: nowMs - 600_000, untilMs: nowMs + 60_000, intervalMs: 60_000 };
  const { intervals } = await readRequests(scan, query);
  return Object.fromEntries(answersOf(intervals).map(({ answer, requests }) => [answer, requests]));
}

it('are equal, but for the last minute of the one that is killed', async () => {
  const brokers = await Promise.all([stack.startBroker(), stack.startBroker(), stack.startBroker()]);
  const [doomed, ...others] = brokers;
  const sessions = Array.from({ length: 150 }, () => randomUUID());
  const callers = new Map<SpawnedHost, Record<string, number>>(brokers.map((broker) => [broker, {}]));
  const requests = Array.from({ length: REQUESTS }, (_, index) => index);
  await inParallel(requests, 8, async (index) => {
    const broker = brokers[index % 3] ?? doomed;
    const gameMode = index % 10 === 0 ? 'no-such-mode' : 'duel';
    const reply = await allocate(broker, { sessionId: sessions[index % 150] ?? '', gameMode });
    const own = callers.get(broker) ?? {};
    const answer = answerOf(reply);
    own[answer] = (own[answer] ?? 0) + 1;
  });
  doomed.child.kill('SIGKILL');
  await Promise.all(others.map((broker) => broker.stop()));

  const expected: Record<string, number> = {};
  for (const broker of others) {
    for (const [answer, count] of Object.entries(callers.get(broker) ?? {})) {
      expected[answer] = (expected[answer] ?? 0) + count;
    }
  }
  expect(await counted()).toEqual(expected);
  // The command says the same.
  const args = ['--connection', stack.azurite.connectionString, '--summary', '--format', 'json'];
  const { requests: told } = JSON.parse((await history(...args)).stdout) as {
    requests: { answer: string; requests: number }[];
  };
  expect(Object.fromEntries(told.map(({ answer, requests: count }) => [answer, count]))).toEqual(expected);
  expect(Object.values(expected).reduce((sum, count) => sum + count, 0)).toBe(1_333);
  expect(Object.keys(expected).sort()).toEqual(['allocated', 'invalid-request', 'replayed']);
}, 120_000);
