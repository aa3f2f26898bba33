import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pc from 'picocolors';
import type { FleetName } from '../../lib/fleets/fleet.ts';
import { spawnAzurite } from '../azurite/spawn.ts';
import { LOCAL_BUILDS, LOCAL_FLEET_TOKEN, localBrokerSettings } from '../brokerSettings.ts';
import type { SpawnOptions } from '../fleet/spawn.ts';
import { type FolderLock, lockFolder } from '../folderLock.ts';
import type { SpawnedHost } from '../functionsHost/spawn.ts';
import { mustBeFree, orFree } from '../ports.ts';
import { STATE_FOLDER } from '../runningStack.ts';
import { shellSettings } from '../shellSettings.ts';
import { type FleetChoice, type Stack, startStack } from '../stack.ts';
import { type LocalAuth, prepareAuth } from './auth.ts';
import { build } from './build.ts';
import { curl, curlLine, endLine } from './curlLine.ts';
import { type Flags, faultOfFleet, PORTS } from './flags.ts';
import { quietTraffic } from './traffic.ts';

const ROOT = join(import.meta.dirname, '../..');
const STATE = join(ROOT, STATE_FOLDER);

/** How a start is ended: what it has begun adds how that stops, and whatever must not end alone ends all. */
export interface Ending {
  readonly onStop: (stop: () => Promise<void>) => void;
  readonly stopAll: (code: number) => Promise<never>;
}

/** Starts the stack that the flags ask for, and says where each part of it is. @throws Error that says what to do */
export async function bringUp(flags: Flags, ending: Ending): Promise<void> {
  // Before the build: it would replace the file that the broker of a running stack serves.
  const lock = await lockFolder(STATE);
  ending.onStop(() => {
    lock.release();
    return Promise.resolve();
  });
  await mustBeFree(flags.port, '--port');
  await mustBeFree(flags.tablePort ?? 0, '--table-port');
  await mustBeFree(flags.fleetPort ?? 0, '--fleet-port');
  if (flags.withoutBroker) return partsForFunc(flags, lock, ending);
  await build(ROOT, ending.onStop);
  step('Build', 'dist/main.cjs');

  const stack = await startParts(flags, ending);
  const auth = await prepareAuth(flags.auth, process.env, STATE);
  const { issuer } = auth;
  if (issuer !== undefined) step('Issuer', `${issuer.url}  (another token: ${auth.tokenUrl})`);
  const host = await startBroker(flags, stack, auth);
  for (const child of [stack.azurite, stack.fleet, stack.next, host].flatMap((part) => part?.child ?? [])) {
    child.once('exit', () => {
      if (child !== stack.azurite.child || flags.fault !== 'no-tables') void ending.stopAll(1);
    });
  }
  if (flags.fault !== 'bad-setting') await mustBeReady(host.url, auth);
  step('Broker', host.url);
  const key = auth.keys === undefined ? '' : `  (its key: ${auth.keys.functions.history})`;
  step('Page', `${host.url}/api/ops${key}`);
  lock.publish({
    url: host.url,
    connectionString: stack.azurite.connectionString,
    ...(auth.keys !== undefined && auth.asksForKey && { functionKey: auth.keys.functions.allocations }),
    ...(issuer !== undefined && { issuer: issuer.url }),
  });
  await printLines(host.url, auth, flags.session);
  if (stack.next !== undefined) printDryLines(stack.fleet.url, flags.fleet);
  await breakParts(flags, stack, auth);
}

/** The tables and the simulated fleet. */
async function startParts(flags: Flags, { onStop }: Ending): Promise<Stack> {
  const { standingBy, activationMs } = flags;
  const [fleet, next] = flags.fleet;
  const folder = join(STATE, 'tables');
  if (flags.fresh) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const port = flags.fleetPort ?? (await orFree(PORTS.fleet));
  const common = { standingBy, activationMs };
  const first = { ...common, port, qosUdpPort: 0, fault: faultOfFleet(flags) };
  const second = next && fleetChoice(next, { ...common, port: await orFree(PORTS.next) });
  const tablePort = flags.tablePort ?? (await orFree(PORTS.tables));
  const stack = await startStack({
    azurite: { folder, ...(tablePort !== 0 && { port: tablePort }) },
    fleetToken: LOCAL_FLEET_TOKEN,
    ...fleetChoice(fleet, first),
    ...(second !== undefined && { next: second }),
  });
  onStop(() => stack.stop());
  step('Tables', stack.azurite.tableUrl);
  for (const [name, simulator] of [[fleet, stack.fleet] as const, [next, stack.next] as const]) {
    if (simulator === undefined) continue;
    step('Fleet', `${simulator.url}  (${name}; its report: ${simulator.url}/_control/report)`);
  }
  return stack;
}

function fleetChoice(fleetName: FleetName, fleet: SpawnOptions): FleetChoice {
  return fleetName === 'playfab'
    ? { fleetName, fleet: { ...fleet, build: LOCAL_BUILDS } }
    : { fleetName, fleet };
}

