import { once } from 'node:events';
import type { TestBroker } from '../support/e2e/broker.ts';
import { type Reply, allocate, send } from '../support/e2e/httpClient.ts';
import { until } from '../support/e2e/until.ts';
import { type Caught, catchAll } from './catchAll.ts';
import { type Lab, askUntilHost, newRequest } from './lab.ts';
import { PAUSE_POINTS } from './pausePoints.ts';
import { askAgain } from './race.ts';

/**
 * What becomes of the requests that are held at their pause points, once the process is ending:
 *
 * - `answered`: those to storage go on at once. The fleet never answers a call that it keeps.
 * - `hanging`: nothing of them is heard any more, whatever the process does.
 */
export type Rest = 'answered' | 'hanging';

/** What became of one session whose broker was asked to end at a pause point. */
export interface Ended {
  readonly sessionId: string;
  /** What the ending broker answered; `undefined`: its connection was cut. */
  readonly caught: Reply | undefined;
  /** The session's state when that answer came; `undefined`: it has no row. */
  readonly state: unknown;
  /** The next caller, at another broker, as soon as this one had its answer. */
  readonly next: Reply | undefined;
  readonly later: readonly Reply[];
}

export interface EndedProcess {
  /** Exit code and signal. */
  readonly exit: unknown;
  /** From SIGTERM to its end, in milliseconds. */
  readonly exitMs: number;
  readonly sessions: ReadonlyMap<string, Ended>;
}

/** Catches one broker at every pause point at once, each with a session of its own, and asks that one process to end. */
export async function endAll(lab: Lab, rest: Rest, other: TestBroker): Promise<EndedProcess> {
  const name = `ending: ${rest}`;
  const broker = await lab.startBroker(name);
  const ask = (sessionId: string): Promise<Reply | undefined> =>
    allocate(broker, newRequest(sessionId), { prefer: 'wait=20' }).catch(() => undefined);
  const caught = await catchAll(lab, name, ask, PAUSE_POINTS);
  const exited = exitOf(broker);
  broker.child.kill('SIGTERM');
  if (rest === 'answered') {
    await untilEnding(broker);
    for (const { letStorageGo } of caught) letStorageGo(false);
  }
  const ended = await Promise.all(caught.map((one) => goOn(lab, one, other)));
  const { exit, exitMs } = await exited;
  for (const { letStorageGo } of caught) letStorageGo(true);
  const later = await Promise.all(caught.map(({ sessionId }) => askAgain([other], sessionId)));
  return {
    exit,
    exitMs,
    sessions: new Map(ended.map(([point, one], at) => [point, { ...one, later: later[at] ?? [] }])),
  };
}

async function goOn(lab: Lab, caught: Caught, other: TestBroker): Promise<[string, Omit<Ended, 'later'>]> {
  const { point, sessionId, caller, letFleetGo } = caught;
  const reply = await caller;
  const state = (await lab.tables.session(sessionId))?.['state'];
  // The call has been cut: the fleet would keep the next one, too.
  await letFleetGo();
  const next = await askUntilHost(other, sessionId);
  return [point.name, { sessionId, caught: reply, state, next }];
}

async function exitOf({ child }: TestBroker): Promise<{ exit: unknown; exitMs: number }> {
  const fromMs = performance.now();
  const exit: unknown = await once(child, 'exit');
  return { exit, exitMs: performance.now() - fromMs };
}

/** Until the process that was asked to end has begun to. */
export async function untilEnding({ url }: TestBroker): Promise<void> {
  await until('the broker accepts no connection', () =>
    send(`${url}/api/health`).then(
      () => undefined,
      () => true,
    ),
  );
}
