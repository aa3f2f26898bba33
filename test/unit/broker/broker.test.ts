import { type AllocationAnswer, Broker } from '../../../lib/broker.ts';
import type { Problem } from '../../../lib/contract/problem.ts';
import type { AllocationRequest } from '../../../lib/contract/request.ts';
import { placerOf } from '../../../lib/placement/placer.ts';
import type { PlacementSettings } from '../../../lib/placement/types.ts';
import type { BrokerEvent } from '../../../lib/events.ts';
import { TableHistory } from '../../../lib/ledger/history/tableHistory.ts';
import { TableLedger } from '../../../lib/ledger/sessions/tableLedger.ts';
import { type Heard, heardOf } from '../../support/heard.ts';
import type { LossyTable } from '../../support/lossyTable.ts';
import { memoryStorage } from '../../support/memoryStorage.ts';
import type { MemoryTable } from '../../support/memoryTable.ts';
import { GIVES_HOST, HOST, ScriptedFleet } from '../../support/scriptedFleet.ts';
import { VirtualClock } from '../../support/virtualClock.ts';

const SESSION = '3536d3e6-e85d-4f47-b898-9617d19dabcd';
const BODY =
  '{"sessionId":"3536d3e6-e85d-4f47-b898-9617d19dabcd","status":"allocated","hostName":"a1.cloudapp.net",' +
  '"ports":[{"name":"game","port":30000,"protocol":"UDP"}],"region":"West US","secureContext":"c2VjcmV0"}';

let clock: VirtualClock;
let fleet: ScriptedFleet;
let sessions: LossyTable;
let history: LossyTable;
let sessionRows: MemoryTable;
let historyRows: MemoryTable;
let events: BrokerEvent[];
let broker: Broker;

beforeEach(() => {
  clock = new VirtualClock();
  fleet = new ScriptedFleet();
  ({ sessionRows, historyRows, sessions, history } = memoryStorage(clock));
  events = [];
  broker = newBroker();
});

/** One more instance on the same tables and fleet; on a clock of its own it is frozen until that goes on. */
function newBroker(its = clock, placement: Partial<PlacementSettings> = {}): Broker {
  const locations = [
    { name: 'West US', penaltyMs: 0 },
    { name: 'East US', penaltyMs: 0 },
  ];
  const mode = (id: string, only?: readonly string[]) => ({
    fleet: 'sessionhosts',
    targets: new Map([['sessionhosts', id]]),
    place: placerOf(locations, only, { aggregate: 'mean', strict: true, maxLatencyMs: 200, ...placement }),
  });
  return new Broker({
    ledger: new TableLedger({ sessions, clock: its, leaseMs: 2_500, sessionTtlMs: 24 * 3_600_000 }),
    history: new TableHistory(history),
    fleets: new Map([['sessionhosts', fleet]]),
    clock: its,
    gameModes: new Map([
      ['duel', mode('mode-1')],
      ['east', mode('mode-2', ['east us'])],
    ]),
    locations,
    fleetTimeoutMs: 8_000,
    confirmAfterMs: 60_000,
  });
}

interface Asking {
  readonly by?: Broker;
  readonly waitSeconds?: number;
  readonly request?: Partial<AllocationRequest>;
}

/** One caller's call; what it was told is in `told` as soon as it was. */
function ask({ by = broker, waitSeconds = 15, request = {} }: Asking = {}): Heard<AllocationAnswer> {
  const answer = by.allocate(
    { sessionId: SESSION, gameMode: 'duel', players: [], ...request },
    {
      invocationId: 'b9f0c2d1-0000-4000-8000-000000000001',
      waitMs: waitSeconds * 1_000,
      emit: (_level, event) => events.push(event),
    },
  );
  return heardOf(answer);
}

const NEW = { kind: 'allocated', body: BODY, replayed: false };
const REPLAY = { kind: 'allocated', body: BODY, replayed: true };
const PENDING = { kind: 'pending', retryAfterSeconds: 1 };

const writes = () => sessions.seen.filter((operation) => operation === 'replace');
const sessionRow = () => [...sessionRows.rows.values()][0]?.row;
const outcomes = () =>
  [...historyRows.rows.values()].map(({ row }) => ({ outcome: row['outcome'], calls: row['fleetCalls'] }));

