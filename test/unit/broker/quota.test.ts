/** New allocations are counted once each, whoever asks how often; what started nothing is given back. */
import { type AllocationAnswer, Broker } from '../../../lib/broker.ts';
import type { Problem } from '../../../lib/contract/problem.ts';
import { placerOf } from '../../../lib/placement/placer.ts';
import type { BrokerEvent } from '../../../lib/events.ts';
import { QuotaLedger } from '../../../lib/ledger/quota/quotaLedger.ts';
import { TableHistory } from '../../../lib/ledger/history/tableHistory.ts';
import { TableLedger } from '../../../lib/ledger/sessions/tableLedger.ts';
import { LossyTable } from '../../support/lossyTable.ts';
import { MemoryTable } from '../../support/memoryTable.ts';
import { GIVES_HOST, ScriptedFleet } from '../../support/scriptedFleet.ts';
import { VirtualClock } from '../../support/virtualClock.ts';

const SESSION = '3536d3e6-e85d-4f47-b898-9617d19dabcd';
const OTHER = '00000000-0000-4000-8000-000000000002';

let clock: VirtualClock;
let fleet: ScriptedFleet;
let sessions: LossyTable;
let history: LossyTable;
let quotas: LossyTable;
let events: BrokerEvent[];
let broker: Broker;

beforeEach(() => {
  clock = new VirtualClock();
  fleet = new ScriptedFleet();
  sessions = new LossyTable(new MemoryTable(() => clock.wallMs()));
  history = new LossyTable(new MemoryTable(() => clock.wallMs()));
  quotas = new LossyTable(new MemoryTable(() => clock.wallMs()));
  events = [];
  broker = newBroker();
});

const LOCATIONS = [{ name: 'West US', penaltyMs: 0 }];
const DUEL = {
  fleet: 'sessionhosts',
  targets: new Map([['sessionhosts', 'mode-1']]),
  place: placerOf(LOCATIONS, undefined, { aggregate: 'mean', strict: false }),
};

function newBroker(onStorageFault: 'refuse' | 'allow' = 'refuse', its = clock): Broker {
  return new Broker({
    ledger: new TableLedger({ sessions, clock: its, leaseMs: 2_500, sessionTtlMs: 24 * 3_600_000 }),
    history: new TableHistory(history),
    quota: new QuotaLedger({ quotas, clock, limit: 1, windowMs: 60_000, onStorageFault }),
    fleets: new Map([['sessionhosts', fleet]]),
    clock: its,
    gameModes: new Map([['duel', DUEL]]),
    locations: LOCATIONS,
    fleetTimeoutMs: 8_000,
    confirmAfterMs: 60_000,
  });
}

interface Asking {
  readonly by?: Broker;
  readonly caller?: string | undefined;
  readonly limit?: number;
  readonly sessionId?: string;
  readonly waitSeconds?: number;
}

async function ask(asking: Asking = {}): Promise<AllocationAnswer | Problem> {
  const { by = broker, sessionId = SESSION, waitSeconds = 15, limit } = asking;
  const caller = 'caller' in asking ? asking.caller : 'a';
  const call = { invocationId: 'i', waitMs: waitSeconds * 1_000, caller, limit };
  return by
    .allocate(
      { sessionId, gameMode: 'duel', players: [] },
      { ...call, emit: (_level, event) => events.push(event) },
    )
    .catch((problem: unknown) => problem as Problem);
}

const used = async (caller = 'a') => (await quotas.read(caller, 'quota'))?.row['used'];
const row = async (sessionId = SESSION) => (await sessions.read(sessionId, 'session'))?.row;

/** Lets the allocation go on for so long, and gives what it came to. */
async function within<T>(ms: number, asked: Promise<T>): Promise<T> {
  await clock.advance(ms);
  return asked;
}

it('is charged before the fleet is asked, and remembered in the row of the session', async () => {
  const asked = ask();
  await clock.settle();
  expect(fleet.open).toHaveLength(1);
  expect(await used()).toBe(1);
  fleet.answer(GIVES_HOST);
  expect(await asked).toMatchObject({ kind: 'allocated', replayed: false });
  expect(await row()).toMatchObject({
    chargedCaller: 'a',
    chargedWindow: new Date('2026-11-22T08:15:30.250Z'),
  });
});

it('refuses the next new session until the window ends, and leaves no row of it behind', async () => {
  fleet.always(() => GIVES_HOST);
  await within(20_000, ask());
  const refused = await within(0, ask({ sessionId: OTHER }));
  expect(refused).toMatchObject({ code: 'quota-exceeded', retryAfterSeconds: 40 });
  expect(await row(OTHER)).toBeUndefined();
  expect(history.seen).toEqual(['insert', 'replace']);
  expect(await within(40_000, Promise.resolve()).then(() => ask({ sessionId: OTHER }))).toMatchObject({
    kind: 'allocated',
  });
});

it('gives a trusted caller a limit of its own, or does not count it at all', async () => {
  fleet.always(() => GIVES_HOST);
  const ids = ['1', '2', '3'].map((last) => `00000000-0000-4000-8000-00000000001${last}`);
  const codes = async (limit: number, caller: string): Promise<unknown[]> => {
    const answers: unknown[] = [];
    for (const id of ids) {
      const sessionId = id.replace(/^0/, String(limit)[0] === '2' ? '2' : '9');
      const answer = await within(20_000, ask({ sessionId, caller, limit }));
      answers.push('code' in answer ? answer.code : answer.kind);
    }
    return answers;
  };
  expect(await codes(2, 'trusted')).toEqual(['allocated', 'allocated', 'quota-exceeded']);
  expect(await codes(Infinity, 'uncounted')).toEqual(['allocated', 'allocated', 'allocated']);
  expect([await used('trusted'), await used('uncounted')]).toEqual([2, undefined]);
});

