import { type AllocationAnswer, Broker } from '../../../lib/broker.ts';
import { Problem } from '../../../lib/contract/problem.ts';
import type { AllocationRequest } from '../../../lib/contract/request.ts';
import type { BrokerEvent } from '../../../lib/events.ts';
import type { FleetAnswer } from '../../../lib/fleets/fleet.ts';
import { TableHistory } from '../../../lib/ledger/history/tableHistory.ts';
import { TableHints } from '../../../lib/ledger/sessions/tableHints.ts';
import { TableLedger } from '../../../lib/ledger/sessions/tableLedger.ts';
import { placerOf } from '../../../lib/placement/placer.ts';
import type { PlayerHints } from '../../../lib/placement/types.ts';
import { StorageFault } from '../../../lib/ledger/storageFault.ts';
import { type Heard, heardOf } from '../../support/heard.ts';
import type { LossyTable } from '../../support/lossyTable.ts';
import { MemoryScan } from '../../support/memoryScan.ts';
import { memoryStorage } from '../../support/memoryStorage.ts';
import type { MemoryTable } from '../../support/memoryTable.ts';
import { GIVES_HOST, ScriptedFleet } from '../../support/scriptedFleet.ts';
import { VirtualClock } from '../../support/virtualClock.ts';

const SESSION = '3536d3e6-e85d-4f47-b898-9617d19dabcd';
const WINDOW_MS = 1_500;
const SESSION_TTL_MS = 24 * 3_600_000;
const NO_CAPACITY: FleetAnswer = { kind: 'no-capacity', status: 503 };

/** Each alone would be nearest to another place; West Europe is the fairest. */
const ANNA = player({ 'West US': 20, 'West Europe': 90, 'Japan East': 160 });
const BEN = player({ 'West US': 150, 'West Europe': 20, 'Japan East': 210 });
const CHI = player({ 'West US': 140, 'West Europe': 150, 'Japan East': 60 });
const FAIR = ['West Europe', 'West US', 'Japan East'];
const FOR_ANNA = ['West US', 'West Europe', 'Japan East'];

let clock: VirtualClock;
let fleet: ScriptedFleet;
let sessions: LossyTable;
let sessionRows: MemoryTable;
let historyRows: MemoryTable;
let scan: MemoryScan;
let events: BrokerEvent[];
let first: Broker;
let second: Broker;
let third: Broker;

beforeEach(() => {
  clock = new VirtualClock();
  fleet = new ScriptedFleet();
  ({ sessionRows, historyRows, sessions } = memoryStorage(clock));
  scan = new MemoryScan(sessionRows);
  events = [];
  [first, second, third] = [newBroker(), newBroker(), newBroker()];
});

function player(roundTrips: Record<string, number>): PlayerHints {
  return { latencies: Object.entries(roundTrips).map(([location, ms]) => ({ location, ms })) };
}

/** One more instance; on a clock of its own it is frozen until that goes on. */
function newBroker(its = clock): Broker {
  const locations = FOR_ANNA.map((name) => ({ name, penaltyMs: 0 }));
  const mode = (policy: { strict: boolean; maxLatencyMs?: number }, gatherMs?: number) => ({
    fleet: 'sessionhosts',
    targets: new Map([['sessionhosts', 'mode-1']]),
    gatherMs,
    place: placerOf(locations, undefined, { aggregate: 'mean', ...policy }),
  });
  return new Broker({
    ledger: new TableLedger({ sessions, clock: its, leaseMs: 2_500, sessionTtlMs: SESSION_TTL_MS }),
    hints: new TableHints({ sessions, scan, clock: its, sessionTtlMs: SESSION_TTL_MS }),
    history: new TableHistory(historyRows),
    fleets: new Map([['sessionhosts', fleet]]),
    clock: its,
    gameModes: new Map([
      ['duel', mode({ strict: false }, WINDOW_MS)],
      ['near', mode({ strict: true, maxLatencyMs: 100 }, WINDOW_MS)],
      ['alone', mode({ strict: false })],
    ]),
    locations,
    fleetTimeoutMs: 8_000,
    confirmAfterMs: 60_000,
  });
}

