/** Which fleets are asked for a session of a mode that lists several. */
import { Broker } from '../../../lib/broker.ts';
import type { FleetChoice } from '../../../lib/broker/dependencies.ts';
import type { BrokerEvent } from '../../../lib/events.ts';
import type { FleetAnswer } from '../../../lib/fleets/fleet.ts';
import { TableHistory } from '../../../lib/ledger/history/tableHistory.ts';
import { TableLedger } from '../../../lib/ledger/sessions/tableLedger.ts';
import { placerOf } from '../../../lib/placement/placer.ts';
import { LossyTable } from '../../support/lossyTable.ts';
import { MemoryTable } from '../../support/memoryTable.ts';
import { GIVES_HOST, ScriptedFleet } from '../../support/scriptedFleet.ts';
import { VirtualClock } from '../../support/virtualClock.ts';

const SESSION = '3536d3e6-e85d-4f47-b898-9617d19dabcd';
const DRY: FleetAnswer = { kind: 'no-capacity', status: 503 };
const LOCATIONS = [{ name: 'West US', penaltyMs: 0 }];
const BOTH: readonly FleetChoice[] = [
  { fleet: 'sessionhosts', target: 'mode-1' },
  { fleet: 'playfab', target: 'build-1' },
];

let clock: VirtualClock;
let first: ScriptedFleet;
let second: ScriptedFleet;
let sessionRows: MemoryTable;
let sessions: LossyTable;
let history: MemoryTable;
let events: BrokerEvent[];
/** What the session's row says whenever the second fleet is asked. */
let rowsSeen: unknown[];

beforeEach(() => {
  clock = new VirtualClock();
  [first, second] = [new ScriptedFleet(), new ScriptedFleet()];
  sessionRows = new MemoryTable(() => clock.wallMs());
  sessions = new LossyTable(sessionRows);
  history = new MemoryTable(() => clock.wallMs());
  events = [];
  rowsSeen = [];
});

function newBroker(choices: readonly FleetChoice[] | undefined = BOTH): Broker {
  const targets = new Map([
    ['sessionhosts', 'mode-1'],
    ['playfab', 'build-1'],
  ]);
  const place = placerOf(LOCATIONS, undefined, { aggregate: 'mean', strict: false });
  return new Broker({
    ledger: new TableLedger({ sessions, clock, leaseMs: 2_500, sessionTtlMs: 24 * 3_600_000 }),
    history: new TableHistory(history),
    fleets: new Map([
      ['sessionhosts', first],
      ['playfab', second],
    ]),
    clock,
    gameModes: new Map([['duel', { fleet: 'sessionhosts', targets, choices, place }]]),
    locations: LOCATIONS,
    fleetTimeoutMs: 8_000,
    confirmAfterMs: 60_000,
  });
}

/** Asks, and resolves once everything has come to rest. */
async function ask(broker = newBroker(), waitMs = 1_000): Promise<unknown> {
  let told: unknown;
  broker
    .allocate(
      { sessionId: SESSION, gameMode: 'duel', players: [] },
      { invocationId: 'i', waitMs, emit: (_level, event) => events.push(event) },
    )
    .then(
      (answer) => (told = answer),
      (problem: unknown) => (told = problem),
    );
  await clock.settle();
  return told;
}

const sessionRow = () => [...sessionRows.rows.values()][0]?.row;
const attempts = () => [...history.rows.values()].map(({ row }) => row);

/** The second fleet answers this, and notes what the session's row says by then. */
function secondAnswers(answer: FleetAnswer): void {
  second.always(() => {
    const row = sessionRow();
    rowsSeen.push({ state: row?.['state'], fleet: row?.['fleet'], fleetTarget: row?.['fleetTarget'] });
    return answer;
  });
}

it('asks the next fleet in the same attempt, once the row says so', async () => {
  first.always(() => DRY);
  secondAnswers(GIVES_HOST);
  expect(await ask()).toMatchObject({ kind: 'allocated', replayed: false });
  expect(first.requests).toMatchObject([{ target: 'mode-1' }]);
  expect(second.requests).toMatchObject([{ sessionId: SESSION, target: 'build-1' }]);
  expect(rowsSeen).toEqual([{ state: 'claimed', fleet: 'playfab', fleetTarget: 'build-1' }]);
  expect(sessionRow()).toMatchObject({ state: 'allocated', fleet: 'playfab', fleetTarget: 'build-1' });
  expect(attempts()).toMatchObject([
    { outcome: 'allocated', fleet: 'playfab', fleetsAsked: 'sessionhosts playfab', fleetCalls: 2 },
  ]);
  expect(events).toContainEqual(
    expect.objectContaining({ event: 'allocation.attempt', fleet: 'playfab', overflow: true }),
  );
  // 1 is the attempt's first call, whichever fleet it went to.
  expect(events.filter(({ event }) => event.startsWith('fleet.'))).toMatchObject([
    { event: 'fleet.asking', call: 1, fleet: 'sessionhosts' },
    { event: 'fleet.call', call: 1, fleet: 'sessionhosts', answer: 'no-capacity' },
    { event: 'fleet.asking', call: 2, fleet: 'playfab' },
    { event: 'fleet.call', call: 2, fleet: 'playfab', answer: 'host' },
  ]);
});