it('counts neither replays nor joiners nor callers of other instances', async () => {
  const asked = [ask(), ask({ caller: 'b' }), ask({ by: newBroker(), caller: 'c' })];
  await clock.settle();
  fleet.answer(GIVES_HOST);
  await clock.advance(5_000);
  await Promise.all(asked);
  expect(await ask({ caller: 'd', by: newBroker() })).toMatchObject({ replayed: true });
  expect([await used('a'), await used('b'), await used('c'), await used('d')]).toEqual([
    1,
    undefined,
    undefined,
    undefined,
  ]);
});

it('counts a session once that is repeated until its host is there', async () => {
  fleet.always(() => ({ kind: 'starting', status: 409 }));
  expect(await within(3_000, ask({ waitSeconds: 1 }))).toMatchObject({ kind: 'pending' });
  expect(await row()).toMatchObject({ state: 'released', maybeStarted: true, chargedCaller: 'a' });
  fleet.always(() => GIVES_HOST);
  expect(await within(0, ask({ caller: 'b', by: newBroker() }))).toMatchObject({ kind: 'allocated' });
  expect([await used('a'), await used('b')]).toEqual([1, undefined]);
});

it.each([
  ['no-capacity', { kind: 'no-capacity', status: 503 }],
  ['upstream-rejected', { kind: 'rejected', status: 400, reason: 'x' }],
] as const)('gives back what came to %s, and charges the next try', async (code, answer) => {
  fleet.always(() => answer);
  expect(await within(0, ask())).toMatchObject({ code });
  expect(await used()).toBe(0);
  expect(await row()).not.toHaveProperty('chargedCaller');
  fleet.always(() => GIVES_HOST);
  expect(await within(0, ask({ caller: 'b' }))).toMatchObject({ kind: 'allocated' });
  expect([await used('a'), await used('b')]).toEqual([0, 1]);
});

it('gives back what was never asked for, because the history could not be written', async () => {
  history.lose('insert', 'down');
  history.lose('read', 'down');
  expect(await within(0, ask())).toMatchObject({ code: 'storage-unavailable' });
  expect(await used()).toBe(0);
  expect(await row()).toBeUndefined();
});

it('keeps what may have started a host', async () => {
  fleet.always(() => ({ kind: 'unknown', reason: 'timeout' }));
  expect(await within(3_000, ask({ waitSeconds: 1 }))).toMatchObject({ kind: 'pending' });
  fleet.always(() => ({ kind: 'no-capacity', status: 503 }));
  expect(await within(0, ask())).toMatchObject({ code: 'no-capacity' });
  expect(await used()).toBe(1);
  expect(await row()).toMatchObject({ maybeStarted: true, chargedCaller: 'a' });
});

it('does not give back what another attempt has taken over', async () => {
  const frozen = ask({ by: newBroker('refuse', new VirtualClock()), waitSeconds: 25 });
  await clock.settle();
  const taker = ask({ by: newBroker(), caller: 'b', waitSeconds: 25 });
  await clock.advance(3_000);
  const [late, second] = fleet.open.splice(0);
  second?.answer(GIVES_HOST);
  await clock.settle();
  late?.answer({ kind: 'no-capacity', status: 503 });
  await clock.advance(1_000);
  expect(await taker).toMatchObject({ kind: 'allocated' });
  await frozen;
  // Both: a claim that dies is counted again, rather than not at all.
  expect([await used('a'), await used('b')]).toEqual([1, 1]);
});

it('counts a session anew when its allocation has run out', async () => {
  fleet.always(() => GIVES_HOST);
  await within(24 * 3_600_000 + 62_000, ask());
  expect(await ask({ caller: 'b', by: newBroker() })).toMatchObject({ replayed: false });
  expect([await used('a'), await used('b')]).toEqual([1, 1]);
});

it('counts callers that nothing tells apart together', async () => {
  fleet.always(() => GIVES_HOST);
  await within(0, ask({ caller: undefined }));
  expect(await ask({ caller: undefined, sessionId: OTHER })).toMatchObject({ code: 'quota-exceeded' });
});

describe('when the table of the quotas cannot be reached', () => {
  beforeEach(() => quotas.lose('read', 'down'));

  it('refuses, and leaves no row behind', async () => {
    expect(await within(0, ask())).toMatchObject({ code: 'storage-unavailable' });
    expect(await row()).toBeUndefined();
    expect(fleet.requests).toEqual([]);
    expect(events).toContainEqual(expect.objectContaining({ event: 'ledger.fault', step: 'charge' }));
  });

  it('or allows, by setting', async () => {
    fleet.always(() => GIVES_HOST);
    expect(await within(0, ask({ by: newBroker('allow') }))).toMatchObject({ kind: 'allocated' });
    expect(await row()).not.toHaveProperty('chargedCaller');
  });
});

it('costs a read and a write before the fleet is asked', async () => {
  fleet.always(() => GIVES_HOST);
  await within(0, ask());
  expect(quotas.seen).toEqual(['read', 'insert']);
});