interface Asking extends Partial<AllocationRequest> {
  readonly waitSeconds?: number;
  readonly subject?: string;
}

/** One caller's call; what it was told is in `told` as soon as it was. */
function ask(by: Broker, players: readonly PlayerHints[], asking: Asking = {}): Heard<AllocationAnswer> {
  const { waitSeconds = 15, subject, ...request } = asking;
  const answer = by.allocate(
    { sessionId: SESSION, gameMode: 'duel', players, ...request },
    {
      invocationId: 'b9f0c2d1-0000-4000-8000-000000000001',
      waitMs: waitSeconds * 1_000,
      subject,
      emit: (_level, event) => events.push(event),
    },
  );
  return heardOf(answer);
}

const asked = () => fleet.requests.map(({ locations }) => locations);
const hintRows = () => [...sessionRows.rows.keys()].filter((key) => key.includes('hints_'));
const sessionRow = () => sessionRows.rows.get(`${SESSION}\nsession`)?.row;
const heard = () =>
  [...historyRows.rows.values()].map(({ row }) => [row['callersHeard'], row['instancesHeard']]);
const late = () => events.filter(({ event }) => event === 'hints.late');
const kinds = (...callers: { told?: AllocationAnswer | Problem }[]) =>
  callers.map(({ told }) => (told instanceof Problem ? told.code : told?.kind));

