import { type AllocationAnswer, Broker } from '../../../lib/broker.ts';
import type { EndingAnswer } from '../../../lib/broker/call.ts';
import { tellFleet } from '../../../lib/broker/tellFleet.ts';
import type { BrokerEvent, EventLevel } from '../../../lib/events.ts';
import { TableHistory } from '../../../lib/ledger/history/tableHistory.ts';
import { TableLedger } from '../../../lib/ledger/sessions/tableLedger.ts';
import { StorageFault } from '../../../lib/ledger/storageFault.ts';
import { sweep } from '../../../lib/ledger/upkeep/sweep.ts';
import { placerOf } from '../../../lib/placement/placer.ts';
import { type Heard, heardOf } from '../../support/heard.ts';
import type { LossyTable } from '../../support/lossyTable.ts';
import { MemoryScan } from '../../support/memoryScan.ts';
import { memoryStorage } from '../../support/memoryStorage.ts';
import type { MemoryTable } from '../../support/memoryTable.ts';
import { EndingFleet, GIVES_HOST, ScriptedFleet } from '../../support/scriptedFleet.ts';
import { VirtualClock } from '../../support/virtualClock.ts';

const SESSION = '3536d3e6-e85d-4f47-b898-9617d19dabcd';
const DAY_MS = 24 * 3_600_000;
const ENDED = { code: 'session-ended' };

let clock: VirtualClock;
let fleet: ScriptedFleet;
let sessions: LossyTable;
let history: LossyTable;
let sessionRows: MemoryTable;
let historyRows: MemoryTable;
let events: BrokerEvent[];
/** Each event's name and level. */
let levels: string[];

beforeEach(() => {
  clock = new VirtualClock();
  fleet = new EndingFleet();
  ({ sessionRows, historyRows, sessions, history } = memoryStorage(clock));
  events = [];
  levels = [];
});

const LOCATIONS = [{ name: 'West US', penaltyMs: 0 }];
const place = placerOf(LOCATIONS, undefined, { aggregate: 'mean', strict: false });
const ledger = () => new TableLedger({ sessions, clock, leaseMs: 2_500, sessionTtlMs: DAY_MS });
const telling = () => ({
  fleets: new Map([['playfab', fleet]]),
  clock,
  gameModes: new Map([['duel', { fleet: 'playfab', targets: new Map([['playfab', 'build-1']]), place }]]),
  fleetTimeoutMs: 8_000,
});

function newBroker(confirmAfterMs = 60_000): Broker {
  const ports = { ledger: ledger(), history: new TableHistory(history), locations: LOCATIONS };
  return new Broker({ ...telling(), ...ports, confirmAfterMs });
}

const call = {
  invocationId: 'b9f0c2d1-0000-4000-8000-000000000001',
  emit: (level: EventLevel, event: BrokerEvent) => {
    events.push(event);
    levels.push(`${event.event} ${level}`);
  },
};

const ask = (broker: Broker, waitMs = 15_000): Heard<AllocationAnswer> =>
  heardOf(broker.allocate({ sessionId: SESSION, gameMode: 'duel', players: [] }, { ...call, waitMs }));
const look = (broker: Broker): Heard<AllocationAnswer> => heardOf(broker.find(SESSION, call.emit));
const end = (broker: Broker, by = 'key'): Heard<EndingAnswer> =>
  heardOf(broker.end(SESSION, { ...call, by }));

/** A session that has its host, for that long. */
async function allocated(broker: Broker, forMs = 61_000): Promise<void> {
  fleet.always(() => GIVES_HOST);
  const caller = ask(broker);
  await clock.settle();
  expect(caller.told).toMatchObject({ kind: 'allocated' });
  await clock.advance(forMs);
}

/** The next reading of a session's row is of now, and is answered after all that: then it resolves. */
function nextReadComesLate(meanwhile: () => Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const read = sessionRows.read.bind(sessionRows);
  sessionRows.read = async (...key) => {
    sessionRows.read = read;
    const stored = await read(...key);
    await meanwhile();
    resolve(undefined);
    return stored;
  };
  return promise;
}

