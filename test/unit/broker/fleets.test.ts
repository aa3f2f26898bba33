/** Which fleet is asked, while a game mode moves from one to another, and what it is told of the party. */
import { Broker } from '../../../lib/broker.ts';
import type { FleetName } from '../../../lib/fleets/fleet.ts';
import type { AllocationRequest } from '../../../lib/contract/request.ts';
import { placerOf } from '../../../lib/placement/placer.ts';
import type { BrokerEvent } from '../../../lib/events.ts';
import { sessionAttempts } from '../../../lib/ledger/reading/sessionAttempts.ts';
import { TableHistory } from '../../../lib/ledger/history/tableHistory.ts';
import { TableLedger } from '../../../lib/ledger/sessions/tableLedger.ts';
import { MemoryScan } from '../../support/memoryScan.ts';
import { MemoryTable } from '../../support/memoryTable.ts';
import { GIVES_HOST, ScriptedFleet } from '../../support/scriptedFleet.ts';
import { VirtualClock } from '../../support/virtualClock.ts';

const SESSION = '3536d3e6-e85d-4f47-b898-9617d19dabcd';

const TARGETS = new Map([
  ['sessionhosts', 'mode-1'],
  ['playfab', 'build-1'],
]);

let clock: VirtualClock;
let old: ScriptedFleet;
let next: ScriptedFleet;
let sessions: MemoryTable;
let history: MemoryTable;
let events: BrokerEvent[];

beforeEach(() => {
  clock = new VirtualClock();
  [old, next] = [new ScriptedFleet(), new ScriptedFleet()];
  sessions = new MemoryTable(() => clock.wallMs());
  history = new MemoryTable(() => clock.wallMs());
  events = [];
});

const LOCATIONS = [{ name: 'West US', penaltyMs: 0 }];

/** An instance with `duel` on this fleet. */
function brokerOn(
  fleet: FleetName,
  fleets: readonly FleetName[] = ['sessionhosts', 'playfab'],
  targets: ReadonlyMap<string, string> = TARGETS,
): Broker {
  const all = new Map([
    ['sessionhosts', old],
    ['playfab', next],
  ]);
  return new Broker({
    ledger: new TableLedger({ sessions, clock, leaseMs: 11_000, sessionTtlMs: 24 * 3_600_000 }),
    history: new TableHistory(history),
    fleets: new Map([...all].filter(([name]) => fleets.some((one) => one === name))),
    clock,
    gameModes: new Map([
      [
        'duel',
        { fleet, targets, place: placerOf(LOCATIONS, undefined, { aggregate: 'mean', strict: false }) },
      ],
    ]),
    locations: LOCATIONS,
    fleetTimeoutMs: 8_000,
    confirmAfterMs: 60_000,
  });
}

/** Asks, and resolves once everything has come to rest. */
async function ask(broker: Broker, request: Partial<AllocationRequest> = {}): Promise<unknown> {
  let told: unknown;
  broker
    .allocate(
      { sessionId: SESSION, gameMode: 'duel', players: [], ...request },
      { invocationId: 'i', waitMs: 1_000, emit: (_level, event) => events.push(event) },
    )
    .then(
      (answer) => (told = answer),
      (problem: unknown) => (told = problem),
    );
  await clock.settle();
  await clock.advance(1_000);
  return told;
}

const rowsOf = (table: MemoryTable) => [...table.rows.values()].map(({ row }) => row);