describe('players who ask each for itself', () => {
  it('get the place that is fair to all of them, wherever they ask', async () => {
    fleet.always(() => GIVES_HOST);
    const callers = [ask(first, [ANNA])];
    await clock.advance(200);
    callers.push(ask(second, [BEN]));
    await clock.advance(400);
    callers.push(ask(third, [CHI]));
    await clock.advance(899);
    expect(asked()).toEqual([]);
    await clock.advance(1);
    expect(asked()).toEqual([FAIR]);
    await clock.advance(2_000);
    expect(kinds(...callers)).toEqual(['allocated', 'allocated', 'allocated']);
    expect(heard()).toEqual([[3, 3]]);
    expect(hintRows()).toHaveLength(2);
  });

  it('need no row where they reach one instance', async () => {
    fleet.always(() => GIVES_HOST);
    const callers = [ask(first, [ANNA]), ask(first, [BEN]), ask(first, [CHI])];
    await clock.advance(WINDOW_MS);
    expect(asked()).toEqual([FAIR]);
    expect(kinds(...callers)).toEqual(['allocated', 'allocated', 'allocated']);
    expect(heard()).toEqual([[3, 1]]);
    expect(hintRows()).toEqual([]);
    // The claim and its raced read, the renewal, the closing, the host; and one reading of what others have left.
    expect([...sessions.seen].sort()).toEqual(['insert', 'read', 'replace', 'replace', 'replace']);
    expect(scan.requests).toHaveLength(1);
  });

  it('wait for nobody once as many are there as they say', async () => {
    fleet.always(() => GIVES_HOST);
    const callers = [ask(first, [ANNA], { partySize: 3 }), ask(first, [BEN]), ask(first, [CHI])];
    await clock.settle();
    expect(asked()).toEqual([FAIR]);
    expect(kinds(...callers)).toEqual(['allocated', 'allocated', 'allocated']);
  });

  it('hear who is elsewhere, even where one of them counts as two', async () => {
    fleet.always(() => GIVES_HOST);
    ask(first, [ANNA]);
    await clock.settle();
    ask(second, [BEN]);
    await clock.settle();
    // Anna's client has measured again.
    ask(first, [player({ 'West US': 21, 'West Europe': 91, 'Japan East': 161 })], { partySize: 2 });
    await clock.settle();
    expect(heard()).toEqual([[3, 2]]);
  });

  it('wait for nobody once as many are there in all instances', async () => {
    fleet.always(() => GIVES_HOST);
    ask(first, [ANNA], { partySize: 3 });
    await clock.advance(110);
    ask(second, [BEN], { partySize: 3 });
    ask(third, [CHI], { partySize: 3 });
    // The looks are 0.1, 0.2 and 0.4 s apart.
    await clock.advance(189);
    expect(asked()).toEqual([]);
    await clock.advance(1);
    expect(asked()).toEqual([FAIR]);
    expect(heard()).toEqual([[3, 3]]);
  });

  it('count as many as a caller brings', async () => {
    fleet.always(() => GIVES_HOST);
    ask(first, [ANNA, BEN], { partySize: 3 });
    ask(first, [CHI]);
    await clock.settle();
    expect(asked()).toEqual([FAIR]);
    expect(heard()).toEqual([[2, 1]]);
  });

  it('count once, however often and wherever they repeat their call', async () => {
    fleet.always(() => GIVES_HOST);
    ask(first, [CHI]);
    await clock.advance(100);
    for (const by of [first, second, second, third]) ask(by, [ANNA]);
    await clock.advance(WINDOW_MS);
    expect(asked()).toEqual([['West US', 'Japan East', 'West Europe']]);
    expect(heard()).toEqual([[2, 1]]);
    expect(hintRows()).toHaveLength(1);
  });

  it('count once by their token, whatever they measure', async () => {
    fleet.always(() => GIVES_HOST);
    ask(first, [ANNA], { subject: 'anna' });
    ask(first, [BEN], { subject: 'anna' });
    ask(second, [CHI], { subject: 'anna' });
    await clock.advance(WINDOW_MS);
    expect(asked()).toEqual([FOR_ANNA]);
    expect(heard()).toEqual([[1, 1]]);
  });

  it('are not gathered where the mode does not say so', async () => {
    fleet.always(() => GIVES_HOST);
    ask(first, [ANNA], { gameMode: 'alone', partySize: 2 });
    ask(second, [BEN], { gameMode: 'alone', partySize: 2 });
    await clock.settle();
    expect(asked()).toEqual([FOR_ANNA]);
    expect(sessionRow()).not.toHaveProperty('gathering');
    expect(scan.requests).toEqual([]);
    expect(hintRows()).toEqual([]);
  });

  it('are not given to the game server as its players while others may be missing', async () => {
    fleet.always(() => GIVES_HOST);
    ask(first, [{ ...ANNA, playerId: 'anna' }]);
    ask(first, [{ ...BEN, playerId: 'ben' }]);
    await clock.advance(WINDOW_MS);
    expect(fleet.requests[0]?.playerIds).toBeUndefined();
  });

  it('leave no id in any row', async () => {
    ask(first, [ANNA]);
    await clock.settle();
    ask(second, [{ ...BEN, playerId: 'ben' }]);
    await clock.settle();
    expect(hintRows()).toHaveLength(1);
    expect(JSON.stringify([...sessionRows.rows.values()])).not.toContain('"ben"');
  });
});

describe('a caller who comes too late', () => {
  beforeEach(async () => {
    ask(first, [ANNA]);
    await clock.advance(WINDOW_MS);
  });

  it('is not heard, leaves no row, and is counted', async () => {
    const callers = [ask(first, [BEN]), ask(second, [CHI])];
    await clock.settle();
    expect(hintRows()).toEqual([]);
    expect(late()).toEqual([
      { event: 'hints.late', sessionId: SESSION, players: 1 },
      { event: 'hints.late', sessionId: SESSION, players: 1 },
    ]);
    fleet.answer(GIVES_HOST);
    await clock.advance(1_000);
    expect(asked()).toEqual([FOR_ANNA]);
    expect(kinds(...callers)).toEqual(['allocated', 'allocated']);
  });

  it('is heard in the next window, if there is one', async () => {
    const caller = ask(second, [BEN]);
    await clock.settle();
    expect(late()).toHaveLength(1);
    fleet.answer(NO_CAPACITY);
    await clock.advance(1_000);
    // Its instance has claimed the session by now, and gathers anew.
    ask(second, [CHI]);
    await clock.advance(WINDOW_MS);
    expect(asked()).toEqual([FOR_ANNA, ['West Europe', 'Japan East', 'West US']]);
    expect(heard().at(-1)).toEqual([2, 1]);
    expect(late()).toHaveLength(1);
    fleet.answer(GIVES_HOST);
    await clock.settle();
    expect(kinds(caller)).toEqual(['allocated']);
  });

  it('is not late who has been heard before', async () => {
    ask(first, [ANNA]);
    await clock.settle();
    expect(late()).toEqual([]);
  });
});

