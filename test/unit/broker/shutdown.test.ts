import { type AllocationAnswer, Broker } from '../../../lib/broker.ts';
import { Shutdown, Step } from '../../../lib/broker/shutdown.ts';
import type { Fleet, FleetAnswer } from '../../../lib/fleets/fleet.ts';
import { TableHistory } from '../../../lib/ledger/history/tableHistory.ts';
import { TableLedger } from '../../../lib/ledger/sessions/tableLedger.ts';
import { placerOf } from '../../../lib/placement/placer.ts';
import { MemoryTable } from '../../support/memoryTable.ts';
import { GIVES_HOST } from '../../support/scriptedFleet.ts';
import { VirtualClock } from '../../support/virtualClock.ts';

const BEGIN_MS = 1_000_000;
const LOCATIONS = [{ name: 'West US', penaltyMs: 0 }];
const PENDING = { kind: 'pending', retryAfterSeconds: 1 };

let clock: VirtualClock;

beforeEach(() => {
  clock = new VirtualClock();
});

describe('a shutdown', () => {
  /** When each of its steps came, in milliseconds from its beginning, with work that ends when it is told or by itself. */
  async function steps(work: (shutdown: Shutdown) => Promise<unknown>): Promise<Record<string, number>> {
    const shutdown = new Shutdown();
    const at: Record<string, number> = {};
    const mark = (step: string) => () => (at[step] = clock.monotonicMs() - BEGIN_MS);
    void taken(shutdown.begun).then(mark('begun'));
    void taken(shutdown.cut).then(mark('cut'));
    const working = work(shutdown).then(() => undefined);
    void shutdown.run(() => working, clock).then(mark('over'));
    await clock.advance(10_000);
    return at;
  }

  const taken = (step: Step) =>
    step.during(({ signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)));
  const untilCut = ({ cut }: Shutdown) => taken(cut);

  it('aborts at once what begins after a step was taken', async () => {
    const step = new Step();
    step.take();
    expect(await step.during(({ signal }) => Promise.resolve(signal.aborted))).toBe(true);
  });

  it('is over at once where nothing is under way', async () => {
    expect(await steps(() => Promise.resolve())).toEqual({ begun: 0, cut: 0, over: 0 });
  });

  it('lets a call end that does so within a second', async () => {
    expect(await steps(() => clock.sleep(900))).toEqual({ begun: 0, cut: 900, over: 900 });
  });

  it('cuts calls after a second, and waits for the writes that follow', async () => {
    const work = (shutdown: Shutdown) => untilCut(shutdown).then(() => clock.sleep(250));
    expect(await steps(work)).toEqual({ begun: 0, cut: 1_000, over: 1_250 });
  });

  it('does not wait for writes for ever', async () => {
    expect(await steps(() => clock.sleep(60_000))).toEqual({ begun: 0, cut: 1_000, over: 4_000 });
  });
});

describe('a broker that stops', () => {
  let sessions: MemoryTable;
  let history: MemoryTable;
  let fleetMs: number;
  let fleetCalls: number;

  beforeEach(() => {
    sessions = new MemoryTable(() => clock.wallMs());
    history = new MemoryTable(() => clock.wallMs());
    fleetMs = 0;
    fleetCalls = 0;
  });

  /** Answers after `fleetMs`, or when its call is cut. */
  const fleet: Fleet = {
    async allocate(_request, { signal }) {
      fleetCalls += 1;
      const cut = new Promise<FleetAnswer>((resolve) => {
        signal.addEventListener('abort', () => resolve({ kind: 'unknown', reason: 'timeout' }));
      });
      return Promise.race([clock.sleep(fleetMs).then(() => GIVES_HOST), cut]);
    },
    checkCredentials: () => Promise.resolve(),
  };

  function newBroker(): Broker {
    const place = placerOf(LOCATIONS, undefined, { aggregate: 'mean', strict: false, maxLatencyMs: 200 });
    return new Broker({
      ledger: new TableLedger({ sessions, clock, leaseMs: 2_500, sessionTtlMs: 24 * 3_600_000 }),
      history: new TableHistory(history),
      fleets: new Map([['sessionhosts', fleet]]),
      clock,
      gameModes: new Map([
        ['duel', { fleet: 'sessionhosts', targets: new Map([['sessionhosts', 'mode-1']]), place }],
      ]),
      locations: LOCATIONS,
      fleetTimeoutMs: 8_000,
      confirmAfterMs: 60_000,
    });
  }

  function ask(broker: Broker, sessionId = 'session-1'): { answer?: AllocationAnswer } {
    const caller: { answer?: AllocationAnswer } = {};
    const call = { invocationId: 'invocation', waitMs: 15_000, emit: () => undefined };
    void broker
      .allocate({ sessionId, gameMode: 'duel', players: [] }, call)
      .then((answer) => (caller.answer = answer));
    return caller;
  }

  const rows = ({ rows: stored }: MemoryTable) => [...stored.values()].map(({ row }) => row);

  it('answers 202 for a call that hangs, releases its session as maybe started, and closes its history row', async () => {
    fleetMs = 60_000;
    const broker = newBroker();
    const caller = ask(broker);
    await clock.settle();
    const stopped = broker.stop();
    expect(broker.isStopping).toBe(true);
    await clock.advance(999);
    expect(caller.answer).toBeUndefined();
    await clock.advance(1);
    await stopped;
    expect(caller.answer).toEqual(PENDING);
    expect(rows(sessions)).toEqual([expect.objectContaining({ state: 'released', maybeStarted: true })]);
    expect(rows(history)).toEqual([expect.objectContaining({ outcome: 'unknown', fleetCalls: 1 })]);
  });

  it('lets the next caller’s broker go on at once', async () => {
    fleetMs = 60_000;
    const broker = newBroker();
    ask(broker);
    await clock.settle();
    void broker.stop();
    await clock.advance(1_000);
    fleetMs = 0;
    const next = ask(newBroker());
    await clock.advance(0);
    expect(next.answer).toMatchObject({ kind: 'allocated', replayed: false });
  });

  it('gives a caller its host whose call ends within the second', async () => {
    fleetMs = 900;
    const broker = newBroker();
    const caller = ask(broker);
    await clock.settle();
    void broker.stop();
    await clock.advance(900);
    expect(caller.answer).toMatchObject({ kind: 'allocated', replayed: false });
  });

  it('claims nothing new, and still replays what it remembers', async () => {
    const broker = newBroker();
    ask(broker);
    await clock.advance(0);
    await broker.stop();
    const [remembered, fresh] = [ask(broker), ask(broker, 'session-2')];
    await clock.advance(0);
    expect(remembered.answer).toMatchObject({ kind: 'allocated', replayed: true });
    expect(fresh.answer).toEqual(PENDING);
    expect(rows(sessions)).toHaveLength(1);
    expect(fleetCalls).toBe(1);
  });

  it('lets nobody wait any longer for another broker', async () => {
    fleetMs = 60_000;
    ask(newBroker());
    await clock.settle();
    const broker = newBroker();
    const waiting = ask(broker);
    await clock.advance(100);
    void broker.stop();
    await clock.settle();
    expect(waiting.answer).toEqual(PENDING);
    expect(rows(sessions)).toEqual([expect.objectContaining({ state: 'claimed' })]);
  });
});
