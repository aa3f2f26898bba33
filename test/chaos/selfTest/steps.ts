import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../../local/data/random.ts';
import type { CallPoint } from '../../../local/fleet/faultSchema.ts';
import type { RequestRecord } from '../../support/faultProxy/requestLog.ts';
import type { RequestMatch } from '../../support/faultProxy/tableRequest.ts';
import { until } from '../harness/caller.ts';
import type { SessionPlan } from '../harness/client.ts';
import type { CallerAnswer } from '../harness/evidence.ts';
import type { Lab, LabOptions } from '../harness/lab.ts';
import type { LabBroker } from '../harness/labBroker.ts';

/** A run that is steered, step by step, to where one mistake would show. */
export interface Scenario {
  /** BROKER_FLEET_TIMEOUT_MS of its brokers: short, so that leases run out soon. */
  readonly timeoutMs: number;
  /** Default: sessionhosts, and no release that rolls out. */
  readonly lab?: Pick<LabOptions, 'fleetName' | 'next' | 'rollsOut' | 'confirmSeconds'>;
  /** Whether a sweep is to follow, when no call can be in flight any more: only then is all that a sweep makes true checked. */
  readonly thenSweep?: true;
  readonly run: (lab: Lab, session: SessionPlan) => Promise<void>;
}

export const SESSIONS = 'brokersessions';
export const PATIENT = { waitSeconds: 20 };
export const [ONE, TWO] = ['caller 1', 'caller 2'];

export function newSession(): SessionPlan {
  return { sessionId: randomUUID(), gameMode: 'duel' };
}

/** The broker's call for the session is at the point when it dies; after that the fleet goes on. */
export async function dieInCall(
  lab: Lab,
  broker: LabBroker,
  session: SessionPlan,
  point: CallPoint,
): Promise<void> {
  await lab.fleet.hold({ point });
  const asked = lab.post(broker, session, { ...PATIENT, caller: ONE });
  await lab.fleet.waitForParked();
  await broker.kill();
  await asked;
  await lab.fleet.release();
}

/** Asks for the session, and resolves when the broker's call has arrived at the fleet, which keeps it. */
export async function parked(
  lab: Lab,
  broker: LabBroker,
  session: SessionPlan,
  caller = ONE,
): Promise<{ readonly answer: Promise<CallerAnswer> }> {
  await lab.fleet.hold({ point: 'received' });
  const answer = lab.post(broker, session, { ...PATIENT, caller });
  await lab.fleet.waitForParked();
  return { answer };
}

export function settlesOf({ name }: LabBroker): RequestMatch {
  return { client: name, table: SESSIONS, row: { state: 'allocated' } };
}

export function claimsOf({ name }: LabBroker): RequestMatch {
  return { client: name, table: SESSIONS, row: { state: 'claimed' } };
}

/** The requests that were let go, each with what the service said to it. */
export async function done(
  lab: Lab,
  letGo: readonly { readonly id: number }[],
): Promise<readonly RequestRecord[]> {
  const ids = new Set(letGo.map(({ id }) => id));
  const records = lab.proxy.requests.filter(({ id }) => ids.has(id));
  await reached(() => records.every(({ doneAt }) => doneAt !== undefined));
  return records;
}

/** Every caller asks until it has the host, and then sees what the session's row says. */
export async function finish(
  lab: Lab,
  broker: LabBroker,
  session: SessionPlan,
  callers: readonly string[],
): Promise<void> {
  for (const caller of callers) {
    await until(lab, seededRandom(1), () => lab.post(broker, session, { ...PATIENT, caller }));
    await lab.get(broker, session.sessionId, { caller });
  }
}

export async function reached(state: () => boolean): Promise<void> {
  while (!state()) await sleep(20);
}