/** The tombstone lands, its answer is lost, and the process stands still. @returns lets it go on */
function standsStillAfterTombstone(): () => void {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  sessions.before('replace', async (work) => {
    await work();
    await promise;
    throw new StorageFault('replace', 'sessions', 'no answer');
  });
  return () => resolve(undefined);
}

const sessionRow = () => [...sessionRows.rows.values()][0]?.row;
const endings = () =>
  [...historyRows.rows.values()].map(({ row }) => row).filter(({ kind }) => kind === 'ending');
const endedFleet = (): EndingFleet => {
  if (!(fleet instanceof EndingFleet)) throw new Error('this fleet cannot be told');
  return fleet;
};

async function swept(): Promise<object> {
  const teller = {
    tell: (session: Parameters<typeof tellFleet>[1], asOfMs: number) => tellFleet(telling(), session, asOfMs),
    confirm: ledger().confirmEnd.bind(ledger()),
  };
  const options = {
    sessions: sessionRows,
    history: historyRows,
    historyScan: new MemoryScan(historyRows),
    clock,
    teller,
  };
  const report = sweep({ ...options, retentionMs: 30 * DAY_MS }, { everything: true, mostMs: 60_000 });
  await clock.settle();
  return report;
}

describe('a session that has its host', () => {
  it('is ended: its fleet is told, and nobody gets the host any more', async () => {
    const broker = newBroker();
    await allocated(broker);
    const ending = end(broker, 'backend-1');
    await clock.settle();
    expect(ending.told).toEqual({ fleet: 'told' });
    expect(endedFleet().ended).toEqual([SESSION]);
    expect(sessionRow()).toMatchObject({ state: 'ended', endedBy: 'backend-1', endFleet: 'told' });
    expect(sessionRow()).not.toHaveProperty('body');
    expect(endings()).toMatchObject([
      {
        outcome: 'ended',
        endedBy: 'backend-1',
        endFleet: 'told',
        fleetCalls: 1,
        hostName: 'a1.cloudapp.net',
      },
    ]);
    const [again, looking] = [ask(broker), look(broker)];
    await clock.settle();
    expect([again.told, looking.told]).toMatchObject([ENDED, ENDED]);
    expect(fleet.requests).toHaveLength(1);
  });

  it('is ended once, however often that is asked for', async () => {
    const broker = newBroker();
    await allocated(broker);
    const first = end(broker);
    await clock.settle();
    const [second, third] = [end(broker), end(newBroker())];
    await clock.settle();
    expect([first.told, second.told, third.told]).toEqual([
      { fleet: 'told' },
      { fleet: 'told' },
      { fleet: 'told' },
    ]);
    expect(endedFleet().ended).toHaveLength(1);
    expect(endings()).toHaveLength(1);
    expect(events.filter(({ event }) => event === 'session.ended')).toHaveLength(1);
  });

  it('has one ending that counts where two calls come at once', async () => {
    const broker = newBroker();
    await allocated(broker);
    const [one, other] = [end(broker, 'one'), end(newBroker(), 'other')];
    await clock.settle();
    expect([one.told, other.told]).toEqual([{ fleet: 'told' }, { fleet: 'told' }]);
    expect(
      endings()
        .map(({ outcome }) => outcome)
        .sort(),
    ).toEqual(['ended', 'unknown']);
  });

  it('is ended where its fleet cannot be told, and says so', async () => {
    fleet = new ScriptedFleet();
    const broker = newBroker();
    await allocated(broker);
    const ending = end(broker);
    await clock.settle();
    expect(ending.told).toEqual({ fleet: 'not-told' });
    expect(sessionRow()).toMatchObject({ state: 'ended', endFleet: 'not-told' });
    expect(endings()).toMatchObject([{ outcome: 'ended', endFleet: 'not-told', fleetCalls: 0 }]);
  });

  it('is told to its fleet by sweeps until the fleet confirms it', async () => {
    const broker = newBroker();
    await allocated(broker);
    endedFleet().says = { kind: 'failed', status: 500, reason: 'PlayFab failed.' };
    const ending = end(broker);
    await clock.settle();
    expect(ending.told).toEqual({ fleet: 'pending' });
    expect(events).toContainEqual(
      expect.objectContaining({
        event: 'session.ended',
        fleet: 'pending',
        reason: 'PlayFab failed.',
        upstreamStatus: 500,
      }),
    );
    const waiting = ask(broker);
    await clock.settle();
    expect(waiting.told).toMatchObject(ENDED);
    await clock.advance(61_000);
    expect(await swept()).toMatchObject({ open: 1, pending: 1, ended: 0 });
    endedFleet().says = { kind: 'no-host', status: 404 };
    expect(await swept()).toMatchObject({ open: 1, pending: 0, ended: 1 });
    expect(sessionRow()).toMatchObject({ state: 'ended', endFleet: 'no-host' });
    expect(endings()).toMatchObject([{ outcome: 'ended', endFleet: 'no-host', closedBy: 'sweep' }]);
    expect(endedFleet().ended).toHaveLength(3);
  });

  it('is told to its fleet twice where another call for it may still have been in flight', async () => {
    const broker = newBroker();
    await allocated(broker, 5_000);
    const ending = end(broker);
    await clock.settle();
    expect(ending.told).toEqual({ fleet: 'told' });
    expect(sessionRow()).not.toHaveProperty('endFleet');
    await clock.advance(30_000);
    expect(await swept()).toMatchObject({ pending: 1, ended: 0 });
    await clock.advance(31_000);
    expect(await swept()).toMatchObject({ pending: 0, ended: 1 });
    expect(sessionRow()).toMatchObject({ endFleet: 'told' });
  });

  it('may be allocated anew once it would have expired anyway, and not before', async () => {
    const broker = newBroker();
    await allocated(broker);
    end(broker);
    await clock.advance(DAY_MS - 61_000);
    const inTime = ask(newBroker());
    await clock.settle();
    expect(inTime.told).toMatchObject(ENDED);
    await clock.advance(63_000);
    const after = ask(newBroker());
    await clock.settle();
    expect(after.told).toMatchObject({ kind: 'allocated', replayed: false });
    expect(sessionRow()).toMatchObject({ state: 'allocated', generation: 2 });
  });
});