describe('one caller', () => {
  it('gets the host, recorded before it is told', async () => {
    const caller = ask({ request: { sessionCookie: 'opaque' } });
    await clock.settle();
    fleet.answer(GIVES_HOST);
    await clock.settle();
    expect(caller.told).toEqual(NEW);
    expect(fleet.requests).toEqual([
      { sessionId: SESSION, target: 'mode-1', locations: ['West US', 'East US'], sessionCookie: 'opaque' },
    ]);
    expect(sessionRow()).toMatchObject({ state: 'allocated', body: BODY, hostName: 'a1.cloudapp.net' });
    expect(sessionRow()).not.toHaveProperty('cookie');
    expect([...historyRows.rows.values()][0]?.row).toMatchObject({
      partitionKey: '2026-11-22T08',
      outcome: 'allocated',
      region: 'WestUS',
      hostName: 'a1.cloudapp.net',
      preferenceRank: 1,
      fleetCalls: 1,
      upstreamStatus: 200,
      locations: '["West US","East US"]',
      invocationId: 'b9f0c2d1-0000-4000-8000-000000000001',
    });
  });

  it('is replayed from memory without a storage transaction', async () => {
    fleet.always(() => GIVES_HOST);
    ask();
    await clock.settle();
    const before = sessions.seen.length + history.seen.length;
    const again = ask();
    await clock.settle();
    expect(again.told).toEqual(REPLAY);
    expect(sessions.seen.length + history.seen.length).toBe(before);
  });

  it('takes five storage transactions for a new session and two for a replay elsewhere', async () => {
    fleet.always(() => GIVES_HOST);
    ask();
    await clock.settle();
    expect([...sessions.seen].sort()).toEqual(['insert', 'read', 'replace']);
    expect(history.seen).toEqual(['insert', 'replace']);
    ask({ by: newBroker() });
    await clock.settle();
    expect(sessions.seen.slice(3).sort()).toEqual(['insert', 'read']);
  });

  it('asks again while the host is starting, and renews its lease once a second', async () => {
    const caller = ask();
    await clock.settle();
    fleet.answer({ kind: 'starting', status: 409 });
    await clock.advance(250);
    fleet.answer({ kind: 'starting', status: 409 });
    await clock.advance(500);
    // The third call begins on a lease renewed 300 ms after the claim or later, and takes 2.5 s.
    expect(writes()).toHaveLength(1);
    await clock.advance(2_500);
    fleet.answer(GIVES_HOST);
    await clock.settle();
    expect(caller.told).toEqual(NEW);
    expect(writes()).toHaveLength(4);
    expect(outcomes()).toEqual([{ outcome: 'allocated', calls: 3 }]);
  });

  it('is told that it is pending when the wait ends, and gets the host with the next call', async () => {
    fleet.always(() => ({ kind: 'starting', status: 409 }));
    const caller = ask({ waitSeconds: 3 });
    await clock.advance(3_000);
    expect(caller.told).toEqual(PENDING);
    expect(sessionRow()).toMatchObject({ state: 'released', maybeStarted: true });
    fleet.always(() => GIVES_HOST);
    const next = ask();
    await clock.settle();
    expect(next.told).toEqual(NEW);
    expect(outcomes().map(({ outcome }) => outcome)).toEqual(['pending', 'allocated']);
  });

  it('may wait one fleet call longer than it said: a call in flight is not cut short', async () => {
    const caller = ask({ waitSeconds: 1 });
    await clock.advance(4_000);
    expect(caller.told).toBeUndefined();
    fleet.answer(GIVES_HOST);
    await clock.settle();
    expect(caller.told).toEqual(NEW);
  });

  it.each([
    [{ kind: 'no-capacity', status: 503, retryAfterMs: 9_100 }, 'no-capacity', 10, false],
    [{ kind: 'no-capacity', status: 503 }, 'no-capacity', 5, false],
    [{ kind: 'rejected', status: 403, reason: 'check the token' }, 'upstream-rejected', undefined, false],
  ] as const)('is refused at once: %j', async (answer, code, retryAfterSeconds, maybeStarted) => {
    fleet.always(() => answer);
    const caller = ask();
    await clock.settle();
    expect(caller.told).toMatchObject({ code });
    expect((caller.told as Problem).retryAfterSeconds).toBe(retryAfterSeconds);
    expect(fleet.requests).toHaveLength(1);
    expect(sessionRow()).toMatchObject({ state: 'released', maybeStarted });
    expect(outcomes()).toEqual([{ outcome: code, calls: 1 }]);
  });

  it.each([
    [{ kind: 'failed', maybeStarted: false, status: 429 }, 'upstream-failed', false],
    [{ kind: 'failed', maybeStarted: true, status: 500 }, 'upstream-failed', true],
    [{ kind: 'unreadable', status: 200, reason: 'not of the schema' }, 'upstream-failed', true],
  ] as const)('is told of a fault when the wait ends: %j', async (answer, code, maybeStarted) => {
    fleet.always(() => answer);
    const caller = ask({ waitSeconds: 2 });
    await clock.advance(500);
    expect(caller.told).toBeUndefined();
    await clock.advance(1_500);
    expect(caller.told).toMatchObject({ code });
    expect(sessionRow()).toMatchObject({ state: 'released', maybeStarted });
  });

  it('is not kept waiting for a Retry-After that is longer than its wait', async () => {
    fleet.always(() => ({ kind: 'failed', maybeStarted: false, status: 429, retryAfterMs: 30_000 }));
    const caller = ask();
    await clock.settle();
    expect(caller.told).toMatchObject({ code: 'upstream-failed', retryAfterSeconds: 30 });
  });

  it('is told why the operators have to act, without a word of it', async () => {
    fleet.always(() => ({ kind: 'rejected', status: 401, reason: 'check SESSIONHOSTS_TOKEN' }));
    const caller = ask();
    await clock.settle();
    expect(JSON.stringify(caller.told)).not.toContain('SESSIONHOSTS_TOKEN');
    expect(events).toContainEqual(
      expect.objectContaining({
        event: 'allocation.attempt',
        outcome: 'upstream-rejected',
        reason: 'check SESSIONHOSTS_TOKEN',
        upstreamStatus: 401,
      }),
    );
    expect([...historyRows.rows.values()][0]?.row).toMatchObject({ reason: 'check SESSIONHOSTS_TOKEN' });
  });

  it('gets a host by the configured order where none of its names is on offer, and the operators know', async () => {
    fleet.always(() => GIVES_HOST);
    const caller = ask({ request: { players: [{ latencies: [{ location: 'Atlantis', ms: 20 }] }] } });
    await clock.settle();
    expect(caller.told).toEqual(NEW);
    expect(fleet.requests).toMatchObject([{ locations: ['West US', 'East US'] }]);
    expect(events.filter(({ event }) => event === 'hints.ignored')).toEqual([
      {
        event: 'hints.ignored',
        sessionId: expect.any(String) as string,
        attemptId: expect.any(String) as string,
        gameMode: 'duel',
        names: ['Atlantis'],
      },
    ]);
  });

  it('is refused, and leaves nothing behind, when no location is near enough', async () => {
    const players = [
      {
        latencies: [
          { location: 'West US', ms: 300 },
          { location: 'East US', ms: 250 },
        ],
      },
    ];
    const caller = ask({ request: { players } });
    await clock.settle();
    expect(caller.told).toMatchObject({ code: 'no-eligible-location' });
    expect(sessionRows.rows.size + historyRows.rows.size + fleet.requests.length).toBe(0);
  });

  it('is placed in the locations of its game mode, however they are spelled', async () => {
    fleet.always(() => GIVES_HOST);
    ask({ request: { gameMode: 'east' } });
    await clock.settle();
    expect(fleet.requests[0]?.locations).toEqual(['East US']);
  });
});

