import { finish, ONE, type Scenario } from './steps.ts';

const lab = { next: { fleetName: 'playfab' } } as const;

/** The first fleet has no host to give, and the second one has. */
export const overflows: Scenario = {
  timeoutMs: 1_000,
  lab,
  async run(both, session) {
    const broker = await both.startBroker();
    await both.fleet.faults.set({ action: { type: 'no-capacity' } });
    await finish(both, broker, session, [ONE]);
  },
};

/** The first fleet's answer to a call is lost, and to the next one it says that it has no host to give. */
export const dryAfterLoss: Scenario = {
  timeoutMs: 1_000,
  lab,
  async run(both, session) {
    const broker = await both.startBroker();
    await both.fleet.faults.set({ action: { type: 'reset' }, times: 1 }, { action: { type: 'no-capacity' } });
    await both.post(broker, session, { waitSeconds: 5, caller: ONE });
    await both.fleet.faults.clear();
    await finish(both, broker, session, [ONE]);
  },
};