describe('a session that is being allocated', () => {
  it('is ended: its holder gives the host back, and its callers hear that it is over', async () => {
    const [broker, other] = [newBroker(), newBroker()];
    const [leader, joiner] = [ask(broker), ask(broker)];
    await clock.settle();
    endedFleet().says = { kind: 'no-host', status: 404 };
    const ending = end(other);
    await clock.settle();
    // A host may come of the call in flight.
    expect(ending.told).toEqual({ fleet: 'no-host' });
    expect(sessionRow()).toMatchObject({ state: 'ended', maybeStarted: false });
    expect(sessionRow()).not.toHaveProperty('endFleet');
    endedFleet().says = { kind: 'ended', status: 200 };
    fleet.answer(GIVES_HOST);
    await clock.settle();
    expect([leader.told, joiner.told]).toMatchObject([ENDED, ENDED]);
    expect(endedFleet().ended).toEqual([SESSION, SESSION]);
    const [attempt] = [...historyRows.rows.values()]
      .map(({ row }) => row)
      .filter(({ kind }) => kind === undefined);
    expect(attempt).toMatchObject({ outcome: 'session-ended' });
    expect(levels).toContain('allocation.attempt info');
    await clock.advance(61_000);
    expect(await swept()).toMatchObject({ open: 1, ended: 1 });
  });

  it('is ended: a holder that renews finds its claim gone, and asks no more', async () => {
    const broker = newBroker();
    const leader = ask(broker);
    await clock.settle();
    end(newBroker());
    // Its renewal finds the tombstone, and cuts the call.
    await clock.advance(1_100);
    fleet.answer({ kind: 'unknown', reason: 'timeout' });
    await clock.settle();
    expect(leader.told).toMatchObject(ENDED);
    expect(fleet.requests).toHaveLength(1);
  });

  it('is ended although its holder writes its row at the same time', async () => {
    const broker = newBroker();
    ask(broker);
    await clock.settle();
    sessions.before('replace', async () => {
      const renewed = await sessionRows.read(SESSION, 'session');
      if (renewed !== undefined) await sessionRows.replace(renewed.row, renewed.etag);
    });
    const ending = end(newBroker());
    await clock.settle();
    expect(ending.told).toEqual({ fleet: 'told' });
    expect(sessionRow()).toMatchObject({ state: 'ended' });
  });

  it('is not ended by a call that came before it was begun anew, but by the next one', async () => {
    fleet.always(() => ({ kind: 'no-capacity', status: 429 }));
    const [broker, other] = [newBroker(), newBroker()];
    ask(broker);
    await clock.settle();
    sessions.before('replace', async () => {
      fleet.always(() => GIVES_HOST);
      ask(broker);
      await clock.settle();
    });
    const early = end(other);
    await clock.settle();
    await clock.settle();
    expect(early.told).toMatchObject({ code: 'storage-unavailable' });
    expect(sessionRow()).toMatchObject({ state: 'allocated' });
    await clock.advance(61_000);
    const next = end(other);
    await clock.settle();
    expect(next.told).toEqual({ fleet: 'told' });
    expect(sessionRow()).toMatchObject({ state: 'ended', endFleet: 'told' });
  });

  it('that has no host and will get none is ended without a word to the fleet', async () => {
    fleet.always(() => ({ kind: 'no-capacity', status: 429 }));
    const broker = newBroker();
    ask(broker);
    await clock.settle();
    const ending = end(broker);
    await clock.settle();
    expect(ending.told).toEqual({ fleet: 'no-host' });
    expect(endedFleet().ended).toEqual([]);
    expect(sessionRow()).toMatchObject({ state: 'ended', endFleet: 'no-host' });
  });
});