describe('a cap that loosens', () => {
  const relax = [{ afterSeconds: 5, maxLatencyMs: 275 }];
  const players = [
    {
      latencies: [
        { location: 'West US', ms: 300 },
        { location: 'East US', ms: 250 },
      ],
    },
  ];
  const histories = () =>
    [...historyRows.rows.values()].map(({ row }) => [row['outcome'], row['reason'], row['fleetCalls']]);

  it('strict, keeps the session waiting, and says for how long; then any instance asks', async () => {
    broker = newBroker(clock, { relax });
    fleet.always(() => GIVES_HOST);
    const first = ask({ request: { players } });
    await clock.settle();
    expect(first.told).toEqual({ kind: 'pending', retryAfterSeconds: 5 });
    expect(sessionRow()).toMatchObject({ state: 'released', maybeStarted: false });
    await clock.advance(3_500);
    const early = ask({ by: newBroker(clock, { relax }), request: { players } });
    await clock.settle();
    expect(early.told).toEqual({ kind: 'pending', retryAfterSeconds: 2 });
    await clock.advance(1_500);
    const inTime = ask({ by: newBroker(clock, { relax }), request: { players } });
    await clock.settle();
    expect(inTime.told).toEqual(NEW);
    expect(fleet.requests).toMatchObject([{ locations: ['East US'] }]);
    const waiting = ['pending', 'no location is within maxLatencyMs yet', 0];
    expect(histories()).toEqual([waiting, waiting, ['allocated', undefined, 1]]);
  });

  it('strict, does not keep another caller of the session waiting whose measurements are within it', async () => {
    broker = newBroker(clock, { relax });
    fleet.always(() => GIVES_HOST);
    const far = ask({ request: { players } });
    await clock.settle();
    expect(far.told).toMatchObject({ kind: 'pending' });
    const near = ask({ request: { players: [{ latencies: [{ location: 'West US', ms: 20 }] }] } });
    await clock.settle();
    expect(near.told).toEqual(NEW);
    expect(fleet.requests).toMatchObject([{ locations: ['West US'] }]);
  });

  it('strict, refuses what no step will let in', async () => {
    broker = newBroker(clock, { relax });
    const caller = ask({ request: { players: [{ latencies: [{ location: 'West US', ms: 276 }] }] } });
    await clock.settle();
    expect(caller.told).toMatchObject({ code: 'no-eligible-location' });
    expect(sessionRows.rows.size + historyRows.rows.size).toBe(0);
  });

  it('soft, orders a later attempt by it', async () => {
    broker = newBroker(clock, { strict: false, relax: [{ afterSeconds: 5, maxLatencyMs: 300 }] });
    const other = [
      { location: 'West US', ms: 290 },
      { location: 'East US', ms: 301 },
    ];
    const mixed = [...players, { latencies: other }];
    fleet.always(() => ({ kind: 'no-capacity', status: 503 }));
    ask({ request: { players: mixed } });
    await clock.advance(5_000);
    ask({ request: { players: mixed } });
    await clock.settle();
    expect(fleet.requests.map(({ locations }) => locations)).toEqual([
      ['East US', 'West US'],
      ['West US', 'East US'],
    ]);
  });
});

