/** `npm start`, the whole stack on one machine: Azurite, the simulated fleet, the broker in the functions host. */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import pc from 'picocolors';
import { FLEETS, type FleetName } from '../lib/fleets/fleet.ts';
import { LOCAL_BUILDS, localBrokerSettings } from './brokerSettings.ts';
import { portNumber, wholeNumber } from './flags.ts';
import { lockFolder } from './folderLock.ts';
import { mustBeFree } from './ports.ts';
import { shellSettings } from './shellSettings.ts';
import { type Stack, startStack } from './stack.ts';

const ROOT = join(import.meta.dirname, '..');
const STATE = join(ROOT, '.local');

interface Flags {
  readonly port: number;
  readonly tablePort: number;
  readonly fleet: FleetName;
  readonly fleetPort: number;
  readonly standingBy: number;
  readonly activationMs: number;
  readonly cors?: string;
  readonly fresh?: true;
}

await new Command('npm start --')
  .description('Runs the broker with everything it needs on this machine. Ctrl-C stops all of it.')
  .option(
    '--port <n>',
    'port of the broker; PORT in the environment does the same',
    portNumber,
    portNumber(process.env['PORT'] ?? '7071'),
  )
  .option('--table-port <n>', 'port of the table storage emulator; 0 takes a free one', portNumber, 0)
  .addOption(
    new Option('--fleet <name>', 'which fleet is simulated, and asked for hosts')
      .choices(FLEETS)
      .default('sessionhosts'),
  )
  .option('--fleet-port <n>', 'port of the simulated fleet; 0 takes a free one', portNumber, 0)
  .option('--standing-by <n>', 'free servers in each location', wholeNumber(0), 1000)
  .option(
    '--activation-ms <n>',
    'time from the start of a server until it is active, in milliseconds',
    wholeNumber(0),
    250,
  )
  .option(
    '--cors <origins>',
    'origins whose web pages may call the broker, separated by commas, such as http://localhost:5173',
  )
  .option('--fresh', 'forget what earlier runs stored in .local/')
  .addHelpText(
    'after',
    '\nFrom the environment, the broker gets those BROKER_… settings that the stack does not set itself, ' +
      'such as BROKER_QUOTA.\n' +
      'Fleet, titles, game modes, locations, endpoints, credentials and storage are always the simulated ones.',
  )
  .action(start)
  .parseAsync();

async function start(flags: Flags): Promise<void> {
  const stops: (() => Promise<void>)[] = [];
  const stopOnce = async (code: number): Promise<never> => {
    for (const stop of stops) await stop();
    process.exit(code);
  };
  // Ctrl-C reaches some of the children as well: their end must not cut short the stop of the others.
  let stopping: Promise<never> | undefined;
  const stopAll = (code: number): Promise<never> => (stopping ??= stopOnce(code));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stopAll(0));
  try {
    await bringUp(flags, stops, stopAll);
  } catch (error) {
    console.error(pc.red(error instanceof Error ? error.message : String(error)));
    await stopAll(1);
  }
}

async function bringUp(
  flags: Flags,
  stops: (() => Promise<void>)[],
  stopAll: (code: number) => Promise<never>,
): Promise<void> {
  // Before the build: it would replace the file that the broker of a running stack serves.
  const lock = await lockFolder(STATE);
  stops.push(() => {
    lock.release();
    return Promise.resolve();
  });
  await mustBeFree(flags.port, '--port');
  await mustBeFree(flags.tablePort, '--table-port');
  await mustBeFree(flags.fleetPort, '--fleet-port');
  build();

  const stack = await startParts(flags);
  // The tables must have been closed before the folder is let go.
  stops.unshift(() => stack.stop());
  const { azurite, fleet } = stack;
  step('Tables', azurite.tableUrl);
  step('Fleet', `${fleet.url}  (${flags.fleet}; its report: ${fleet.url}/_control/report)`);

  const { port, cors } = flags;
  const host = await stack.startBroker({
    port,
    ...(cors !== undefined && { cors }),
    settings: brokerSettings(flags.fleet),
    onLine: (line) => console.log(line),
  });
  for (const child of [azurite.child, fleet.child, host.child]) child.once('exit', () => void stopAll(1));
  await mustBeReady(host.url);
  step('Broker', host.url);
  step('Page', `${host.url}/api/ops`);
  lock.publish({ url: host.url, connectionString: azurite.connectionString });
  console.log(`\nAsk it for a server (twice: the second answer is the same):\n\n${curlLine(host.url)}\n`);
}

function build(): void {
  const { status } = spawnSync(process.execPath, [join(ROOT, 'scripts/build.ts')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error('The build failed: see above.');
  step('Build', 'dist/main.cjs');
}

/** The tables and the simulated fleet. */
function startParts({ tablePort, fleet, fleetPort, standingBy, activationMs, fresh }: Flags): Promise<Stack> {
  const folder = join(STATE, 'tables');
  if (fresh) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const simulated = { port: fleetPort, standingBy, activationMs, qosUdpPort: 0 };
  return startStack({
    azurite: { folder, ...(tablePort !== 0 && { port: tablePort }) },
    ...(fleet === 'playfab'
      ? { fleetName: fleet, fleet: { ...simulated, build: LOCAL_BUILDS } }
      : { fleetName: fleet, fleet: simulated }),
  });
}

/** What the broker gets beside the usual settings of the stack; prints which of the shell's settings it gets. */
function brokerSettings(fleetName: FleetName): Record<string, string> {
  const BROKER_FLEET = fleetName;
  const usual = localBrokerSettings({ fleetName, connectionString: '', fleetUrl: '', fleetToken: '' });
  const { taken, ignored } = shellSettings(process.env, { ...usual, BROKER_FLEET });
  const names = Object.keys(taken);
  if (names.length > 0) console.log(`Settings taken from the environment: ${names.join(', ')}`);
  if (ignored.length > 0) console.log(pc.yellow(`Not taken from the environment: ${ignored.join(', ')}`));
  return { ...taken, BROKER_FLEET };
}

/** Throws with the broker's own report unless it can serve. */
async function mustBeReady(url: string): Promise<void> {
  // Without a limit of its own: the broker's checks have theirs.
  const response = await fetch(`${url}/api/ready`);
  if (response.status === 200) return;
  throw new Error(`The broker is not ready. ${url}/api/ready says: ${await response.text()}`);
}

function step(name: string, what: string): void {
  console.log(`${pc.green('ready')}  ${name.padEnd(7)} ${what}`);
}

function curlLine(url: string): string {
  const body = {
    sessionId: randomUUID(),
    gameMode: 'duel',
    latencies: [
      { location: 'West Europe', ms: 18.5 },
      { location: 'North Europe', ms: 31 },
    ],
  };
  return `curl -i ${url}/api/v1/allocations -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
}
