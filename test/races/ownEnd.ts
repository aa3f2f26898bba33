import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { LEASE_MS } from '../../lib/broker/lease.ts';
import type { TestBroker } from '../support/e2e/broker.ts';
import { type Reply, allocate } from '../support/e2e/httpClient.ts';
import { catchAll } from './catchAll.ts';
import { CALLS_LONG_OVER_MS, endSession, type Remains, remainsOf } from './endRace.ts';
import { type Lab, kill, newRequest } from './lab.ts';
import type { PausePoint } from './pausePoints.ts';
import { askAgain } from './race.ts';

/** One between two steps of ending a session. */
interface EndPoint extends PausePoint {
  /** What is there at that moment. */
  readonly then: Pick<Remains, 'state' | 'live' | 'endings'>;
}

/** What becomes of the process that ends a session. `asked to end`: by SIGTERM. */
export type EnderFate = 'killed' | 'killed, its write lands late' | 'frozen' | 'asked to end';

/** What became of one session whose ending stood at a pause point. */
export interface OwnEnd {
  readonly sessionId: string;
  readonly then: Remains | undefined;
  /** What the process that was caught answered; `undefined`: it died. */
  readonly caught: Reply | undefined;
  /** What another one answered that was asked to end the session, where the first had not come so far. */
  readonly again: number | undefined;
  /** Whoever asks or looks afterwards. */
  readonly later: readonly Reply[];
}

const path = '/MultiplayerServer/Shutdown';
const tombstone = {
  table: 'brokersessions',
  operation: 'replace',
  row: { state: 'ended' },
  times: 1,
} as const;
const confirmation = { ...tombstone, row: { state: 'ended', endFleet: 'told' } } as const;
const opening = { table: 'brokerhistory', operation: 'insert', row: { kind: 'ending' } } as const;
const closing = { table: 'brokerhistory', operation: 'replace', row: { kind: 'ending' } } as const;
const ALLOCATED = { state: 'allocated', live: 1 };
const ENDED = { state: 'ended', endings: ['open'] };

/** Between every two steps of ending a session that has had its host for long. */
export const END_POINTS: readonly EndPoint[] = [
  {
    name: 'before the history row is opened',
    storage: { ...opening, point: 'before' },
    then: { ...ALLOCATED, endings: [] },
  },
  {
    name: 'after the history row is opened',
    storage: { ...opening, point: 'after' },
    then: { ...ALLOCATED, endings: ['open'] },
  },
  {
    name: 'before the tombstone',
    storage: { ...tombstone, point: 'before' },
    then: { ...ALLOCATED, endings: ['open'] },
  },
  { name: 'after the tombstone', storage: { ...tombstone, point: 'after' }, then: { ...ENDED, live: 1 } },
  { name: 'before the fleet is told', fleet: 'received', path, then: { ...ENDED, live: 1 } },
  {
    name: 'with the host shut down and the answer on its way',
    fleet: 'allocated',
    path,
    then: { ...ENDED, live: 0 },
  },
  {
    name: 'before what the fleet said is confirmed',
    storage: { ...confirmation, point: 'before' },
    then: { ...ENDED, live: 0 },
  },
  {
    name: 'after what the fleet said is confirmed',
    storage: { ...confirmation, point: 'after' },
    then: { ...ENDED, live: 0 },
  },
  {
    name: 'before the history row is closed',
    storage: { ...closing, point: 'before' },
    then: { ...ENDED, live: 0 },
  },
];

/** Lets one process end a session at every point, each a session of its own, and catches it there. */
export async function catchEnder(lab: Lab, fate: EnderFate, other: TestBroker): Promise<Map<string, OwnEnd>> {
  const name = `ending: ${fate}`;
  const broker = await lab.startBroker(name);
  const end = (sessionId: string): Promise<Reply | undefined> => {
    // All of them have their hosts by now, and are old enough for what the fleet says to be believed.
    lab.proxy.setClockAhead(CALLS_LONG_OVER_MS);
    return endSession(broker, sessionId);
  };
  const caught = await catchAll(lab, name, end, END_POINTS, () => allocated(other));
  const then = await Promise.all(caught.map(({ sessionId }) => remainsOf(lab, sessionId)));
  const exited = once(broker.child, 'exit');
  if (fate === 'frozen') broker.child.kill('SIGSTOP');
  if (fate === 'asked to end') broker.child.kill('SIGTERM');
  if (fate.startsWith('killed')) await kill(broker);
  const letGo = (): void => {
    for (const { letStorageGo } of caught) letStorageGo(fate === 'killed');
  };
  if (fate === 'killed' || fate === 'asked to end') letGo();
  await Promise.all(caught.map(({ letFleetGo }) => letFleetGo()));
  // Where the caller hears nothing it asks again; where there is a tombstone it need not.
  const isMissing = (at: number): boolean => fate !== 'asked to end' && then[at]?.state !== 'ended';
  const again = await Promise.all(
    caught.map(async ({ sessionId }, at) => (isMissing(at) ? endSession(other, sessionId) : undefined)),
  );
  letGo();
  if (fate === 'frozen') {
    await sleep(LEASE_MS);
    broker.child.kill('SIGCONT');
  }
  const heard = await Promise.all(caught.map(({ caller }) => caller));
  if (fate === 'asked to end') await exited;
  const later = await Promise.all(caught.map(({ sessionId }) => askAgain([other], sessionId)));
  return new Map(
    caught.map(({ point, sessionId }, at) => {
      const end = { caught: heard[at], again: again[at]?.status, later: later[at] ?? [] };
      return [point.name, { sessionId, then: then[at], ...end }];
    }),
  );
}

/** A session that has its host. */
async function allocated(broker: TestBroker): Promise<string> {
  const sessionId = randomUUID();
  await allocate(broker, newRequest(sessionId));
  return sessionId;
}