describe('a window whose holder', () => {
  it('dies is not opened anew, and nobody who is left is forgotten', async () => {
    const frozen = newBroker(new VirtualClock());
    ask(frozen, [ANNA]);
    await clock.settle();
    const callers = [ask(second, [BEN])];
    await clock.advance(300);
    // The dead one's caller repeats its call elsewhere, after the window's time: nobody has read what is left yet.
    await clock.advance(1_700);
    callers.push(ask(third, [ANNA]));
    await clock.advance(400);
    expect(asked()).toEqual([]);
    // The lease and its margin, and no window behind it.
    await clock.advance(200);
    expect(asked()).toEqual([['West Europe', 'West US', 'Japan East']]);
    expect(heard()).toEqual([[2, 2]]);
    fleet.answer(GIVES_HOST);
    await clock.advance(1_000);
    expect(kinds(...callers)).toEqual(['allocated', 'allocated']);
  });

  it('stops is gone on with to the same end, with its callers', async () => {
    fleet.always(() => GIVES_HOST);
    const callers = [ask(first, [ANNA]), ask(first, [CHI])];
    await clock.advance(500);
    void first.stop();
    await clock.settle();
    expect(kinds(...callers)).toEqual(['pending', 'pending']);
    expect(sessionRow()).toMatchObject({ state: 'released', gathering: true, gatherLeftMs: 1_000 });
    expect(hintRows()).toHaveLength(2);
    await clock.advance(500);
    ask(second, [BEN]);
    await clock.advance(499);
    expect(asked()).toEqual([]);
    // The whole seconds of the storage service's clock may put the end off, by less than one.
    await clock.advance(1_001);
    expect(asked()).toEqual([FAIR]);
    expect(heard()).toEqual([[3, 2]]);
  });

  it('cares to wait for less than it is gone on with to the same end', async () => {
    fleet.always(() => GIVES_HOST);
    const impatient = ask(first, [ANNA], { waitSeconds: 1 });
    const patient = ask(first, [BEN]);
    await clock.advance(999);
    expect(impatient.told).toBeUndefined();
    await clock.advance(1);
    expect(kinds(impatient, patient)).toEqual(['pending', undefined]);
    await clock.advance(1_500);
    expect(asked()).toEqual([['West Europe', 'West US', 'Japan East']]);
    expect(heard()).toEqual([[2, 1]]);
    expect(kinds(patient)).toEqual(['allocated']);
  });

  it('loses the session ends with it', async () => {
    const its = new VirtualClock();
    const frozen = newBroker(its);
    const caller = ask(frozen, [ANNA]);
    await clock.settle();
    ask(second, [BEN]);
    await clock.advance(3_000);
    expect(asked()).toEqual([['West Europe', 'West US', 'Japan East']]);
    await its.advance(3_000);
    fleet.answer(GIVES_HOST);
    await clock.advance(1_000);
    await its.advance(2_000);
    expect(asked()).toHaveLength(1);
    expect(kinds(caller)).toEqual(['allocated']);
  });
});

