/**
 * A game mode moves from sessionhosts to PlayFab while sessions of it are under way: no session gets a host of each.
 * Both fleets are there; a broker has the settings from before the move or those from after it.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { odata } from '@azure/data-tables';
import type { SimulatorControl } from '../../local/fleet/control.ts';
import type { SimulatorHandle } from '../../local/fleet/spawn.ts';
import { spawnPlayFab } from '../../local/playFab/spawn.ts';
import { type Stack, startStack } from '../../local/stack.ts';
import { type TestBroker, startBroker } from '../support/e2e/broker.ts';
import { type Reply, allocate, find, json } from '../support/e2e/httpClient.ts';
import { killInCall } from '../support/e2e/kill.ts';
import { type Tables, tablesOf } from '../support/e2e/tables.ts';
import { until } from '../support/e2e/until.ts';

const SECRET_KEY = 'secret-key-of-the-title';
const LOCATIONS = ['West US', 'East US', 'North Europe', 'West Europe', 'Southeast Asia', 'Japan East'];

let stack: Stack;
let sessionHosts: SimulatorHandle;
let playFab: SimulatorHandle;
let tables: Tables;
/** With the mode on sessionhosts, and with the mode on PlayFab. */
let before: TestBroker;
let after: TestBroker;

/** Whatever has been started, to be ended also where something after it was not. */
const running: { stop(): Promise<void> }[] = [];
const fleets: SimulatorHandle[] = [];

beforeAll(async () => {
  stack = await startStack({ fleet: { activationMs: 50 }, settings: { BROKER_FLEET_TIMEOUT_MS: '1000' } });
  running.push(stack);
  playFab = await spawnPlayFab({ secretKey: SECRET_KEY, activationMs: 50, locations: LOCATIONS });
  running.push(playFab);
  sessionHosts = stack.fleet;
  fleets.push(sessionHosts, playFab);
  tables = tablesOf(stack.azurite.connectionString);
  [before, after] = await Promise.all([startOn('sessionhosts'), startOn('playfab')]);
});

afterEach(() => Promise.all(fleets.map(({ control }) => control.reset())));

afterAll(() => Promise.all(running.map((part) => part.stop())));

/** A broker with the settings of both fleets; moving the mode is one word of them, and overflowing a list. */
function startOn(
  on: 'sessionhosts' | 'playfab' | { readonly fleets: readonly string[] },
  settings: Readonly<Record<string, string | undefined>> = {},
): Promise<TestBroker> {
  const duel = {
    gameModeId: '2162d32c-86a6-4b8a-8d6a-1f0f8f1d4a51',
    buildId: '0f4a1c52-9d35-4c0e-8b7e-3a5d2c9e6b11',
    ...(typeof on === 'string' ? { fleet: on } : on),
  };
  return startBroker(stack, {
    settings: {
      BROKER_GAME_MODES: JSON.stringify({ duel }),
      PLAYFAB_TITLE_ID: 'A1B2C',
      PLAYFAB_ENDPOINT: playFab.url,
      PLAYFAB_SECRET_KEY: SECRET_KEY,
      ...settings,
    },
  });
}

const newRequest = (): { sessionId: string; gameMode: string } => ({
  sessionId: randomUUID(),
  gameMode: 'duel',
});

/** A session whose broker from before the move was killed: sessionhosts has started its host, and no row says so. */
async function orphan(): Promise<{ sessionId: string; gameMode: string }> {
  const body = newRequest();
  await killInCall(sessionHosts.control, await startOn('sessionhosts'), [body], 'allocated');
  return body;
}

/** Names of the session's hosts, by fleet. */
async function hostsOf(sessionId: string): Promise<{ sessionHosts: string[]; playFab: string[] }> {
  const [one, other] = await Promise.all(
    [sessionHosts, playFab].map(async ({ control }) => {
      const { hosts } = await control.report({ sessions: [sessionId] });
      return hosts.map(({ hostName }) => hostName);
    }),
  );
  return { sessionHosts: one ?? [], playFab: other ?? [] };
}

const callsToPlayFab = async (sessionId: string): Promise<number> =>
  (await playFab.control.report({ sessions: [sessionId] })).calls.length;

it('a session that sessionhosts may have a host for stays there, and PlayFab is not asked', async () => {
  const body = await orphan();
  const reply = await allocate(after, body);
  expect(reply.status).toBe(201);

  const { hostName } = json(reply);
  expect(await hostsOf(body.sessionId)).toEqual({ sessionHosts: [hostName], playFab: [] });
  expect(await callsToPlayFab(body.sessionId)).toBe(0);
  expect(await tables.session(body.sessionId)).toMatchObject({ state: 'allocated', fleet: 'sessionhosts' });
  const attempts = await tables.attempts(body.sessionId);
  expect(attempts.map(({ outcome, fleet }) => [outcome, fleet])).toEqual([
    ['allocated', 'sessionhosts'],
    ['open', 'sessionhosts'],
  ]);
  expect(await after.told(1, 'allocation.attempt', body.sessionId)).toMatchObject([
    { fleet: 'sessionhosts', takeover: true },
  ]);
});

