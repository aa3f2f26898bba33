/** Players of a party ask each for itself, through three instances that share nothing but the tables. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hint } from '../../lib/placement/types.ts';
import { LOCAL_GAME_MODES } from '../../local/brokerSettings.ts';
import { loadRegionLatencies, loadSourceWeights } from '../../local/data/latencies.ts';
import { seededRandom } from '../../local/data/random.ts';
import { drawPlayer } from '../../local/data/simulatedPlayers.ts';
import type { Stack } from '../../local/stack.ts';
import { type TestBroker, startBroker } from '../support/e2e/broker.ts';
import { startStack } from '../support/e2e/fleetUnderTest.ts';
import { allocate } from '../support/e2e/httpClient.ts';
import { type Row, tablesOf } from '../support/e2e/tables.ts';

const PARTIES = 500;
/** Parties at a time: their calls reach two busy cores well inside the window. */
const AT_ONCE = 16;
/** One party in so many does not say how many it is, and waits for its window to end. */
const SILENT_ONE_IN = 25;
/** The longest that there is: what is shown is whom the window hears, not how fast this machine is. */
const WINDOW_MS = 5_000;
/** The members of a party call within so long. */
const SPREAD_MS = 300;
const PROCESSES = 3;

interface Member {
  readonly latencies: readonly Hint[];
  readonly process: number;
  readonly afterMs: number;
}

interface Party {
  readonly sessionId: string;
  readonly isSilent: boolean;
  readonly members: readonly Member[];
}

let stack: Stack;
let brokers: TestBroker[];

beforeAll(async () => {
  const { duel } = LOCAL_GAME_MODES;
  const modes = { duel: { ...duel, gather: { windowMs: WINDOW_MS } }, together: duel };
  const settings = { BROKER_GAME_MODES: JSON.stringify(modes) };
  stack = await startStack({ settings, fleet: { activationMs: 0, standingBy: 2 * PARTIES } });
  brokers = await Promise.all(Array.from({ length: PROCESSES }, () => startBroker(stack)));
  for (const broker of brokers) await allocate(broker, { sessionId: randomUUID(), gameMode: 'together' });
});

afterAll(() => stack.stop());

/** 2 to 10 players around the world. */
function drawParties(): readonly Party[] {
  const random = seededRandom(1);
  const [regions, weights] = [loadRegionLatencies(), loadSourceWeights()];
  return Array.from({ length: PARTIES }, (_, number) => ({
    sessionId: randomUUID(),
    isSilent: number % SILENT_ONE_IN === 0,
    members: Array.from({ length: 2 + Math.floor(random() * 9) }, () => ({
      latencies: drawPlayer(regions, weights, random).hints,
      process: Math.floor(random() * PROCESSES),
      afterMs: random() * SPREAD_MS,
    })),
  }));
}

async function callOne({ sessionId, isSilent, members }: Party, member: Member): Promise<number> {
  const broker = brokers[member.process];
  if (broker === undefined) throw new RangeError('no such process');
  await sleep(member.afterMs);
  const size = isSilent ? {} : { partySize: members.length };
  const body = { sessionId, gameMode: 'duel', latencies: member.latencies, ...size };
  return (await allocate(broker, body, { prefer: 'wait=25' })).status;
}

/** Every member for itself, and then the same party in one call that knows all of them. @returns that call's session */
async function callParty(party: Party): Promise<string> {
  const statuses = await Promise.all(party.members.map((member) => callOne(party, member)));
  expect(statuses.toSorted((a, b) => b - a)).toEqual([201, ...Array<number>(statuses.length - 1).fill(200)]);
  const [broker] = brokers;
  if (broker === undefined) throw new RangeError('no such process');
  const sessionId = randomUUID();
  const players = party.members.map(({ latencies }) => ({ latencies }));
  const reply = await allocate(broker, { sessionId, gameMode: 'together', players });
  expect(reply.status).toBe(201);
  return sessionId;
}

async function callAll(parties: readonly Party[]): Promise<ReadonlyMap<Party, string>> {
  const together = new Map<Party, string>();
  const queue = parties.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const party of queue) together.set(party, await callParty(party));
    }),
  );
  return together;
}

it(`orders the locations of ${PARTIES} parties as one call for each of them does`, async () => {
  const parties = drawParties();
  const together = await callAll(parties);
  const rows = await tablesOf(stack.azurite.connectionString).all('brokerhistory');
  const attempts = new Map<unknown, Row>(rows.map((row) => [row['sessionId'], row]));
  const order = (sessionId: string | undefined): unknown => attempts.get(sessionId)?.['locations'];

  const other = parties.filter((party) => order(party.sessionId) !== order(together.get(party)));
  expect(other.map(({ sessionId }) => [attempts.get(sessionId), order(sessionId)])).toEqual([]);
  const heard = parties.map(({ sessionId }) => {
    const { callersHeard, instancesHeard } = attempts.get(sessionId) ?? {};
    return [callersHeard, instancesHeard];
  });
  expect(heard).toEqual(
    parties.map(({ members }) => [members.length, new Set(members.map(({ process }) => process)).size]),
  );
  // As many different orders as a world of players has: the same one for everybody would prove nothing.
  expect(new Set(parties.map(({ sessionId }) => order(sessionId))).size).toBeGreaterThan(50);
}, 300_000);
