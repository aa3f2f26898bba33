/** One player of a party must not decide for all, neither by a lie nor by a lost probe; and a cap that loosens. */
import { randomUUID } from 'node:crypto';
import type { Stack } from '../../local/stack.ts';
import { type TestBroker, startBroker } from '../support/e2e/broker.ts';
import { startStack } from '../support/e2e/fleetUnderTest.ts';
import { allocate, json, type Reply } from '../support/e2e/httpClient.ts';
import { type Tables, tablesOf } from '../support/e2e/tables.ts';
import { until } from '../support/e2e/until.ts';

let stack: Stack;
let tables: Tables;

beforeAll(async () => {
  stack = await startStack({ fleet: { activationMs: 0 } });
  tables = tablesOf(stack.azurite.connectionString);
});

afterAll(() => stack.stop());

const hint = (location: string, ms: number): { location: string; ms: number } => ({ location, ms });

describe('four players at West US 20 and Japan East 150', () => {
  const FOUR = Array.from({ length: 4 }, () => ({
    latencies: [hint('West US', 20), hint('Japan East', 150)],
  }));
  let broker: TestBroker;

  beforeAll(async () => {
    broker = await startBroker(stack);
  });

  async function placed(fifth: object[]): Promise<{ region: unknown; order: string[]; ranking: unknown[] }> {
    const sessionId = randomUUID();
    const players = [...FOUR, { latencies: fifth }];
    const reply = await allocate(broker, { sessionId, gameMode: 'duel', players });
    const [row] = await tables.attempts(sessionId);
    const { ranking } = JSON.parse(String(row?.['placement'])) as { ranking: unknown[] };
    return {
      region: json(reply)['region'],
      order: JSON.parse(String(row?.['locations'])) as string[],
      ranking,
    };
  }

  it('do not follow a fifth to Japan who sends 60000 everywhere but there', async () => {
    const { region, order, ranking } = await placed([
      hint('West US', 60_000),
      hint('East US', 60_000),
      hint('North Europe', 60_000),
      hint('West Europe', 60_000),
      hint('Southeast Asia', 60_000),
      hint('Japan East', 5),
    ]);
    expect(region).toBe('West US');
    expect(order.slice(0, 2)).toEqual(['West US', 'Japan East']);
    expect(ranking.slice(0, 2)).toEqual([
      {
        location: 'West US',
        rank: 1,
        rule: 'measured',
        aggregateMs: 67,
        worst: { player: 4, ms: 60_000 },
        measuredBy: 5,
        clamped: 1,
      },
      {
        location: 'Japan East',
        rank: 2,
        rule: 'measured',
        aggregateMs: 121,
        worst: { player: 0, ms: 150 },
        measuredBy: 5,
      },
    ]);
  });

  it('do not follow a fifth to Japan whose only probe that came back is Japan East 300', async () => {
    const { region, order, ranking } = await placed([hint('Japan East', 300)]);
    expect(region).toBe('West US');
    expect(order.slice(0, 2)).toEqual(['West US', 'Japan East']);
    expect(ranking[0]).toEqual({
      location: 'West US',
      rank: 1,
      rule: 'partial',
      aggregateMs: 76,
      worst: { player: 0, ms: 20 },
      measuredBy: 4,
      filled: 1,
    });
  });

  it('follow a fifth where the operators let one measurement weigh what it says', async () => {
    const believing = await startBroker(stack, { settings: { BROKER_PLACEMENT: '{"clampMs": 60000}' } });
    const players = [...FOUR, { latencies: [hint('West US', 60_000), hint('Japan East', 5)] }];
    const reply = await allocate(believing, { sessionId: randomUUID(), gameMode: 'duel', players });
    expect(json(reply)['region']).toBe('Japan East');
  });
});

it('a strict cap that loosens answers 202 until it does, and then with the host', async () => {
  const broker = await startBroker(stack, {
    settings: {
      BROKER_PLACEMENT:
        '{"maxLatencyMs": 60, "strict": true, "relax": [{"afterSeconds": 2, "maxLatencyMs": 120}]}',
    },
  });
  const sessionId = randomUUID();
  const request = { sessionId, gameMode: 'duel', latencies: [hint('West US', 110)] };
  const first = await allocate(broker, request);
  expect([first.status, json(first), first.headers['retry-after']]).toEqual([
    202,
    { sessionId, status: 'pending', retryAfterSeconds: 2 },
    '2',
  ]);
  const last = await until('the cap to loosen', async (): Promise<Reply | undefined> => {
    const reply = await allocate(broker, request);
    return reply.status === 202 ? undefined : reply;
  });
  expect([last.status, json(last)['region']]).toEqual([201, 'West US']);
  const allocated = (await tables.attempts(sessionId)).find((row) => row['outcome'] === 'allocated');
  expect(JSON.parse(String(allocated?.['placement']))).toMatchObject({
    maxLatencyMs: 120,
    relaxedAfterSeconds: 2,
    strict: true,
  });
});