describe('storage faults', () => {
  it('before anything was asked: the fleet is not', async () => {
    sessions.lose('insert', 'down');
    sessions.lose('read', 'down', 2);
    const caller = ask();
    await clock.settle();
    expect(caller.told).toMatchObject({ code: 'storage-unavailable', retryAfterSeconds: 2 });
    expect(fleet.requests).toHaveLength(0);
  });

  it('at the history row: no host without one', async () => {
    history.lose('insert', 'down');
    history.lose('read', 'down');
    const caller = ask();
    await clock.settle();
    expect(caller.told).toMatchObject({ code: 'storage-unavailable' });
    expect(fleet.requests).toHaveLength(0);
    expect(sessionRows.rows.size).toBe(0);
  });

  it('at the settling: pending, never a host that is not recorded; the next call gets the same host', async () => {
    const caller = ask({ waitSeconds: 5 });
    await clock.settle();
    sessions.lose('replace', 'down', 1_000);
    fleet.answer(GIVES_HOST);
    await clock.advance(5_000);
    expect(caller.told).toEqual(PENDING);
    expect(outcomes()).toEqual([{ outcome: 'unknown', calls: 1 }]);
  });

  it('at closing the history: the caller has its host, and the row waits for the sweep', async () => {
    fleet.always(() => GIVES_HOST);
    history.lose('replace', 'down');
    const caller = ask();
    await clock.settle();
    expect(caller.told).toEqual(NEW);
    expect(outcomes()).toEqual([{ outcome: 'open', calls: undefined }]);
    expect(events).toContainEqual(expect.objectContaining({ event: 'ledger.fault', step: 'close-history' }));
  });

  it('in a slow renewal beside the call: the call is reported as over when it is', async () => {
    ask();
    await clock.settle();
    sessions.before('replace', () => clock.sleep(900));
    await clock.advance(1_200);
    fleet.answer(GIVES_HOST);
    await clock.settle();
    expect(events).toContainEqual(
      expect.objectContaining({ event: 'fleet.call', answer: 'host', ms: 1_200 }),
    );
    await clock.advance(700);
    expect(outcomes()).toEqual([{ outcome: 'allocated', calls: 1 }]);
  });

  it('at a renewal: no call without a confirmed lease', async () => {
    const caller = ask();
    await clock.settle();
    await clock.advance(400);
    sessions.lose('replace', 'down');
    fleet.answer({ kind: 'starting', status: 409 });
    await clock.advance(500);
    expect(fleet.requests).toHaveLength(1);
    expect(caller.told).toEqual(PENDING);
  });
});

