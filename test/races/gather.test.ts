/**
 * A broker process that gathers the callers of a session dies, stands still for longer than its lease, or is asked to end
 * (SIGTERM), anywhere in the window. Callers of two other processes have left their measurements by then: whoever goes on
 * hears both, and after an orderly end the third one as well.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { TestBroker } from '../support/e2e/broker.ts';
import type { Reply } from '../support/e2e/httpClient.ts';
import { until } from '../support/e2e/until.ts';
import { type Caught, catchAll } from './catchAll.ts';
import { type Lab, askUntilHost, kill, startLab, sweep } from './lab.ts';
import type { AllocationPoint } from './pausePoints.ts';
import type { Fate } from './race.ts';
import { untilEnding } from './termination.ts';

const sessions = { table: 'brokersessions' } as const;
const renewal = { ...sessions, operation: 'replace', row: { state: 'claimed', gathering: true } } as const;
const closing = { ...sessions, operation: 'replace', row: { state: 'claimed', gathering: false } } as const;
const then = { state: 'claimed', history: [], hosts: 0 };

const WINDOW_POINTS: readonly AllocationPoint[] = [
  { name: 'before a renewal in the window', storage: { ...renewal, point: 'before' }, then, next: 201 },
  { name: 'after a renewal in the window', storage: { ...renewal, point: 'after' }, then, next: 201 },
  { name: 'before the window is closed', storage: { ...closing, point: 'before' }, then, next: 201 },
  { name: 'after the window is closed', storage: { ...closing, point: 'after' }, then, next: 201 },
  {
    name: 'before it reads what callers have left',
    storage: { ...sessions, operation: 'query', point: 'before' },
    then,
    next: 201,
  },
  {
    name: 'after it has read what callers have left',
    storage: { ...sessions, operation: 'query', point: 'after' },
    then,
    next: 201,
  },
];

interface CaughtGathering {
  readonly broker: TestBroker;
  readonly caught: readonly Caught[];
  /** What the callers of the others get in the end, session by session. */
  told(): Promise<(Reply | undefined)[][]>;
}

interface Race {
  readonly sessionId: string;
  /** The caller of the broker that was caught; a killed one never answers. */
  readonly caught: Reply | undefined;
  /** Those who have left their measurements. */
  readonly others: readonly (Reply | undefined)[];
}

let lab: Lab;
let others: TestBroker[];

beforeAll(async () => {
  lab = await startLab();
  others = [await lab.startBroker('other'), await lab.startBroker('third')];
});

afterAll(() => lab.stop());

/** What a caller sends that is `ms` away from West US. */
const measured = (ms: number, gameMode = 'gathering') => ({
  gameMode,
  latencies: [{ location: 'West US', ms }],
});

/** Callers of all three brokers ask for the session, that of the named one first. */
async function catchGathering(name: string): Promise<CaughtGathering> {
  const broker = await lab.startBroker(name);
  const waiting = new Map<string, Promise<(Reply | undefined)[]>>();
  const ask = async (sessionId: string): Promise<Reply | undefined> => {
    const caught = askUntilHost(broker, sessionId, measured(10));
    await until(`${sessionId} is claimed`, () => lab.tables.session(sessionId));
    const asked = others.map((other, at) => askUntilHost(other, sessionId, measured(20 + at)));
    waiting.set(sessionId, Promise.all(asked));
    return caught;
  };
  const caught = await catchAll(lab, name, ask, WINDOW_POINTS);
  const told = (): Promise<(Reply | undefined)[][]> =>
    Promise.all(caught.map(({ sessionId }) => waiting.get(sessionId) ?? Promise.resolve([])));
  return { broker, caught, told };
}

async function raceAll(fate: Fate): Promise<Map<string, Race>> {
  const { broker, caught, told } = await catchGathering(`gathering: ${fate}`);
  if (fate === 'frozen') broker.child.kill('SIGSTOP');
  else await kill(broker);
  if (fate === 'killed') letAllGo(caught, true);
  const heard = await told();
  if (fate !== 'killed') letAllGo(caught, false);
  if (fate === 'frozen') broker.child.kill('SIGCONT');
  return racesOf(caught, heard);
}