it('a session that got nothing from sessionhosts goes to PlayFab', async () => {
  const body = newRequest();
  await sessionHosts.control.faults.set({ action: { type: 'status', status: 503 } });
  const refused = await allocate(before, body);
  await sessionHosts.control.faults.clear();
  expect([refused.status, json(refused)['code']]).toEqual([503, 'no-capacity']);

  const reply = await allocate(after, body);
  expect(reply.status).toBe(201);
  expect(await hostsOf(body.sessionId)).toEqual({ sessionHosts: [], playFab: [json(reply)['hostName']] });
  const attempts = await tables.attempts(body.sessionId);
  expect(attempts.map(({ outcome, fleet }) => [outcome, fleet])).toEqual([
    ['allocated', 'playfab'],
    ['no-capacity', 'sessionhosts'],
  ]);
});

it('new sessions get hosts of PlayFab, and those that have one of sessionhosts keep it', async () => {
  const old = newRequest();
  const allocated = await allocate(before, old);
  const replayed = await allocate(after, old);
  expect([allocated.status, replayed.status, replayed.text]).toEqual([201, 200, allocated.text]);
  expect(await hostsOf(old.sessionId)).toEqual({
    sessionHosts: [json(allocated)['hostName']],
    playFab: [],
  });

  const body = newRequest();
  const reply = await allocate(after, body);
  expect(reply.status).toBe(201);
  expect(await hostsOf(body.sessionId)).toEqual({ sessionHosts: [], playFab: [json(reply)['hostName']] });
  expect(await tables.session(body.sessionId)).toMatchObject({ state: 'allocated', fleet: 'playfab' });
  // Instances from before the move answer the same.
  const elsewhere = await allocate(before, body);
  expect([elsewhere.status, elsewhere.text]).toEqual([200, reply.text]);
});

it('a session whose row is lost with the last writes of a failover gets a second host of PlayFab', async () => {
  const body = newRequest();
  const first = await allocate(before, body);
  expect(await tables.lose('brokersessions', odata`PartitionKey eq ${body.sessionId}`)).toBe(1);
  const second = await allocate(after, body);
  expect([first.status, second.status]).toEqual([201, 201]);
  expect(await hostsOf(body.sessionId)).toEqual({
    sessionHosts: [json(first)['hostName']],
    playFab: [json(second)['hostName']],
  });
});

describe('while instances of both settings run', () => {
  const SESSIONS = 24;
  /** 24 x 6 requests at a time: two busy processes on two cores keep up with them. */
  const CALLERS = 6;

  /** Short waits: a session is released by one instance and taken over by another before it has its host. */
  async function callUntilAnswered(broker: TestBroker, body: object): Promise<Reply> {
    for (;;) {
      const reply = await allocate(broker, body, { prefer: 'wait=1' });
      if (reply.status !== 202) return reply;
      await sleep(Number(reply.headers['retry-after']) * 1_000);
    }
  }

  /** Calls do not tell: after a second a broker gives one up, and asks again beside it. */
  const sessionsParked = (control: SimulatorControl, count: number): Promise<true> =>
    until(`calls of ${count} sessions at the fleet`, async () => {
      const parked = await control.waitForParked(count);
      return new Set(parked.map(({ sessionId }) => sessionId)).size === count ? true : undefined;
    });

  it(`${SESSIONS} sessions with callers at both have one host each, over both fleets`, async () => {
    // Longer than any wait: nobody gets a host by the first call, so that every session changes hands.
    const slow = { activationMs: 2_500, firstCall: 'conflict' } as const;
    await Promise.all(fleets.map(({ control }) => control.reset(slow)));
    const bodies = Array.from({ length: SESSIONS }, newRequest);
    const ask = (caller: number) =>
      bodies.map((body, number) => callUntilAnswered((number + caller) % 2 === 0 ? before : after, body));
    // Half of the sessions are asked of one fleet first, half of the other: nobody else asks before these calls are there.
    await Promise.all(fleets.map(({ control }) => control.hold({ point: 'received' })));
    const asked = [ask(0)];
    await Promise.all(fleets.map(({ control }) => sessionsParked(control, SESSIONS / 2)));
    for (let caller = 1; caller < CALLERS; caller += 1) asked.push(ask(caller));
    await Promise.all(fleets.map(({ control }) => control.release()));
    const replies = await Promise.all(
      bodies.map((_, number) => Promise.all(asked.map((callers) => callers[number] ?? never()))),
    );

    for (const [number, { sessionId }] of bodies.entries()) {
      const answers = replies[number] ?? [];
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 201]);
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
      const { hostName } = json(answers[0] ?? never());
      const hosts = await hostsOf(sessionId);
      expect([...hosts.sessionHosts, ...hosts.playFab]).toEqual([hostName]);
      const fleet = number % 2 === 0 ? 'sessionhosts' : 'playfab';
      expect(hosts[fleet === 'playfab' ? 'playFab' : 'sessionHosts']).toHaveLength(1);
      expect(await tables.session(sessionId)).toMatchObject({ state: 'allocated', fleet });
      // Whoever asked meanwhile, and with which settings: this session was asked of one fleet alone.
      expect(new Set((await tables.attempts(sessionId)).map((attempt) => attempt['fleet']))).toEqual(
        new Set([fleet]),
      );
    }
    const summaries = await Promise.all(fleets.map(({ control }) => control.summary()));
    expect(summaries.map(({ overlaps }) => overlaps)).toEqual([[], []]);
    expect(summaries.reduce((sum, { counts }) => sum + counts.hostsStarted, 0)).toBe(SESSIONS);
    // Hosts that were asked for with the settings of the other fleet: what this test is about did happen.
    const across = [
      ...before.events('allocation.attempt').filter(({ fleet }) => fleet === 'playfab'),
      ...after.events('allocation.attempt').filter(({ fleet }) => fleet === 'sessionhosts'),
    ].filter(({ sessionId }) => bodies.some((body) => body.sessionId === sessionId));
    expect(across.length).toBeGreaterThan(0);
  }, 120_000);
});