describe('callers of one session in one instance', () => {
  it('share one fleet call; one is told 201 and the others 200, byte for byte', async () => {
    const callers = [ask(), ask(), ask()];
    await clock.settle();
    fleet.answer(GIVES_HOST);
    await clock.settle();
    expect(callers.map(({ told }) => told)).toEqual([NEW, REPLAY, REPLAY]);
    expect(fleet.requests).toHaveLength(1);
  });

  it('are refused together where nobody would get a host', async () => {
    const callers = [ask(), ask()];
    await clock.settle();
    fleet.answer({ kind: 'no-capacity', status: 503 });
    await clock.settle();
    expect(callers.map(({ told }) => (told as Problem).code)).toEqual(['no-capacity', 'no-capacity']);
    expect(fleet.requests).toHaveLength(1);
  });

  it('have their own waits: one whose wait is not over leads the next flight', async () => {
    const impatient = ask({ waitSeconds: 1 });
    const patient = ask({ waitSeconds: 15 });
    await clock.settle();
    fleet.answer({ kind: 'starting', status: 409 });
    fleet.always(() => ({ kind: 'starting', status: 409 }));
    await clock.advance(1_000);
    expect(impatient.told).toEqual(PENDING);
    expect(patient.told).toBeUndefined();
    fleet.always(() => GIVES_HOST);
    await clock.advance(3_000);
    expect(patient.told).toEqual(NEW);
  });

  it('have their own waits: one may leave before the leader', async () => {
    const patient = ask({ waitSeconds: 15 });
    const impatient = ask({ waitSeconds: 1 });
    await clock.advance(1_000);
    expect(impatient.told).toEqual(PENDING);
    fleet.answer(GIVES_HOST);
    await clock.settle();
    expect(patient.told).toEqual(NEW);
  });

  it('are judged each by itself: another game mode is told at once', async () => {
    ask();
    const other = ask({ request: { gameMode: 'east' } });
    await clock.settle();
    expect(other.told).toMatchObject({ code: 'session-mismatch', errors: [{ pointer: '/gameMode' }] });
  });

  it('are judged each by itself: another cookie is told at once, one left out is not', async () => {
    ask({ request: { sessionCookie: 'first' } });
    const other = ask({ request: { sessionCookie: 'second' } });
    const without = ask();
    await clock.settle();
    expect(other.told).toMatchObject({ code: 'session-mismatch', errors: [{ pointer: '/sessionCookie' }] });
    expect(without.told).toBeUndefined();
  });

  it('are not refused with their leader: a mismatch of its own does not concern them', async () => {
    fleet.always(() => GIVES_HOST);
    ask();
    await clock.settle();
    const elsewhere = newBroker();
    const mistaken = ask({ by: elsewhere, request: { gameMode: 'east' } });
    const right = ask({ by: elsewhere });
    await clock.settle();
    expect(mistaken.told).toMatchObject({ code: 'session-mismatch' });
    expect(right.told).toEqual(REPLAY);
  });
});