describe('a session of which nothing was started', () => {
  it('gathers its callers anew', async () => {
    fleet.always(() => NO_CAPACITY);
    const callers = [ask(first, [ANNA]), ask(first, [BEN])];
    await clock.advance(WINDOW_MS);
    expect(kinds(...callers)).toEqual(['no-capacity', 'no-capacity']);
    await clock.advance(5_000);
    ask(second, [CHI]);
    ask(third, [BEN]);
    await clock.advance(WINDOW_MS - 1);
    expect(asked()).toHaveLength(1);
    await clock.advance(1);
    expect(asked()).toHaveLength(2);
    expect(heard()).toEqual([
      [2, 1],
      [2, 2],
    ]);
  });

  it('keeps its row while measurements are there that belong to it', async () => {
    const caller = ask(first, [ANNA], { gameMode: 'near' });
    await clock.settle();
    // Its wait is over before it could claim the session in its turn.
    ask(second, [CHI], { gameMode: 'near', waitSeconds: 1 });
    await clock.advance(WINDOW_MS);
    expect(kinds(caller)).toEqual(['no-eligible-location']);
    expect(sessionRow()).toMatchObject({ state: 'released', gathering: false });
  });

  it('leaves no row where nobody has left any', async () => {
    const caller = ask(first, [ANNA, BEN, CHI], { gameMode: 'near' });
    await clock.advance(WINDOW_MS);
    expect(kinds(caller)).toEqual(['no-eligible-location']);
    expect(sessionRows.rows.size).toBe(0);
  });
});

describe('when storage fails', () => {
  it('a caller is left with the next look', async () => {
    fleet.always(() => GIVES_HOST);
    ask(first, [ANNA]);
    await clock.settle();
    // The claim is refused, and the row cannot be written.
    sessions.before('insert', () => {
      sessions.before('insert', () => Promise.reject(new StorageFault('insert', 'sessions', 'no answer')));
      return Promise.resolve();
    });
    ask(second, [BEN]);
    await clock.settle();
    expect(hintRows()).toEqual([]);
    await clock.advance(WINDOW_MS);
    expect(heard()).toEqual([[2, 2]]);
    expect(events).toContainEqual({
      event: 'ledger.fault',
      step: 'leave-hints',
      sessionId: SESSION,
      reason: expect.any(String) as string,
    });
  });

  it('the host is worth more than the fairest place', async () => {
    fleet.always(() => GIVES_HOST);
    jest.spyOn(scan, 'page').mockRejectedValue(new StorageFault('query', 'sessions', 'no answer'));
    ask(first, [ANNA]);
    await clock.settle();
    ask(second, [BEN]);
    await clock.advance(WINDOW_MS);
    expect(asked()).toEqual([FOR_ANNA]);
    expect(heard()).toEqual([[1, 1]]);
    expect(events.filter(({ event }) => event === 'ledger.fault')).toMatchObject([
      { step: 'read-hints' },
      { step: 'read-hints' },
    ]);
  });

  it('a look that hangs does not keep the window open', async () => {
    fleet.always(() => GIVES_HOST);
    const page = jest.spyOn(scan, 'page');
    page.mockImplementationOnce(() => clock.sleep(60_000).then(() => ({ rows: [] })));
    ask(first, [ANNA], { partySize: 3 });
    await clock.advance(WINDOW_MS - 1);
    expect(asked()).toEqual([]);
    await clock.advance(1);
    expect(asked()).toEqual([FOR_ANNA]);
  });

  it('a renewal that is sent once more says what is left by then', async () => {
    ask(first, [ANNA]);
    // At 1.0 s it lands, and its sender does not hear of it; at 1.2 s it is refused, and the row shows why at 1.35 s.
    await clock.advance(900);
    sessions.lose('replace', 'lost');
    sessions.lose('read', 'down');
    await clock.advance(200);
    expect(sessionRow()).toMatchObject({ gathering: true, gatherLeftMs: 500 });
    sessions.before('read', () => clock.sleep(150));
    await clock.advance(250);
    expect(sessionRow()).toMatchObject({ gathering: true, gatherLeftMs: 150 });
  });

  it('a window whose end cannot be recorded asks nobody', async () => {
    const caller = ask(first, [ANNA]);
    await clock.advance(1_200);
    sessions.lose('replace', 'down', 3);
    sessions.lose('read', 'down', 3);
    await clock.advance(300);
    expect(kinds(caller)).toEqual(['storage-unavailable']);
    expect(asked()).toEqual([]);
  });
});
