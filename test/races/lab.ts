import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { LOCAL_GAME_MODES } from '../../local/brokerSettings.ts';
import { type Stack, startStack } from '../../local/stack.ts';
import { type TestBroker, startBroker } from '../support/e2e/broker.ts';
import { type Reply, allocate, send } from '../support/e2e/httpClient.ts';
import { type Tables, tablesOf } from '../support/e2e/tables.ts';
import { FaultProxy } from '../support/faultProxy/faultProxy.ts';

/** The whole stack, with every broker's storage behind a proxy that can stop any request on its way. */
export interface Lab {
  readonly stack: Stack;
  readonly proxy: FaultProxy;
  /** Reads the tables past the proxy. */
  readonly tables: Tables;
  /** @param name of its endpoint at the proxy */
  startBroker(name: string): Promise<TestBroker>;
  stop(): Promise<void>;
}

/** Those of the local stack, and two that gather their callers. */
const GAME_MODES = JSON.stringify({
  ...LOCAL_GAME_MODES,
  gathering: { ...LOCAL_GAME_MODES.duel, gather: { windowMs: 1_500 } },
  gatheringLong: { ...LOCAL_GAME_MODES.duel, gather: { windowMs: 5_000 } },
});

export interface LabOptions {
  /** Default: sessionhosts. */
  readonly fleetName?: 'playfab';
  /** Of every broker, on top of the usual ones. */
  readonly settings?: Readonly<Record<string, string>>;
}

export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const { fleetName } = options;
  const stack = await startStack(fleetName === undefined ? {} : { fleetName });
  const proxy = new FaultProxy(stack.azurite.tableUrl);
  return {
    stack,
    proxy,
    tables: tablesOf(stack.azurite.connectionString),
    startBroker: async (name) => {
      const { connectionString } = await proxy.endpoint(name);
      const own = { BrokerStorage: connectionString, BROKER_GAME_MODES: GAME_MODES };
      const settings = { ...own, ...options.settings };
      const broker = await startBroker(stack, { settings });
      // The tables are made, and everything is loaded, before the first race.
      await allocate(broker, newRequest());
      return broker;
    },
    stop: async () => {
      await stack.stop();
      await proxy.stop();
    },
  };
}

/** A test file's lab, and the broker that the next callers ask. */
export interface Races {
  readonly lab: Lab;
  readonly other: TestBroker;
}

/** Starts them before the file's tests, and stops them afterwards: what it returns is filled in by then. */
export function startedLab(start: () => Promise<Lab> = startLab): Races {
  const started = {} as { lab: Lab; other: TestBroker };
  beforeAll(async () => {
    started.lab = await start();
    started.other = await started.lab.startBroker('other');
  });
  afterAll(() => started.lab.stop());
  return started;
}

export function newRequest(sessionId: string = randomUUID()): { sessionId: string; gameMode: string } {
  return { sessionId, gameMode: 'duel' };
}

/** What a client is told in the end: it repeats what may be repeated, at the same broker. `undefined`: its broker died. */
export async function askUntilHost(
  broker: TestBroker,
  sessionId: string,
  over: object = {},
): Promise<Reply | undefined> {
  const request = { ...newRequest(sessionId), ...over };
  for (let tries = 0; tries < 20; tries += 1) {
    const reply = await allocate(broker, request, { prefer: 'wait=20' }).catch(() => undefined);
    if (reply === undefined || reply.status === 200 || reply.status === 201) return reply;
    const { retryable = true } = JSON.parse(reply.text) as { retryable?: boolean };
    if (!retryable) throw new Error(`${reply.status} ${reply.text}`);
  }
  throw new Error('no host in twenty tries');
}

export async function kill(broker: TestBroker): Promise<void> {
  broker.child.kill('SIGKILL');
  await once(broker.child, 'exit');
}

/** Runs the sweep by hand: over everything there is. */
export async function sweep(broker: TestBroker): Promise<number> {
  const run = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
  return (await send(`${broker.url}/admin/functions/sweep?wait=true`, run)).status;
}
