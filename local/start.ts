/** The whole stack on one machine, as `npm start`: Azurite, the simulated fleet, and the broker in the functions host. */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import pc from 'picocolors';
import { FLEETS } from '../lib/config/jsonSettings.ts';
import type { FleetName } from '../lib/config/settings.ts';
import { startStack } from './stack.ts';

const ROOT = join(import.meta.dirname, '..');
const STATE = join(ROOT, '.local');

interface Flags {
  port: number;
  tablePort?: number;
  fleet: FleetName;
  fleetPort: number;
  standingBy: number;
  activationMs: number;
  cors?: string;
  fresh?: true;
}

await new Command('npm start --')
  .description('Runs the broker with everything it needs on this machine. Ctrl-C stops all of it.')
  .option(
    '--port <n>',
    'port of the broker; PORT in the environment does the same',
    port,
    port(process.env['PORT'] ?? '7071'),
  )
  .option('--table-port <n>', 'port of the table storage emulator (default: a free one)', port)
  .addOption(
    new Option('--fleet <name>', 'which fleet is simulated, and asked for hosts')
      .choices(FLEETS)
      .default('sessionhosts'),
  )
  .option('--fleet-port <n>', 'port of the simulated fleet; 0 takes a free one', port, 0)
  .option('--standing-by <n>', 'free servers in each location', port, 1000)
  .option(
    '--activation-ms <n>',
    'time from the start of a server until it is active, in milliseconds',
    port,
    250,
  )
  .option(
    '--cors <origins>',
    'origins whose web pages may call the broker, such as http://localhost:5173; several: separated by commas',
  )
  .option('--fresh', 'forget what earlier runs stored in .local/')
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
  const built = spawnSync(process.execPath, [join(ROOT, 'scripts/build.ts')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (built.status !== 0) throw new Error('The build failed: see above.');
  step('Build', 'dist/main.cjs');

  if (flags.fresh) rmSync(STATE, { recursive: true, force: true });
  const folder = join(STATE, 'tables');
  mkdirSync(folder, { recursive: true });

  const { port, tablePort, fleet: fleetName, fleetPort, standingBy, activationMs, cors } = flags;
  const stack = await startStack({
    azurite: { folder, ...(tablePort !== undefined && { port: tablePort }) },
    fleetName,
    fleet: { port: fleetPort, standingBy, activationMs, qosUdpPort: 0 },
    settings: process.env,
  });
  stops.push(() => stack.stop());
  const { azurite, fleet } = stack;
  step('Tables', azurite.tableUrl);
  step('Fleet', `${fleet.url}  (${fleetName}; its report: ${fleet.url}/_control/report)`);

  const host = await stack.startBroker({
    port,
    ...(cors !== undefined && { cors }),
    onLine: (line) => console.log(line),
  });
  for (const child of [azurite.child, fleet.child, host.child]) child.once('exit', () => void stopAll(1));
  step('Broker', host.url);
  step('Page', `${host.url}/api/ops`);
  stops.unshift(tellCommands(azurite.connectionString));
  console.log(`\nAsk it for a server (twice: the second answer is the same):\n\n${curlLine(host.url)}\n`);
}

/** Lets `npm run history` find the tables of the stack that runs; the result takes that back. */
function tellCommands(connectionString: string): () => Promise<void> {
  const file = join(STATE, 'stack.json');
  writeFileSync(file, JSON.stringify({ pid: process.pid, connectionString }));
  return () => {
    rmSync(file, { force: true });
    return Promise.resolve();
  };
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

function port(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}
