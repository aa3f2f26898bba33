import { randomUUID } from 'node:crypto';
import type { TestBroker } from '../support/e2e/broker.ts';
import { type Reply, allocate, find } from '../support/e2e/httpClient.ts';
import { until } from '../support/e2e/until.ts';
import type { Hold } from '../support/faultProxy/holds.ts';
import { type Lab, askUntilHost, kill, newRequest } from './lab.ts';
import { type PausePoint, PAUSE_POINTS } from './pausePoints.ts';

/**
 * - `killed`: what was on its way to storage is lost with the process.
 * - `killed, its write lands late`: it arrives when the session has its host from somebody else.
 * - `frozen`: the process stands still until then, and goes on.
 */
export type Fate = 'killed' | 'killed, its write lands late' | 'frozen';

/** One session that is to be caught at one pause point. */
interface Planned {
  readonly point: PausePoint;
  readonly sessionId: string;
}

/** Something that stops at a pause point. */
interface HeldPoint {
  reached(): Promise<unknown>;
  /** @param dropped what is held never arrives; else it goes on, sender or no sender */
  letGo(dropped: boolean): Promise<void>;
}

type Held = Planned & HeldPoint;
type Caught = Held & { readonly caller: Promise<Reply | undefined> };

/** What became of one session whose broker was caught at a pause point. */
export interface Race {
  readonly then: PausePoint['then'];
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
  const caught = await catchAll(lab, name, broker);
  if (fate === 'frozen') broker.child.kill('SIGSTOP');
  else await kill(broker);
  const snapshots = await Promise.all(caught.map(({ sessionId }) => snapshot(lab, sessionId)));
  if (fate === 'killed') await Promise.all(caught.map(({ letGo }) => letGo(true)));
  else await letFleetGo(caught);
  const next = await Promise.all(caught.map(({ sessionId }) => askUntilHost(other, sessionId)));
  if (fate !== 'killed') await Promise.all(caught.map(({ letGo }) => letGo(false)));
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

async function catchAll(lab: Lab, client: string, broker: TestBroker): Promise<Caught[]> {
  const planned = PAUSE_POINTS.map((point) => ({ point, sessionId: randomUUID() }));
  // Throttled: the call came to nothing, and the session has no host.
  const secondCalls = planned.filter(({ point }) => point.secondCall === true);
  await lab.stack.fleet.control.faults.set(
    ...secondCalls.map(({ sessionId }) => ({
      match: { sessionId },
      times: 1,
      action: { type: 'status' as const, status: 429 },
    })),
  );
  const holding = async (one: Planned): Promise<Held> => ({
    ...one,
    ...(await hold(lab, client, one.point, one.sessionId)),
  });
  const held = await Promise.all(planned.map(holding));
  const bring = async (some: readonly Held[]): Promise<Caught[]> => {
    const here = some.map((one) => ({ ...one, caller: askUntilHost(broker, one.sessionId) }));
    await Promise.all(here.map(({ reached }) => reached()));
    return here;
  };
  // A fleet call is cut at its time-out, so those are caught last.
  const inStorage = await bring(held.filter(({ point }) => point.fleet === undefined));
  const inFleet = await bring(held.filter(({ point }) => point.fleet !== undefined));
  return [...inStorage, ...inFleet];
}

async function hold(lab: Lab, client: string, point: PausePoint, sessionId: string): Promise<HeldPoint> {
  const { proxy, stack } = lab;
  if (point.storage !== undefined) {
    const held: Hold = proxy.hold({
      ...point.storage,
      client,
      where: ({ row }) => row?.['PartitionKey'] === sessionId || row?.['sessionId'] === sessionId,
    });
    const letGo = (dropped: boolean): Promise<void> => {
      held.release(dropped ? { type: 'reset-before' } : undefined);
      return Promise.resolve();
    };
    return { reached: () => held.waitForHeld(), letGo };
  }
  const { control } = stack.fleet;
  const { holdId } = await control.hold({ match: { sessionId }, point: point.fleet ?? 'received' });
  return {
    reached: () =>
      until(`the fleet has the call of ${sessionId}`, async () => {
        const parked = await control.waitForParked(1);
        return parked.find((call) => call.holdId === holdId);
      }),
    letGo: async () => {
      await control.release({ holdId });
    },
  };
}

/** The fleet goes on whatever becomes of a caller. */
async function letFleetGo(caught: readonly Caught[]): Promise<void> {
  await Promise.all(caught.filter(({ point }) => point.fleet !== undefined).map(({ letGo }) => letGo(false)));
}

async function snapshot({ tables, stack }: Lab, sessionId: string): Promise<PausePoint['then']> {
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

async function askAgain(brokers: readonly TestBroker[], sessionId: string): Promise<Reply[]> {
  const replies = brokers.flatMap((broker) => [
    allocate(broker, newRequest(sessionId)),
    find(broker, sessionId),
  ]);
  return Promise.all(replies);
}