describe('what instances remember', () => {
  it.each([
    [60_000, 59_999, 'allocated'],
    [60_000, 60_000, 'ended'],
    [5_000, 5_000, 'ended'],
  ])('is confirmed after %i ms: asked %i ms later, it is %s', async (confirmAfterMs, laterMs, expected) => {
    const [broker, other] = [newBroker(confirmAfterMs), newBroker()];
    await allocated(broker, 0);
    end(other);
    await clock.advance(laterMs);
    const caller = ask(broker);
    await clock.settle();
    expect(caller.told).toMatchObject(expected === 'ended' ? ENDED : { kind: 'allocated', replayed: true });
  });

  it('costs nothing until then, and one reading after it', async () => {
    const broker = newBroker();
    await allocated(broker, 0);
    const before = sessions.seen.length;
    ask(broker);
    await clock.settle();
    expect(sessions.seen.length - before).toBe(0);
    await clock.advance(60_000);
    const callers = [ask(broker), ask(broker), ask(broker)];
    await clock.settle();
    expect(callers.map(({ told }) => told)).toMatchObject([
      { kind: 'allocated', replayed: true },
      { kind: 'allocated', replayed: true },
      { kind: 'allocated', replayed: true },
    ]);
    expect(sessions.seen.slice(before)).toEqual(['read']);
  });

  it('is never answered with where it is confirmed each time', async () => {
    const [broker, other] = [newBroker(0), newBroker(0)];
    await allocated(broker, 0);
    end(other);
    await clock.settle();
    const caller = ask(broker);
    await clock.settle();
    expect(caller.told).toMatchObject(ENDED);
  });

  it.each([
    [0, ENDED],
    [60_000, { kind: 'allocated', replayed: true }],
  ])(
    'is what a flight read before its caller came: confirmed after %i ms',
    async (confirmAfterMs, expected) => {
      const [broker, other] = [newBroker(confirmAfterMs), newBroker()];
      await allocated(broker);
      let joiner: Heard<AllocationAnswer> = {};
      const late = nextReadComesLate(async () => {
        await clock.advance(1);
        end(other);
        joiner = ask(broker);
        await clock.settle();
      });
      const leader = ask(broker);
      await late;
      await clock.settle();
      expect(sessionRow()).toMatchObject({ state: 'ended' });
      expect([leader.told, joiner.told]).toMatchObject([{ kind: 'allocated', replayed: true }, expected]);
    },
  );

  it('is not believed while storage does not confirm it', async () => {
    const broker = newBroker();
    await allocated(broker, 60_000);
    sessions.lose('read', 'down');
    const caller = ask(broker);
    await clock.settle();
    expect(caller.told).toMatchObject({ code: 'storage-unavailable' });
  });

  it('does not bring a session back that was ended while its row was being read', async () => {
    const broker = newBroker();
    await allocated(broker, 60_000);
    let ending: Heard<EndingAnswer> = {};
    const late = nextReadComesLate(async () => {
      ending = end(broker);
      await clock.settle();
    });
    const slow = look(broker);
    await late;
    await clock.settle();
    expect(ending.told).toEqual({ fleet: 'told' });
    const after = ask(broker);
    await clock.settle();
    expect([slow.told, after.told]).toMatchObject([ENDED, ENDED]);
  });

  it('does not give out what it read before it stood still for longer than the allocation lasts', async () => {
    const broker = newBroker();
    await allocated(broker, 60_000);
    const late = nextReadComesLate(() => clock.advance(DAY_MS + 1_000));
    const slow = look(broker);
    await late;
    await clock.settle();
    expect(slow.told).toMatchObject({ code: 'unknown-session' });
  });
});