it('without the settings of sessionhosts such a session gets no host at all, and its own once they are back', async () => {
  const body = await orphan();
  const hasty = await startOn('playfab', {
    BROKER_TITLE_ID: undefined,
    BROKER_SANDBOX_ID: undefined,
    BROKER_CLOUD_GAME_ID: undefined,
    SESSIONHOSTS_ENDPOINT: undefined,
    SESSIONHOSTS_TOKEN: undefined,
  });
  const refused = await allocate(hasty, body);
  expect([refused.status, json(refused)['code']]).toEqual([502, 'upstream-rejected']);
  const [event] = await hasty.told(1, 'allocation.attempt', body.sessionId);
  expect(event).toMatchObject({ level: 'error', outcome: 'upstream-rejected', fleet: 'sessionhosts' });
  expect(event?.['reason']).toContain('settings of sessionhosts are gone');
  expect((await hostsOf(body.sessionId)).playFab).toEqual([]);
  expect(await callsToPlayFab(body.sessionId)).toBe(0);
  expect(await tables.session(body.sessionId)).toMatchObject({
    state: 'released',
    maybeStarted: true,
    fleet: 'sessionhosts',
  });
  expect((await find(hasty, body.sessionId)).status).toBe(202);
  // Other sessions do not miss them.
  expect((await allocate(hasty, newRequest())).status).toBe(201);

  const reply = await allocate(after, body);
  expect(reply.status).toBe(201);
  expect(await hostsOf(body.sessionId)).toEqual({ sessionHosts: [json(reply)['hostName']], playFab: [] });
});

function never(): never {
  throw new Error('every session has answers');
}

describe('a mode that lists both fleets', () => {
  const BOTH = { fleets: ['sessionhosts', 'playfab'] };
  const DRY = { action: { type: 'status', status: 503 } } as const;

  it('overflows to PlayFab while sessionhosts has no server free, and replays that host', async () => {
    const broker = await startOn(BOTH);
    const body = newRequest();
    await sessionHosts.control.faults.set(DRY);
    const reply = await allocate(broker, body);
    await sessionHosts.control.faults.clear();
    const replayed = await allocate(before, body);
    await broker.stop();

    expect([reply.status, replayed.status, replayed.text]).toEqual([201, 200, reply.text]);
    expect(await hostsOf(body.sessionId)).toEqual({ sessionHosts: [], playFab: [json(reply)['hostName']] });
    expect(await tables.session(body.sessionId)).toMatchObject({ state: 'allocated', fleet: 'playfab' });
    expect(await tables.attempts(body.sessionId)).toMatchObject([
      { outcome: 'allocated', fleet: 'playfab', fleetsAsked: 'sessionhosts playfab', fleetCalls: 2 },
    ]);
  });

  it('stays with PlayFab once that was asked, though sessionhosts has servers again', async () => {
    const body = newRequest();
    await sessionHosts.control.faults.set(DRY);
    await killInCall(playFab.control, await startOn(BOTH), [body], 'allocated');
    await sessionHosts.control.faults.clear();
    const reply = await allocate(before, body);

    expect(reply.status).toBe(201);
    expect(await hostsOf(body.sessionId)).toEqual({ sessionHosts: [], playFab: [json(reply)['hostName']] });
  });

  it('stays with sessionhosts where that may have started a host, though it has no server free now', async () => {
    const body = await orphan();
    const broker = await startOn(BOTH);
    await sessionHosts.control.faults.set(DRY);
    const refused = await allocate(broker, body);
    await sessionHosts.control.faults.clear();
    const reply = await allocate(broker, body);
    await broker.stop();

    expect([refused.status, reply.status]).toEqual([503, 201]);
    expect(await callsToPlayFab(body.sessionId)).toBe(0);
    expect(await hostsOf(body.sessionId)).toEqual({
      sessionHosts: [json(reply)['hostName']],
      playFab: [],
    });
  });
});
