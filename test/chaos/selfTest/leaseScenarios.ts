import { LEASE_MS } from '../../../lib/broker/lease.ts';
import type { Lab } from '../harness/lab.ts';
import {
  claimsOf,
  done,
  finish,
  ONE,
  parked,
  PATIENT,
  type Scenario,
  SESSIONS,
  settlesOf,
  TWO,
} from './steps.ts';

/** No call of these ends at its time-out: the lease, or the end of the process, is what ends it. */
const timeoutMs = 8_000;

/** Until another broker has taken over for certain: the lease, and the whole second of the storage service's clock. */
const TAKEN_OVER_MS = LEASE_MS + 1_500;

/** A fleet call takes longer than a lease, and a second broker waits for it to end. */
export const longCall: Scenario = {
  timeoutMs,
  async run(lab, session) {
    const [holder, waiting] = await Promise.all([lab.startBroker(), lab.startBroker()]);
    const first = await parked(lab, holder, session);
    const second = lab.post(waiting, session, { ...PATIENT, caller: TWO });
    await arrives(lab, 2, TAKEN_OVER_MS);
    await lab.fleet.release();
    await Promise.all([first.answer, second]);
    await finish(lab, waiting, session, [ONE, TWO]);
  },
};

/** The storage service fails a broker in the middle of its fleet call, and answers another, which waits. */
export const storageLostInCall: Scenario = {
  timeoutMs,
  async run(lab, session) {
    const [holder, waiting] = await Promise.all([lab.startBroker(), lab.startBroker()]);
    const first = await parked(lab, holder, session);
    const heal = lab.proxy.inject({ match: { client: holder.name }, fault: { type: 'status', status: 500 } });
    const second = lab.post(waiting, session, { ...PATIENT, caller: TWO });
    await lab.fleet.waitForParked(2);
    heal();
    await lab.fleet.release();
    await Promise.all([first.answer, second]);
    await finish(lab, waiting, session, [ONE, TWO]);
  },
};

/** A renewal is under way for as long as the lease allows, while another broker watches the row. */
export const lateRenewal: Scenario = {
  timeoutMs,
  async run(lab, session) {
    const [holder, watcher] = await Promise.all([lab.startBroker(), lab.startBroker()]);
    const renewal = lab.proxy.hold({ ...claimsOf(holder), operation: 'replace', point: 'before' });
    const first = await parked(lab, holder, session);
    const second = lab.post(watcher, session, { ...PATIENT, caller: TWO });
    await arrives(lab, 2, LEASE_MS - 800);
    renewal.release();
    await lab.fleet.release();
    await Promise.all([first.answer, second]);
    await finish(lab, watcher, session, [ONE, TWO]);
  },
};

/** A broker ends in order, and what it writes to let its session go arrives when another has taken it over. */
export const lateRelease: Scenario = {
  timeoutMs,
  async run(lab, session) {
    const [ending, heir, third] = await Promise.all([
      lab.startBroker(),
      lab.startBroker(),
      lab.startBroker(),
    ]);
    const first = await parked(lab, ending, session);
    const match = { client: ending.name, table: SESSIONS, row: { state: 'released' } } as const;
    const releasing = lab.proxy.hold({ ...match, point: 'before' });
    const ended = ending.stop();
    await releasing.waitForHeld();
    const second = lab.post(heir, session, { ...PATIENT, caller: TWO });
    await lab.fleet.waitForParked(2);
    // The heir cannot hear that its claim was written over while a third goes on from the release.
    const renewals = lab.proxy.hold({ ...claimsOf(heir), point: 'before' });
    const late = releasing.held;
    releasing.release();
    const landed = (await done(lab, late)).some(({ status }) => status === 204);
    const last = lab.post(third, session, { ...PATIENT, caller: TWO });
    if (landed) await lab.fleet.waitForParked(3);
    renewals.release();
    await lab.fleet.release();
    await Promise.all([first.answer, ended, second, last]);
    await finish(lab, third, session, [ONE, TWO]);
  },
};

/** A broker is asked to end while the fleet does not answer it. */
export const endsInCall: Scenario = {
  timeoutMs,
  async run(lab, session) {
    const [ending, next] = await Promise.all([lab.startBroker(), lab.startBroker()]);
    const first = await parked(lab, ending, session);
    await ending.stop();
    await lab.fleet.release();
    await first.answer;
    await finish(lab, next, session, [ONE]);
  },
};

/** The session is forgotten, and begun anew by another broker, before what an attempt settles arrives. */
export const forgottenMeanwhile: Scenario = {
  timeoutMs,
  async run(lab, session) {
    const [former, later] = await Promise.all([lab.startBroker(), lab.startBroker()]);
    const settling = lab.proxy.hold({ ...settlesOf(former), point: 'before' });
    const first = lab.post(former, session, { waitSeconds: 3, caller: ONE });
    await settling.waitForHeld();
    await lab.forget(session.sessionId);
    const second = await parked(lab, later, session, TWO);
    settling.release();
    await first;
    await lab.fleet.release();
    await second.answer;
    await finish(lab, later, session, [ONE, TWO]);
  },
};

/** Resolves when so many calls are at the fleet, or it is sure that they never will be. */
async function arrives(lab: Lab, count: number, withinMs: number): Promise<void> {
  await lab.fleet.waitForParked(count, withinMs).catch(() => undefined);
}