/** What is held goes on as soon as the process is ending. */
async function endInOrder(): Promise<{ readonly exit: unknown; readonly races: Map<string, Race> }> {
  const { broker, caught, told } = await catchGathering('gathering: asked to end');
  const exited = once(broker.child, 'exit');
  broker.child.kill('SIGTERM');
  await untilEnding(broker);
  letAllGo(caught, false);
  return { races: await racesOf(caught, await told()), exit: await exited };
}

async function racesOf(
  caught: readonly Caught[],
  told: readonly (Reply | undefined)[][],
): Promise<Map<string, Race>> {
  const late = await Promise.all(caught.map(({ caller }) => caller));
  return new Map(
    caught.map(({ point, sessionId }, at) => [
      point.name,
      { sessionId, caught: late[at], others: told[at] ?? [] },
    ]),
  );
}

function letAllGo(caught: readonly Caught[], dropped: boolean): void {
  for (const { letStorageGo } of caught) letStorageGo(dropped);
}

describe.each<Fate>(['killed', 'killed, its write lands late', 'frozen'])('%s', (fate) => {
  let races: Map<string, Race>;

  beforeAll(async () => {
    races = await raceAll(fate);
  });

  it.each(WINDOW_POINTS)('$name: one host, by what both others have left', async ({ name }) => {
    const { sessionId = '', caught, others: told = [] } = races.get(name) ?? {};
    const replies = [...told, ...(fate === 'frozen' ? [caught] : [])];
    expect(replies.map((reply) => reply?.status).sort()).toEqual(
      fate === 'frozen' ? [200, 200, 201] : [200, 201],
    );
    expect(new Set(replies.map((reply) => reply?.text)).size).toBe(1);
    const { hosts, overlaps } = await lab.stack.fleet.control.report({ sessions: [sessionId] });
    expect([hosts.length, overlaps]).toEqual([1, []]);

    expect(await sweep(others[0] ?? fail())).toBe(200);
    const attempts = await lab.tables.attempts(sessionId);
    const winner = attempts.find(({ outcome }) => outcome === 'allocated');
    expect(winner).toMatchObject({ callersHeard: 2, instancesHeard: 2 });
  });
});

describe('asked to end', () => {
  let ended: Awaited<ReturnType<typeof endInOrder>>;

  beforeAll(async () => {
    ended = await endInOrder();
  });

  it('ends by itself', () => {
    expect(ended.exit).toEqual([0, null]);
  });

  it.each(WINDOW_POINTS)('$name: one host, by what all three have measured', async ({ name }) => {
    const { sessionId = '', caught, others: told = [] } = ended.races.get(name) ?? {};
    const replies = [...told, ...(caught === undefined ? [] : [caught])];
    expect(replies.map((reply) => reply?.status).sort()).toEqual([200, 200, 201].slice(-replies.length));
    expect(new Set(replies.map((reply) => reply?.text)).size).toBe(1);
    const { hosts, overlaps } = await lab.stack.fleet.control.report({ sessions: [sessionId] });
    expect([hosts.length, overlaps]).toEqual([1, []]);
    const attempts = await lab.tables.attempts(sessionId);
    const winner = attempts.find(({ outcome }) => outcome === 'allocated');
    expect(winner).toMatchObject({ callersHeard: 3, instancesHeard: 3 });
  });

  it('while the window is open: it leaves what its caller has measured, and another one goes on', async () => {
    const broker = await lab.startBroker('gathering: asked to end in the window');
    const sessionId = randomUUID();
    const caught = askUntilHost(broker, sessionId, measured(10, 'gatheringLong'));
    await until(`${sessionId} is claimed`, () => lab.tables.session(sessionId));
    const told = others.map((other, at) =>
      askUntilHost(other, sessionId, measured(20 + at, 'gatheringLong')),
    );
    await until('both others have left theirs', async () => {
      const rows = await lab.tables.all('brokersessions');
      // The session's own, and theirs.
      return rows.filter((row) => row['partitionKey'] === sessionId).length === 3;
    });
    const exited = once(broker.child, 'exit');
    broker.child.kill('SIGTERM');
    // 202; then nobody is there any more.
    expect(await caught).toBeUndefined();
    const replies = await Promise.all(told);
    expect(replies.map((reply) => reply?.status).sort()).toEqual([200, 201]);
    expect(await exited).toEqual([0, null]);
    const attempts = await lab.tables.attempts(sessionId);
    expect(attempts).toMatchObject([{ outcome: 'allocated', callersHeard: 3, instancesHeard: 3 }]);
  });
});

function fail(): never {
  throw new Error('there are two others');
}
