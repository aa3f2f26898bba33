import type { TestBroker } from '../support/e2e/broker.ts';
import { type Reply, allocate, find } from '../support/e2e/httpClient.ts';
import { catchAll } from './catchAll.ts';
import { type Lab, askUntilHost, kill, newRequest } from './lab.ts';
import { type AllocationPoint, PAUSE_POINTS } from './pausePoints.ts';

/**
 * - `killed`: what was on its way to storage is lost with the process.
 * - `killed, its write lands late`: it arrives when the session has its host from somebody else.
 * - `frozen`: the process stands still until then, and goes on.
 */
export type Fate = 'killed' | 'killed, its write lands late' | 'frozen';

/** What became of one session whose broker was caught at a pause point. */
export interface Race {
  readonly then: AllocationPoint['then'];
  /** The caller of the broker that was caught; a killed one never answers. */
  readonly caught: Reply | undefined;
  /** The next caller, at another broker. */
  readonly next: Reply | undefined;
  /** Everybody after that, at either broker, and whoever only looks. */
  readonly later: readonly Reply[];
}

/**
 * Catches one broker at every pause point at once, each with a session of its own, and lets that one process die or
 * stand still there; then the next caller of each session asks another broker.
 */
export async function raceAll(lab: Lab, fate: Fate, other: TestBroker): Promise<Map<string, Race>> {
  const name = `caught: ${fate}`;
  const broker = await lab.startBroker(name);
  const caught = await catchAll(lab, name, (sessionId) => askUntilHost(broker, sessionId), PAUSE_POINTS);
  if (fate === 'frozen') broker.child.kill('SIGSTOP');
  else await kill(broker);
  const snapshots = await Promise.all(caught.map(({ sessionId }) => snapshot(lab, sessionId)));
  if (fate === 'killed') for (const { letStorageGo } of caught) letStorageGo(true);
  // The fleet goes on whatever becomes of a caller.
  await Promise.all(caught.map(({ letFleetGo }) => letFleetGo()));
  const next = await Promise.all(caught.map(({ sessionId }) => askUntilHost(other, sessionId)));
  if (fate !== 'killed') for (const { letStorageGo } of caught) letStorageGo(false);
  if (fate === 'frozen') broker.child.kill('SIGCONT');
  const told = await Promise.all(caught.map(({ caller }) => caller));
  const askers = fate === 'frozen' ? [broker, other] : [other];
  const later = await Promise.all(caught.map(({ sessionId }) => askAgain(askers, sessionId)));
  return new Map(
    caught.map(({ point }, at) => [
      point.name,
      { then: snapshots[at] ?? point.then, caught: told[at], next: next[at], later: later[at] ?? [] },
    ]),
  );
}

async function snapshot({ tables, stack }: Lab, sessionId: string): Promise<AllocationPoint['then']> {
  const [row, attempts, report] = await Promise.all([
    tables.session(sessionId),
    tables.attempts(sessionId),
    stack.fleet.control.report({ sessions: [sessionId] }),
  ]);
  return {
    state: row?.['state'] as string | undefined,
    history: attempts.map(({ outcome }) => String(outcome)),
    hosts: report.hosts.length,
  };
}

/** Everybody who asks or looks afterwards. */
export async function askAgain(brokers: readonly TestBroker[], sessionId: string): Promise<Reply[]> {
  const replies = brokers.flatMap((broker) => [
    allocate(broker, newRequest(sessionId)),
    find(broker, sessionId),
  ]);
  return Promise.all(replies);
}
