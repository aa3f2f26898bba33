import { setTimeout as sleep } from 'node:timers/promises';
import { done, finish, ONE, parked, PATIENT, type Scenario, SESSIONS, TWO } from './steps.ts';

const fleetName = 'playfab';

/** Of an instance's memory, in these: long enough for two requests. */
const CONFIRM_SECONDS = 1;

/** A session without a host is to be ended; another broker gets its host before the write that ends it arrives. */
export const hostMeanwhile: Scenario = {
  timeoutMs: 1_000,
  lab: { fleetName },
  thenSweep: true,
  async run(lab, session) {
    const [ending, asking] = await Promise.all([lab.startBroker(), lab.startBroker()]);
    const { sessionId } = session;
    await lab.fleet.faults.set({ match: { sessionId }, action: { type: 'no-capacity' } });
    await lab.post(asking, session, { caller: ONE });
    await lab.fleet.faults.clear();
    const match = { client: ending.name, table: SESSIONS, row: { state: 'ended' }, times: 1 } as const;
    const tombstone = lab.proxy.hold({ ...match, point: 'before' });
    const ended = lab.end(ending, sessionId, { caller: TWO });
    await tombstone.waitForHeld();
    await lab.post(asking, session, { ...PATIENT, caller: ONE });
    const late = tombstone.held;
    tombstone.release();
    await done(lab, late);
    await ended;
    // The session was begun anew meanwhile: whoever ends it is asked to repeat that.
    await lab.end(ending, sessionId, { caller: TWO });
    await finish(lab, ending, session, [ONE]);
  },
};

/** A session is ended at one broker, and its players ask on at another, which knows its host. */
export const endedElsewhere: Scenario = {
  timeoutMs: 1_000,
  lab: { fleetName, confirmSeconds: CONFIRM_SECONDS },
  async run(lab, session) {
    const [ending, remembering] = await Promise.all([lab.startBroker(), lab.startBroker()]);
    await lab.post(remembering, session, { ...PATIENT, caller: ONE });
    await lab.end(ending, session.sessionId, { caller: TWO });
    await sleep(CONFIRM_SECONDS * 1_000 + 100);
    await lab.post(remembering, session, { ...PATIENT, caller: ONE });
  },
};

/** A session is ended while a call for its host is in flight, whose broker dies; then the fleet starts the host. */
export const hostAfterEnd: Scenario = {
  timeoutMs: 8_000,
  lab: { fleetName },
  thenSweep: true,
  async run(lab, session) {
    const [asking, ending] = await Promise.all([lab.startBroker(), lab.startBroker()]);
    const asked = await parked(lab, asking, session);
    await lab.end(ending, session.sessionId, { caller: TWO });
    await asking.kill();
    await asked.answer;
    await lab.fleet.release();
    while ((await lab.fleet.report()).hosts.length === 0) await sleep(20);
    await finish(lab, ending, session, [ONE]);
  },
};