describe('callers of one session in several instances', () => {
  it('wait for whoever holds it and answer from the row', async () => {
    const holder = ask();
    await clock.settle();
    const other = ask({ by: newBroker() });
    await clock.advance(1_000);
    expect(fleet.requests).toHaveLength(1);
    fleet.answer(GIVES_HOST);
    await clock.advance(1_000);
    expect([holder.told, other.told]).toEqual([NEW, REPLAY]);
  });

  it('take over when the lease has run out, and then all answer the same', async () => {
    const frozen = ask({ by: newBroker(new VirtualClock()), waitSeconds: 25 });
    await clock.settle();
    const taker = ask({ by: newBroker(), waitSeconds: 25 });
    await clock.advance(2_599);
    expect(fleet.requests).toHaveLength(1);
    await clock.advance(2);
    expect(fleet.requests).toHaveLength(2);
    const [late, second] = fleet.open.splice(0);
    second?.answer({ kind: 'host', status: 200, host: { ...HOST, secureContext: 'YW5vdGhlcg==' } });
    await clock.settle();
    late?.answer(GIVES_HOST);
    await clock.settle();
    const body = BODY.replace('c2VjcmV0', 'YW5vdGhlcg==');
    expect(taker.told).toEqual({ kind: 'allocated', body, replayed: false });
    expect(frozen.told).toEqual({ kind: 'allocated', body, replayed: true });
    expect(outcomes().map(({ outcome }) => outcome)).toEqual(['allocated', 'allocated']);
  });

  it('go on waiting through looks that fail', async () => {
    ask();
    await clock.settle();
    const other = ask({ by: newBroker() });
    await clock.settle();
    sessions.lose('read', 'down', 3);
    await clock.advance(1_000);
    fleet.answer(GIVES_HOST);
    await clock.advance(1_000);
    expect(other.told).toEqual(REPLAY);
  });

  it('look at most four times a second over a wait of 15 s', async () => {
    ask({ waitSeconds: 25 });
    await clock.advance(8_000);
    fleet.open.splice(0)[0]?.answer({ kind: 'starting', status: 409 });
    fleet.always(() => ({ kind: 'starting', status: 409 }));
    const before = sessions.seen.filter((operation) => operation === 'read').length;
    ask({ by: newBroker(), waitSeconds: 15 });
    await clock.advance(15_000);
    const looks = sessions.seen.filter((operation) => operation === 'read').length - before;
    expect(looks).toBeGreaterThan(20);
    expect(looks).toBeLessThanOrEqual(60);
  });
});

describe('when the allocation has run out', () => {
  it('replays until then, and starts a new generation a margin after it', async () => {
    fleet.always(() => GIVES_HOST);
    ask();
    await clock.advance(24 * 3_600_000);
    const still = ask({ by: newBroker() });
    await clock.settle();
    expect(still.told).toEqual(REPLAY);
    await clock.advance(62_000);
    const anew = ask({ request: { gameMode: 'east', sessionCookie: 'new' } });
    await clock.settle();
    expect(anew.told).toEqual(NEW);
    expect(sessionRow()).toMatchObject({ generation: 2, gameMode: 'east' });
    expect(fleet.requests.at(-1)?.sessionCookie).toBe('new');
  });
});

describe('find', () => {
  const find = () => newBroker().find(SESSION, (_level, event) => events.push(event));

  it('tells an allocation and never asks the fleet', async () => {
    fleet.always(() => GIVES_HOST);
    ask();
    await clock.settle();
    expect(await find()).toEqual(REPLAY);
    expect(fleet.requests).toHaveLength(1);
  });

  it('is pending while somebody asks, and when a host may exist', async () => {
    ask({ waitSeconds: 1 });
    await clock.settle();
    expect(await find()).toEqual(PENDING);
    fleet.always(() => ({ kind: 'unknown', reason: 'timeout' }));
    fleet.answer({ kind: 'unknown', reason: 'timeout' });
    await clock.advance(1_000);
    expect(sessionRow()).toMatchObject({ state: 'released' });
    expect(await find()).toEqual(PENDING);
  });

  it('knows nothing of a session that was never asked for, that got nothing, or whose claim died', async () => {
    await expect(find()).rejects.toMatchObject({ code: 'unknown-session' });
    fleet.always(() => ({ kind: 'no-capacity', status: 503 }));
    ask();
    await clock.settle();
    await expect(find()).rejects.toMatchObject({ code: 'unknown-session' });
  });

  it('does not take a storage fault for an unknown session', async () => {
    sessions.lose('read', 'down');
    await expect(find()).rejects.toMatchObject({ code: 'storage-unavailable' });
  });
});
