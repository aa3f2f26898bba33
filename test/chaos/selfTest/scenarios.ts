import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallPoint } from '../../../local/fleet/faultSchema.ts';
import { seededRandom } from '../../../local/data/random.ts';
import { until } from '../harness/caller.ts';
import type { RequestRecord } from '../../support/faultProxy/requestLog.ts';
import type { SessionPlan } from '../harness/client.ts';
import type { Lab, LabBroker, LabOptions } from '../harness/lab.ts';

/** A run that is steered, step by step, to where one mistake would show. */
export interface Scenario {
  /** BROKER_FLEET_TIMEOUT_MS of its brokers: short, so that leases run out soon. */
  readonly timeoutMs: number;
  /** Default: sessionhosts, and no release that rolls out. */
  readonly lab?: Pick<LabOptions, 'fleetName' | 'rollsOut'>;
  readonly run: (lab: Lab, session: SessionPlan) => Promise<void>;
}

const SESSIONS = 'brokersessions';
const PATIENT = { waitSeconds: 20 };
const [ONE, TWO] = ['caller 1', 'caller 2'];

export function newSession(): SessionPlan {
  return { sessionId: randomUUID(), gameMode: 'duel' };
}

/** One broker dies in a fleet call; two others find its lease run out, and both try to take the session over. */
export const rivalTakers: Scenario = {
  // Half of it is what two brokers that look at the session in turn may be apart, before the first renews its lease.
  timeoutMs: 3_000,
  async run(lab, session) {
    const dead = await lab.startBroker();
    const [one, other] = await Promise.all([lab.startBroker(), lab.startBroker()]);
    await dieInCall(lab, dead, session, 'received');
    const takeOvers = [one, other].map((broker) =>
      lab.proxy.hold({ ...claimsOf(broker), operation: 'replace', point: 'before' }),
    );
    const answers = [
      lab.post(one, session, { ...PATIENT, caller: ONE }),
      lab.post(other, session, { ...PATIENT, caller: TWO }),
    ];
    const held = await Promise.all(takeOvers.map((takeOver) => takeOver.waitForHeld(1, 15_000)));
    // Whoever believes that the session is its own is kept at the fleet until all who do are there.
    await lab.fleet.hold({ point: 'received' });
    for (const takeOver of takeOvers) takeOver.release();
    const landed = (await done(lab, held.flat())).filter(({ status }) => status === 204);
    await lab.fleet.waitForParked(new Set(landed.map(({ client }) => client)).size);
    await lab.fleet.release();
    await Promise.all(answers);
    await finish(lab, one, session, [ONE, TWO]);
  },
};

/** A broker dies in a fleet call that has started a host; the one that takes over has the game's next release. */
export const releasedMeanwhile: Scenario = {
  timeoutMs: 1_000,
  lab: { fleetName: 'playfab', rollsOut: true },
  async run(lab, session) {
    const dead = await lab.startBroker();
    const next = await lab.startBroker();
    await dieInCall(lab, dead, session, 'allocated');
    await finish(lab, next, session, [ONE]);
  },
};

/** A settling write is under way for so long that another broker has settled when it arrives. */
export const lateSettle: Scenario = {
  timeoutMs: 1_000,
  async run(lab, session) {
    const [slow, quick] = await Promise.all([lab.startBroker(), lab.startBroker()]);
    const settling = lab.proxy.hold({ ...settlesOf(slow), point: 'before' });
    // Over before the other has the host, and long enough for a process that has just started.
    const first = lab.post(slow, session, { waitSeconds: 3, caller: ONE });
    await settling.waitForHeld();
    await lab.post(quick, session, { ...PATIENT, caller: TWO });
    await first;
    const late = settling.held;
    settling.release();
    await done(lab, late);
    await finish(lab, slow, session, [ONE, TWO]);
  },
};

/** A broker has an answer of the fleet's, and cannot write it until another has settled with another answer. */
export const superseded: Scenario = {
  timeoutMs: 1_000,
  async run(lab, session) {
    const [stuck, quick] = await Promise.all([lab.startBroker(), lab.startBroker()]);
    const unstick = lab.proxy.inject({ match: settlesOf(stuck), fault: { type: 'status', status: 500 } });
    const first = lab.post(stuck, session, { ...PATIENT, caller: ONE });
    await reached(() => lab.proxy.counts().byFault['status-500'] !== undefined);
    await lab.post(quick, session, { ...PATIENT, caller: TWO });
    unstick();
    await first;
    await finish(lab, quick, session, [ONE, TWO]);
  },
};

/** The writes before the fleet call take longer than the lease. */
export const leaseRunsOutFirst: Scenario = {
  timeoutMs: 500,
  async run(lab, session) {
    const broker = await lab.startBroker();
    for (const table of [SESSIONS, 'brokerhistory']) {
      // Together longer than the lease of 3.5 s, each shorter than the broker waits for one operation.
      const match = { operation: 'insert', table } as const;
      lab.proxy.inject({ match, fault: { type: 'delay', ms: 1_900 }, times: 1 });
    }
    await finish(lab, broker, session, [ONE]);
  },
};

export const nothingSpecial: Scenario = {
  timeoutMs: 1_000,
  async run(lab, session) {
    await finish(lab, await lab.startBroker(), session, [ONE]);
  },
};

/** A late joiner's broker cannot read the session's row. */
export const storageDown: Scenario = {
  timeoutMs: 1_000,
  async run(lab, session) {
    const [broker, cut] = await Promise.all([lab.startBroker(), lab.startBroker()]);
    await finish(lab, broker, session, [ONE]);
    const match = { client: cut.name, operation: 'read' } as const;
    const heal = lab.proxy.inject({ match, fault: { type: 'status', status: 500 } });
    await lab.get(cut, session.sessionId, { caller: TWO });
    heal();
    await finish(lab, cut, session, [TWO]);
  },
};

/** The claim lands, its answer is lost, and its repetition is refused because of it. */
export const claimAnswerLost: Scenario = {
  timeoutMs: 1_000,
  async run(lab, session) {
    const broker = await lab.startBroker();
    const match = { operation: 'insert', table: SESSIONS, partitionKey: session.sessionId } as const;
    lab.proxy.inject({ match, fault: { type: 'reset-after' }, times: 1 });
    await finish(lab, broker, session, [ONE]);
  },
};

/** The broker's call for the session is at the point when it dies; after that the fleet goes on. */
async function dieInCall(lab: Lab, broker: LabBroker, session: SessionPlan, point: CallPoint): Promise<void> {
  await lab.fleet.hold({ point });
  const asked = lab.post(broker, session, { ...PATIENT, caller: ONE });
  await lab.fleet.waitForParked();
  await broker.kill();
  await asked;
  await lab.fleet.release();
}

function settlesOf({ name }: LabBroker) {
  return { client: name, table: SESSIONS, row: { state: 'allocated' } } as const;
}

function claimsOf({ name }: LabBroker) {
  return { client: name, table: SESSIONS, row: { state: 'claimed' } } as const;
}

/** The requests that were let go, each with what the service said to it. */
async function done(lab: Lab, letGo: readonly { readonly id: number }[]): Promise<readonly RequestRecord[]> {
  const ids = new Set(letGo.map(({ id }) => id));
  const records = lab.proxy.requests.filter(({ id }) => ids.has(id));
  await reached(() => records.every(({ doneAt }) => doneAt !== undefined));
  return records;
}

/** Every caller asks until it has the host, and then sees what the session's row says. */
async function finish(
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

async function reached(state: () => boolean): Promise<void> {
  while (!state()) await sleep(20);
}
