/**
 * A broker process that gathers the callers of a session dies, or stands still for longer than its lease, anywhere in the
 * window. Callers of two other processes have left their measurements by then: whoever goes on hears both.
 */
import type { TestBroker } from '../support/e2e/broker.ts';
import type { Reply } from '../support/e2e/httpClient.ts';
import { until } from '../support/e2e/until.ts';
import { type Caught, catchAll } from './catchAll.ts';
import { type Lab, askUntilHost, kill, startLab, sweep } from './lab.ts';
import type { AllocationPoint } from './pausePoints.ts';
import type { Fate } from './race.ts';

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
const measured = (ms: number) => ({ gameMode: 'gathering', latencies: [{ location: 'West US', ms }] });

async function raceAll(fate: Fate): Promise<Map<string, Race>> {
  const name = `gathering: ${fate}`;
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
  if (fate === 'frozen') broker.child.kill('SIGSTOP');
  else await kill(broker);
  if (fate === 'killed') letAllGo(caught, true);
  const told = await Promise.all(
    caught.map(({ sessionId }) => waiting.get(sessionId) ?? Promise.resolve([])),
  );
  if (fate !== 'killed') letAllGo(caught, false);
  if (fate === 'frozen') broker.child.kill('SIGCONT');
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

function fail(): never {
  throw new Error('there are two others');
}
