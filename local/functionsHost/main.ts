import { Command } from 'commander';
import { portNumber } from '../flags.ts';
import { StartError } from './errors.ts';
import { startHost } from './host.ts';
import { createLog, describe, type Log } from './logging.ts';

interface Flags {
  readonly app: string;
  readonly port?: number;
  readonly host: string;
  readonly keys?: string;
  readonly settings?: string;
  readonly cors?: string;
  readonly jsonLogs: boolean;
}

/** How long a stop waits for running invocations before it cuts them off. */
const GRACE_MS = 5_000;

const command = new Command('functionsHost')
  .description(
    'Runs a built Azure Functions app on this machine. A development host, not an emulator of Azure.',
  )
  .requiredOption(
    '--app <folder>',
    "the app: a folder with host.json and a package.json whose main is the app's entry",
  )
  .option(
    '--port <number>',
    'where to listen; 0 takes a free port (default: 7071, or LocalHttpPort of --settings)',
    portNumber,
  )
  .option('--host <address>', 'the address to listen on', '127.0.0.1')
  .option('--keys <file>', 'require access keys, as Azure does: JSON with "master", "host" and "functions"')
  .option(
    '--settings <file>',
    'a local.settings.json: its Values become environment variables, its Host.CORS the CORS rules',
  )
  .option('--cors <origins>', 'origins whose pages may call, separated by commas; * for every one')
  .option('--json-logs', 'print one JSON object per line', false);

/** Stops once, whatever asks for it, and however often: a signal, or the parent where there are no signals. */
function stopOnSignal(stop: () => Promise<void>, log: Log): void {
  let stopping = false;
  const onSignal = (): void => {
    if (stopping) return;
    stopping = true;
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log({ level: 'error', message: `while stopping: ${describe(error)}` });
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  process.on('message', (message) => {
    if (message === 'stop') onSignal();
  });
}

/** As in Azure, a rejected promise that nobody listens to ends the process: whoever stops the host learns of it. */
function endOnUnheardRejection(): void {
  process.on('unhandledRejection', (reason) => {
    process.stderr.write(`a promise was rejected and nobody listened: ${describe(reason)}\n`);
    process.exit(1);
  });
}

async function main(): Promise<void> {
  endOnUnheardRejection();
  const flags = command.parse().opts<Flags>();
  const log = createLog(flags.jsonLogs);
  // A parent that died cannot stop its host: it would stay behind with the port.
  process.once('disconnect', () => process.exit(0));
  const host = await startHost(
    {
      ...{ app: flags.app, host: flags.host, port: flags.port },
      ...{ keys: flags.keys, settings: flags.settings, cors: flags.cors },
    },
    log,
  );
  stopOnSignal(() => host.stop(GRACE_MS), log);
  process.send?.({ type: 'ready', port: host.port });
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof StartError ? error.message : describe(error)}\n`);
  process.exit(1);
});