it.each([
  ['remembers that it has ended it', DAY_MS, ENDED, { state: 'ended' }],
  ['begins anew', DAY_MS + 120_000, { kind: 'allocated' }, { state: 'allocated', generation: 2 }],
])(
  'a process that stood still, with its answer in hand, %s after %d ms',
  async (_what, stoodMs, expected, row) => {
    fleet.always(() => GIVES_HOST);
    const broker = newBroker();
    const goesOn = Promise.withResolvers<unknown>();
    // The session is settled; closing its history row hangs.
    history.before('replace', () => goesOn.promise);
    const slow = ask(broker, 2 * DAY_MS);
    await clock.settle();
    const ending = end(broker);
    await clock.settle();
    expect(ending.told).toEqual({ fleet: 'told' });
    await swept();
    await clock.advance(stoodMs);
    await swept();
    goesOn.resolve(undefined);
    await clock.settle();
    expect(slow.told).toMatchObject(expected);
    expect(sessionRow()).toMatchObject(row);
  },
);

describe('what cannot be ended', () => {
  it('a session that was never heard of', async () => {
    const ending = end(newBroker());
    await clock.settle();
    expect(ending.told).toMatchObject({ code: 'unknown-session' });
    expect(historyRows.rows.size).toBe(0);
  });

  it('a session that has expired', async () => {
    const broker = newBroker();
    await allocated(broker, DAY_MS + 62_000);
    const ending = end(broker);
    await clock.settle();
    expect(ending.told).toMatchObject({ code: 'unknown-session' });
  });

  it.each(['read', 'replace'] as const)('one whose row storage does not %s', async (operation) => {
    const broker = newBroker();
    await allocated(broker);
    sessions.lose(operation, 'down', 2);
    const ending = end(broker);
    await clock.settle();
    expect(ending.told).toMatchObject({ code: 'storage-unavailable' });
    expect(endedFleet().ended).toEqual([]);
    expect(sessionRow()).toMatchObject({ state: 'allocated' });
    expect(events).toContainEqual(expect.objectContaining({ event: 'ledger.fault', step: 'end' }));
  });

  it('one whose ending the history does not take', async () => {
    const broker = newBroker();
    await allocated(broker);
    history.lose('insert', 'down');
    const ending = end(broker);
    await clock.settle();
    expect(ending.told).toMatchObject({ code: 'storage-unavailable' });
    expect(sessionRow()).toMatchObject({ state: 'allocated' });
  });
});