/** The tables, blobs for the host's timers, and the fleet, all where local.settings.sample.json looks for them. */
async function partsForFunc(flags: Flags, lock: FolderLock, ending: Ending): Promise<void> {
  for (const port of [PORTS.blobs, PORTS.tables, PORTS.fleet]) await mustBeFree(port);
  const stack = await startParts(flags, ending);
  const folder = join(STATE, 'blobs');
  mkdirSync(folder, { recursive: true });
  const blobs = await spawnAzurite({ service: 'blob', port: PORTS.blobs, folder });
  ending.onStop(() => blobs.stop());
  for (const child of [stack.azurite, blobs, stack.fleet, stack.next].flatMap((part) => part?.child ?? []))
    child.once('exit', () => void ending.stopAll(1));
  lock.publish({ connectionString: stack.azurite.connectionString });
  console.log(
    '\nNow start the broker in another terminal: npm run package -- --local, then func start in dist/package',
  );
}

function startBroker(flags: Flags, stack: Stack, auth: LocalAuth): Promise<SpawnedHost> {
  const { port, cors, verbose, session, inspect } = flags;
  const traffic = quietTraffic(process.stdout, session);
  if (!verbose) setInterval(() => traffic.print(), 1_000);
  return stack.startBroker({
    port,
    ...(cors !== undefined && { cors }),
    ...(auth.keys !== undefined && { keys: auth.keys.path }),
    ...(inspect !== undefined && { inspectPort: inspect }),
    settings: brokerSettings(flags, auth),
    jsonLogs: !verbose,
    onLine: verbose ? (line) => console.log(line) : (line) => traffic.line(line),
  });
}

/** What the broker gets beside the usual settings of the stack; prints which of the shell's settings it gets. */
function brokerSettings({ fleet, fault }: Flags, auth: LocalAuth): Record<string, string> {
  const own = {
    ...auth.settings,
    BROKER_FLEET: fleet[0],
    ...(fault === 'bad-setting' && { BROKER_QUOTA: '{' }),
  };
  // Of which only the names matter here.
  const simulated = { fleetUrl: '', fleetToken: '' };
  const [fleetName, next = fleetName] = fleet;
  const usual = localBrokerSettings({
    connectionString: '',
    fleetName,
    ...simulated,
    next: { fleetName: next, ...simulated },
  });
  const { taken, ignored } = shellSettings(process.env, { ...usual, ...own });
  const names = Object.keys(taken);
  if (names.length > 0) console.log(`Settings taken from the environment: ${names.join(', ')}`);
  if (ignored.length > 0) console.log(pc.yellow(`Not taken from the environment: ${ignored.join(', ')}`));
  return { ...taken, ...own };
}

/** Throws with the broker's own report unless it can serve. */
async function mustBeReady(url: string, { keys }: LocalAuth): Promise<void> {
  const headers = keys === undefined ? {} : { 'x-functions-key': keys.functions.ready };
  // Without a limit of its own: the broker's checks have theirs.
  const response = await fetch(`${url}/api/ready`, { headers });
  if (response.status === 200) return;
  throw new Error(`The broker is not ready. ${url}/api/ready says: ${await response.text()}`);
}

/** What to paste: a request for a server, and the end of its session. */
async function printLines(url: string, auth: LocalAuth, sessionId?: string): Promise<void> {
  const body = {
    sessionId: sessionId ?? randomUUID(),
    gameMode: 'duel',
    latencies: [
      { location: 'West Europe', ms: 18.5 },
      { location: 'North Europe', ms: 31 },
    ],
  };
  const headers = await auth.headersFor(body.sessionId, body.gameMode);
  const place = { platform: process.platform, folder: STATE };
  const { line, file } = curlLine(`${url}/api/v1/allocations`, headers, body, place);
  if (file !== undefined) writeFileSync(file.path, file.text);
  console.log(`\nAsk it for a server (twice: the second answer is the same):\n\n${line}\n`);
  if (auth.enderHeaders === undefined) return;
  const end = endLine(`${url}/api/v1/allocations/${body.sessionId}`, auth.enderHeaders, process.platform);
  console.log(`End its session, as a backend does (the line above is answered with 410 then):\n\n${end}\n`);
}

/** What to paste so that the first fleet has no server free, and so that it has. */
function printDryLines(url: string, [fleet, next]: Flags['fleet']): void {
  const faults = `${url}/_control/faults`;
  const line = (method: string, address: string): string =>
    `${curl(process.platform)} -X ${method} ${address}`;
  console.log(
    `Make ${fleet} dry: a session without a server, such as one of a new sessionId, gets one of ${next}:\n`,
  );
  console.log(`${line('POST', `${faults}/full`)}\n`);
  console.log(`And no longer:\n\n${line('DELETE', faults)}\n`);
}

/** Breaks what `--fault` says of the stack's own parts: they were needed until now. */
async function breakParts({ fault }: Flags, stack: Stack, { issuer }: LocalAuth): Promise<void> {
  if (fault === undefined) return;
  if (fault === 'no-tables') await stack.azurite.stop();
  if (fault === 'no-issuer') await issuer?.close();
  console.log(pc.yellow(`At fault, as --fault asks for: ${fault}\n`));
}

function step(name: string, what: string): void {
  console.log(`${pc.green('ready')}  ${name.padEnd(7)} ${what}`);
}
