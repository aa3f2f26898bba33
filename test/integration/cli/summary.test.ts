/** What the command counts against what the callers counted themselves, on the real stack. */
import { randomUUID } from 'node:crypto';
import { type Stack, startStack } from '../../../local/stack.ts';
import { allocate, json } from '../../support/e2e/httpClient.ts';
import { players } from '../../support/players.ts';
import { history } from './support.ts';

let stack: Stack;

afterEach(() => stack.stop());

it('counts as the callers do', async () => {
  stack = await startStack({ fleet: { activationMs: 0, standingBy: 4 } });
  const broker = await stack.startBroker();
  const latencies = [
    { location: 'West Europe', ms: 20 },
    { location: 'North Europe', ms: 35 },
  ];
  const created = new Map<string, number>();
  let refused = 0;
  // 6 locations with 4 servers each: 24 sessions get one, 8 in the first or second choice, and 6 get none.
  for (let session = 0; session < 30; session += 1) {
    const body = { sessionId: randomUUID(), gameMode: 'duel', latencies };
    const answer = await allocate(broker, body);
    if (answer.status === 503) refused += 1;
    if (answer.status !== 201) continue;
    const region = String(json(answer)['region']);
    created.set(region, (created.get(region) ?? 0) + 1);
    // A replay: it leaves no attempt.
    expect((await allocate(broker, body)).status).toBe(200);
  }
  expect([[...created.values()].reduce((sum, count) => sum + count, 0), refused]).toEqual([24, 6]);

  const args = ['--connection', stack.azurite.connectionString, '--since', '1h', '--summary'];
  const { stdout } = await history(...args, '--format', 'json');
  const summary = JSON.parse(stdout) as { regions: { region: string; allocations: number }[] };
  expect(summary).toMatchObject({
    attempts: 30,
    sessions: 30,
    allocations: 24,
    outcomes: [
      { outcome: 'allocated', count: 24 },
      { outcome: 'no-capacity', count: 6 },
    ],
    firstPreference: { count: created.get('West Europe'), of: 24 },
    fallback: { count: 20, of: 24 },
  });
  expect(Object.fromEntries(summary.regions.map(({ region, allocations }) => [region, allocations]))).toEqual(
    Object.fromEntries(created),
  );
});

it('counts as the simulated players do', async () => {
  stack = await startStack({ fleet: { activationMs: 20 } });
  const broker = await stack.startBroker();
  const counted = await players(broker.url, '--rate', '10', '--seconds', '4', '--seed', '5');
  expect(counted.created).toBeGreaterThan(20);

  const args = ['--connection', stack.azurite.connectionString, '--since', '1h', '--summary'];
  const { stdout } = await history(...args, '--format', 'json');
  const summary = JSON.parse(stdout) as { regions: { region: string; allocations: number }[] };
  expect(summary).toMatchObject({
    sessions: counted.sessions,
    allocations: counted.created,
    firstPreference: { count: counted.firstPreference.got, of: counted.firstPreference.of },
  });
  expect(Object.fromEntries(summary.regions.map(({ region, allocations }) => [region, allocations]))).toEqual(
    Object.fromEntries(counted.regions.map(({ region, sessions }) => [region, sessions])),
  );
});