it('does so for a caller that does not wait', async () => {
  first.always(() => DRY);
  secondAnswers(GIVES_HOST);
  expect(await ask(newBroker(), 0)).toMatchObject({ kind: 'allocated' });
});

it('begins at the first fleet again where all are dry, and says that nothing is free', async () => {
  first.always(() => DRY);
  secondAnswers(DRY);
  expect(await ask()).toMatchObject({ code: 'no-capacity' });
  expect(sessionRow()).toMatchObject({ state: 'released', maybeStarted: false });
  first.always(() => GIVES_HOST);
  expect(await ask()).toMatchObject({ kind: 'allocated' });
  expect([first.requests.length, second.requests.length]).toEqual([2, 1]);
  expect(sessionRow()).toMatchObject({ state: 'allocated', fleet: 'sessionhosts', fleetTarget: 'mode-1' });
  expect(attempts().map(({ fleetsAsked }) => fleetsAsked)).toEqual(['sessionhosts playfab', undefined]);
});

it.each<[string, FleetAnswer]>([
  ['an unknown outcome', { kind: 'unknown', reason: 'timeout' }],
  ['a host that is being started', { kind: 'starting', status: 409 }],
  ['a failure that may have started one', { kind: 'failed', maybeStarted: true, status: 500 }],
  ['a failure', { kind: 'failed', maybeStarted: false, status: 503 }],
  ['an answer that cannot be believed', { kind: 'unreadable', status: 200, reason: 'odd' }],
  ['a refusal', { kind: 'rejected', status: 400, reason: 'refused' }],
])('%s moves no session', async (_what, answer) => {
  first.always(() => answer);
  await ask(newBroker(), 0);
  await clock.advance(2_000);
  expect(second.requests).toEqual([]);
  expect(sessionRow()).toMatchObject({ fleet: 'sessionhosts' });
});

it('does not move after a call that may have started a host, though the next one says that nothing is free', async () => {
  const answers: FleetAnswer[] = [{ kind: 'unknown', reason: 'connection-lost' }, DRY];
  first.always(() => answers.shift() ?? DRY);
  const told = ask(newBroker(), 15_000);
  await clock.advance(5_000);
  expect(await told).toBeUndefined();
  expect(first.requests).toHaveLength(2);
  expect(second.requests).toEqual([]);
});

it('stays, in the next attempt, where a host may exist: at the fleet that was asked last', async () => {
  first.always(() => DRY);
  secondAnswers({ kind: 'unknown', reason: 'timeout' });
  expect(await ask(newBroker(), 0)).toMatchObject({ kind: 'pending' });
  expect(sessionRow()).toMatchObject({ state: 'released', maybeStarted: true, fleet: 'playfab' });
  first.always(() => GIVES_HOST);
  secondAnswers(GIVES_HOST);
  expect(await ask()).toMatchObject({ kind: 'allocated' });
  expect(first.requests).toHaveLength(1);
  expect(sessionRow()).toMatchObject({ state: 'allocated', fleet: 'playfab' });
});

it('stays there although settings and lists have changed meanwhile', async () => {
  first.always(() => DRY);
  secondAnswers({ kind: 'unknown', reason: 'timeout' });
  await ask(newBroker(), 0);
  secondAnswers(DRY);
  await ask(newBroker([{ fleet: 'playfab', target: 'build-2' }, ...BOTH]), 0);
  expect(second.requests.map(({ target }) => target)).toEqual(['build-1', 'build-1']);
  expect(first.requests).toHaveLength(1);
});

it('does not ask the next fleet where the row cannot say so', async () => {
  first.always(() => DRY);
  sessions.lose('replace', 'down', 2);
  expect(await ask()).toMatchObject({ code: 'no-capacity' });
  expect(second.requests).toEqual([]);
  expect(events).toContainEqual(expect.objectContaining({ event: 'ledger.fault', step: 'move' }));
});

it.each(['lost', 'repeated'] as const)('knows its own write: %s', async (loss) => {
  first.always(() => DRY);
  secondAnswers(GIVES_HOST);
  sessions.lose('replace', loss);
  expect(await ask()).toMatchObject({ kind: 'allocated' });
  expect(rowsSeen).toEqual([{ state: 'claimed', fleet: 'playfab', fleetTarget: 'build-1' }]);
});

it('does not ask the next fleet for a session that another attempt has by then', async () => {
  first.always(() => DRY);
  secondAnswers(GIVES_HOST);
  sessions.before('replace', async () => {
    const row = await sessionRows.read(SESSION, 'session');
    if (row !== undefined) await sessionRows.replace({ ...row.row, attemptId: 'another' }, row.etag);
  });
  await ask(newBroker(), 0);
  expect(second.requests).toEqual([]);
});

it('asks one fleet alone where the mode lists none', async () => {
  first.always(() => DRY);
  const before = sessions.seen.length;
  expect(await ask(newBroker([{ fleet: 'sessionhosts', target: 'mode-1' }]))).toMatchObject({
    code: 'no-capacity',
  });
  expect(second.requests).toEqual([]);
  expect(sessions.seen.slice(before)).toEqual(['read', 'insert', 'replace']);
});
