import { setTimeout as sleep } from 'node:timers/promises';
import { LEASE_MS } from '../../lib/broker/lease.ts';
import type { TestBroker } from '../support/e2e/broker.ts';
import { type Reply, allocate, json, send } from '../support/e2e/httpClient.ts';
import { until } from '../support/e2e/until.ts';
import { type Caught, catchAll } from './catchAll.ts';
import { type Lab, kill, newRequest, startLab, sweep } from './lab.ts';
import { PAUSE_POINTS } from './pausePoints.ts';
import { askAgain } from './race.ts';

/** What becomes of the process that asks the fleet, once its session has been ended elsewhere. */
export type Fate = 'goes on' | 'killed' | 'killed, its write lands late' | 'frozen';

/** What became of one session that was ended while its broker stood at a pause point. */
export interface EndRace {
  readonly sessionId: string;
  /** What ending it was answered, while the broker stood there, and when it had gone on. */
  readonly ended: readonly (number | undefined)[];
  /** What the caller of the broker that was caught heard in the end; `undefined`: its broker died. */
  readonly caught: Reply | undefined;
  /** Everybody who asks or looks afterwards. */
  readonly later: readonly Reply[];
}

/** What is left of a session when its end has been confirmed. */
export interface Remains {
  readonly state: unknown;
  /** What its tombstone says of its host. */
  readonly endFleet: unknown;
  readonly started: number;
  readonly live: number;
  /** The outcomes of its attempts, and of its endings. */
  readonly attempts: unknown[];
  readonly endings: unknown[];
}

/** By the storage service's clock, whatever was in flight when a session was ended is over by then. */
export const CALLS_LONG_OVER_MS = 120_000;

/** A lab on the fleet that takes hosts back; its brokers confirm at once what they remember. */
export function startEndLab(): Promise<Lab> {
  return startLab({ fleetName: 'playfab', settings: { BROKER_CONFIRM_SECONDS: '0' } });
}

/** Catches one broker at every point of an allocation, and ends each of the sessions at another broker. */
export async function endAtEveryPoint(
  lab: Lab,
  fate: Fate,
  other: TestBroker,
): Promise<Map<string, EndRace>> {
  const name = `allocating: ${fate}`;
  const broker = await lab.startBroker(name);
  const caught = await catchAll(lab, name, (sessionId) => askUntilOver(broker, sessionId), PAUSE_POINTS);
  const ended = await endAll(other, caught);
  if (fate === 'frozen') broker.child.kill('SIGSTOP');
  if (fate.startsWith('killed')) await kill(broker);
  for (const { letStorageGo } of caught) letStorageGo(fate === 'killed');
  await Promise.all(caught.map(({ letFleetGo }) => letFleetGo()));
  if (fate === 'frozen') {
    await sleep(LEASE_MS);
    broker.child.kill('SIGCONT');
  }
  if (fate !== 'killed') {
    await Promise.all(
      caught.map(({ sessionId }) => until(`${sessionId} is claimed`, () => lab.tables.session(sessionId))),
    );
  }
  const heard = await Promise.all(caught.map(({ caller }) => caller));
  const endedAgain = await endAll(other, caught);
  const askers = fate.startsWith('killed') ? [other] : [broker, other];
  const later = await Promise.all(caught.map(({ sessionId }) => askAgain(askers, sessionId)));
  return new Map(
    caught.map(({ point, sessionId }, at) => [
      point.name,
      {
        sessionId,
        ended: [ended[at]?.status, endedAgain[at]?.status],
        caught: heard[at],
        later: later[at] ?? [],
      },
    ]),
  );
}

/** Ends a session; repeated while it is not known whether it did. `undefined`: the broker died. */
export async function endSession(broker: TestBroker, sessionId: string): Promise<Reply | undefined> {
  const url = `${broker.url}/api/v1/allocations/${sessionId}`;
  for (let tries = 0; tries < 20; tries += 1) {
    const reply = await send(url, { method: 'DELETE' }).catch(() => undefined);
    if (reply?.status !== 503) return reply;
  }
  throw new Error('not ended in twenty tries');
}

function endAll(broker: TestBroker, caught: readonly Caught[]): Promise<(Reply | undefined)[]> {
  return Promise.all(caught.map(({ sessionId }) => endSession(broker, sessionId)));
}

/** Asks until there is a host, or it is said that there will be none. `undefined`: the broker died. */
async function askUntilOver(broker: TestBroker, sessionId: string): Promise<Reply | undefined> {
  for (let tries = 0; tries < 20; tries += 1) {
    const reply = await allocate(broker, newRequest(sessionId), { prefer: 'wait=20' }).catch(() => undefined);
    if (reply === undefined || (reply.status !== 202 && json(reply)['retryable'] !== true)) return reply;
  }
  throw new Error('no answer in twenty tries');
}

/**
 * Sweeps when the fleet has done whatever it was asked, and, by the storage service's clock, no call can be in flight any
 * more. @returns what is left of each session
 */
export async function sweepLater(
  lab: Lab,
  broker: TestBroker,
  sessionIds: readonly string[],
): Promise<Map<string, Remains>> {
  const { control } = lab.stack.fleet;
  await until('the fleet has done what it was asked', async () => {
    const { calls } = await control.report({ sessions: sessionIds });
    return calls.every(({ outcome }) => outcome !== undefined) ? true : undefined;
  });
  lab.proxy.setClockAhead(CALLS_LONG_OVER_MS);
  const status = await sweep(broker);
  lab.proxy.setClockAhead(0);
  if (status !== 200) throw new Error(`the sweep ended with ${status}`);
  const remains = sessionIds.map(async (id) => [id, await remainsOf(lab, id)] as const);
  return new Map(await Promise.all(remains));
}

/** What is there of a session now. */
export async function remainsOf({ tables, stack }: Lab, sessionId: string): Promise<Remains> {
  const [row, history, { hosts }] = await Promise.all([
    tables.session(sessionId),
    tables.attempts(sessionId),
    stack.fleet.control.report({ sessions: [sessionId] }),
  ]);
  const outcomesOf = (kind: string | undefined): unknown[] =>
    history.filter((entry) => entry['kind'] === kind).map(({ outcome }) => outcome);
  return {
    state: row?.['state'],
    endFleet: row?.['endFleet'],
    started: hosts.length,
    live: hosts.filter(({ endedAt }) => endedAt === undefined).length,
    attempts: outcomesOf(undefined),
    endings: outcomesOf('ending'),
  };
}