it.each([
  ['insert', 'lost'],
  ['insert', 'repeated'],
] as const)('knows its own history row: %s %s', async (operation, loss) => {
  const broker = newBroker();
  await allocated(broker);
  history.lose(operation, loss);
  const ending = end(broker);
  await clock.settle();
  expect(ending.told).toEqual({ fleet: 'told' });
  expect(endings()).toMatchObject([{ outcome: 'ended' }]);
});

it.each(['lost', 'repeated'] as const)('knows its own tombstone: replace %s', async (loss) => {
  const broker = newBroker();
  await allocated(broker);
  sessions.lose('replace', loss, 2);
  const ending = end(broker);
  await clock.settle();
  expect(ending.told).toEqual({ fleet: 'told' });
  expect(sessionRow()).toMatchObject({ state: 'ended', endFleet: 'told' });
});

describe('a process that dies while it ends a session', () => {
  /** Dies at the operation on the table: no further one of its operations is done. */
  function diesAt(table: LossyTable, operation: 'insert' | 'replace'): Promise<never> {
    return new Promise(() => table.before(operation, () => new Promise(() => undefined)));
  }

  it('leaves a session as it was, before the tombstone; the sweep waits for it for two hours', async () => {
    const broker = newBroker();
    await allocated(broker);
    void diesAt(sessions, 'replace');
    end(broker);
    await clock.settle();
    expect(await swept()).toMatchObject({ open: 1, pending: 1 });
    expect(sessionRow()).toMatchObject({ state: 'allocated' });
    await clock.advance(2 * 3_600_000);
    expect(await swept()).toMatchObject({ open: 1, unknown: 1 });
    expect(endings()).toMatchObject([{ outcome: 'unknown' }]);
  });

  it("and comes back once a sweep has finished it leaves the sweep's word as it is", async () => {
    const broker = newBroker();
    await allocated(broker);
    const goesOn = standsStillAfterTombstone();
    const ending = end(broker);
    await clock.advance(61_000);
    expect(await swept()).toMatchObject({ ended: 1 });
    goesOn();
    await clock.settle();
    expect(ending.told).toEqual({ fleet: 'told' });
    expect(endings()).toMatchObject([{ outcome: 'ended', endFleet: 'told', closedBy: 'sweep' }]);
  });

  it("and comes back after hours tells the fleet nothing: the host there may be the next beginning's", async () => {
    const broker = newBroker();
    await allocated(broker);
    const goesOn = standsStillAfterTombstone();
    const ending = end(broker);
    await clock.advance(61_000);
    goesOn();
    await clock.settle();
    expect(ending.told).toEqual({ fleet: 'pending' });
    expect(endedFleet().ended).toEqual([]);
    expect(await swept()).toMatchObject({ ended: 1 });
  });

  it('leaves the rest to the sweep, after it', async () => {
    const broker = newBroker();
    await allocated(broker);
    endedFleet().says = { kind: 'failed', reason: 'PlayFab did not answer.' };
    void diesAt(history, 'replace');
    end(broker);
    await clock.settle();
    endedFleet().says = { kind: 'ended', status: 200 };
    await clock.advance(61_000);
    expect(await swept()).toMatchObject({ open: 1, ended: 1 });
    expect(endedFleet().ended).toHaveLength(2);
  });
});
