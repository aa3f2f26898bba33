import type { Hold } from '../../support/faultProxy/holds.ts';
import {
  claimsOf,
  dieInCall,
  done,
  finish,
  ONE,
  PATIENT,
  reached,
  type Scenario,
  SESSIONS,
  settlesOf,
  TWO,
} from './steps.ts';

/** One broker dies in a fleet call; two others find its lease run out, and the slower one's take-over comes late. */
export const rivalTakers: Scenario = {
  timeoutMs: 8_000,
  async run(lab, session) {
    const dead = await lab.startBroker();
    const [quick, slow] = await Promise.all([lab.startBroker(), lab.startBroker()]);
    await dieInCall(lab, dead, session, 'received');
    const [takeOver, late] = [quick, slow].map((broker) =>
      lab.proxy.hold({ ...claimsOf(broker), operation: 'replace', point: 'before' }),
    ) as [Hold, Hold];
    const answers = [
      lab.post(quick, session, { ...PATIENT, caller: ONE }),
      lab.post(slow, session, { ...PATIENT, caller: TWO }),
    ];
    await Promise.all([takeOver.waitForHeld(), late.waitForHeld()]);
    await lab.fleet.hold({ point: 'received' });
    takeOver.release();
    await lab.fleet.waitForParked();
    // The quick one cannot hear that its claim was written over while both are at the fleet.
    const renewals = lab.proxy.hold({ ...claimsOf(quick), point: 'before' });
    const { held } = late;
    late.release();
    const landed = (await done(lab, held)).some(({ status }) => status === 204);
    if (landed) await lab.fleet.waitForParked(2);
    renewals.release();
    await lab.fleet.release();
    await Promise.all(answers);
    await finish(lab, quick, session, [ONE, TWO]);
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
      // Together longer than the lease, each shorter than the broker waits for one operation.
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