describe('while a game mode moves', () => {
  it('a session that may have a host stays with the fleet that was asked first', async () => {
    old.always(() => ({ kind: 'unknown', reason: 'timeout' }));
    expect(await ask(brokerOn('sessionhosts'))).toMatchObject({ kind: 'pending' });

    old.always(() => GIVES_HOST);
    expect(await ask(brokerOn('playfab'))).toMatchObject({ kind: 'allocated', replayed: false });
    expect(next.requests).toEqual([]);
    expect(rowsOf(sessions)[0]).toMatchObject({ state: 'allocated', fleet: 'sessionhosts' });
    expect(rowsOf(history).map(({ fleet }) => fleet)).toEqual(['sessionhosts', 'sessionhosts']);
    expect(events).toContainEqual(
      expect.objectContaining({ event: 'allocation.attempt', outcome: 'allocated', fleet: 'sessionhosts' }),
    );
  });

  it('a session for which nothing was started is asked of the new one', async () => {
    old.always(() => ({ kind: 'no-capacity', status: 503 }));
    expect(await ask(brokerOn('sessionhosts'))).toMatchObject({ code: 'no-capacity' });

    next.always(() => GIVES_HOST);
    expect(await ask(brokerOn('playfab'))).toMatchObject({ kind: 'allocated' });
    expect(old.requests).toHaveLength(1);
    expect(rowsOf(sessions)[0]).toMatchObject({ fleet: 'playfab' });
  });

  it('a session that may have a host stays with what was asked for, also on the same fleet', async () => {
    next.always(() => ({ kind: 'unknown', reason: 'timeout' }));
    await ask(brokerOn('playfab'));
    expect(rowsOf(sessions)[0]).toMatchObject({ fleet: 'playfab', fleetTarget: 'build-1' });

    next.always(() => GIVES_HOST);
    const released = new Map([['playfab', 'build-2']]);
    expect(await ask(brokerOn('playfab', ['playfab'], released))).toMatchObject({ kind: 'allocated' });
    expect(new Set(next.requests.map(({ target }) => target))).toEqual(new Set(['build-1']));
  });

  it('a session for which nothing was started is asked for with what the settings say now', async () => {
    next.always(() => ({ kind: 'no-capacity', status: 429 }));
    await ask(brokerOn('playfab'));
    next.always(() => GIVES_HOST);
    await ask(brokerOn('playfab', ['playfab'], new Map([['playfab', 'build-2']])));
    expect(next.requests.map(({ target }) => target)).toEqual(['build-1', 'build-2']);
  });

  it('a session of a version that knew one fleet only stays with it, for as long as the mode is known there', async () => {
    old.always(() => ({ kind: 'unknown', reason: 'timeout' }));
    await ask(brokerOn('sessionhosts'));
    for (const { row } of sessions.rows.values()) {
      Reflect.deleteProperty(row, 'fleet');
      Reflect.deleteProperty(row, 'fleetTarget');
    }
    const gone = new Map([['playfab', 'build-1']]);
    expect(await ask(brokerOn('playfab', undefined, gone))).toMatchObject({ code: 'upstream-rejected' });
    old.always(() => GIVES_HOST);
    expect(await ask(brokerOn('playfab'))).toMatchObject({ kind: 'allocated' });
    expect(new Set(old.requests.map(({ target }) => target))).toEqual(new Set(['mode-1']));
    expect(next.requests).toEqual([]);
  });

  it('a session that was left to a fleet whose settings are gone gets no second host, and the operators a reason', async () => {
    old.always(() => ({ kind: 'unknown', reason: 'timeout' }));
    await ask(brokerOn('sessionhosts'));

    expect(await ask(brokerOn('playfab', ['playfab']))).toMatchObject({ code: 'upstream-rejected' });
    expect(next.requests).toEqual([]);
    expect(events).toContainEqual(
      expect.objectContaining({
        event: 'allocation.attempt',
        outcome: 'upstream-rejected',
        fleetCalls: 0,
        reason:
          'The session was first asked of sessionhosts and may have a host there, but settings of sessionhosts are gone: ' +
          'put all of them back, and take them away when none of its sessions is pending.',
      }),
    );

    // Whoever looks the session up sees why, and not only that it was pending.
    const historyScan = new MemoryScan(history);
    const query = { sessionId: SESSION, sinceMs: 0, untilMs: clock.wallMs() + 1, limit: 10 };
    const attempts = await sessionAttempts({ sessions, history, historyScan }, query);
    expect(attempts.rows.map(({ outcome }) => outcome)).toEqual(['upstream-rejected', 'unknown']);

    old.always(() => GIVES_HOST);
    expect(await ask(brokerOn('playfab'))).toMatchObject({ kind: 'allocated' });
    expect(next.requests).toEqual([]);
  });
});

describe('the players that a fleet is told of', () => {
  const measured = [{ location: 'West US', ms: 30 }];
  it.each([
    [
      'a whole party',
      [
        { playerId: 'first-player', latencies: measured },
        { playerId: 'second-player', latencies: [] },
      ],
      ['first-player', 'second-player'],
    ],
    [
      'none where one has no name',
      [{ playerId: 'first-player', latencies: measured }, { latencies: measured }],
      undefined,
    ],
    ['none where a caller measured for itself', [{ latencies: measured }], undefined],
    ['none without players', [], undefined],
  ])('are %s', async (_, players, playerIds) => {
    next.always(() => GIVES_HOST);
    await ask(brokerOn('playfab'), { players });
    expect(next.requests.map((request) => request.playerIds)).toEqual([playerIds]);
    expect(JSON.stringify([rowsOf(sessions), rowsOf(history), events])).not.toContain('first-player');
  });
});
