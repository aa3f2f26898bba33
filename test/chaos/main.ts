import { Command, InvalidArgumentError, Option } from 'commander';
import { FLEETS } from '../../lib/fleets/fleet.ts';
import { fleetNames } from '../../local/flags.ts';
import { compileSchemas } from '../../scripts/bundle.ts';
import { type ChaosOptions, type Progress, ChaosRun } from './harness/run.ts';
import { printVerdict } from './print.ts';
import { showProgress } from './progress.ts';
import { judge } from './verdict.ts';

const number =
  (least: number, most = Infinity) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || Number.isNaN(value) || value < least || value > most) {
      throw new InvalidArgumentError(
        `It must be a number from ${least}${most === Infinity ? ' up' : ` to ${most}`}.`,
      );
    }
    return value;
  };

const command = new Command('chaos')
  .description(
    'Faults everywhere while many callers ask for many sessions; then checks that every session got exactly one host. ' +
      'Exits with 1, and the trace of one session, if anything that was promised did not hold.',
  )
  .addOption(
    new Option(
      '--fleet <names>',
      `which fleet is simulated, and asked for hosts: ${FLEETS.join(' or ')}, or both with a comma between, ` +
        'each with its faults, and the second one asked where the first one has no host to give',
    )
      .argParser(fleetNames)
      .default(['sessionhosts'], 'sessionhosts'),
  )
  .option('--sessions <n>', 'sessions to ask for', number(1), 300)
  .option('--callers <n>', 'callers of each session', number(1), 8)
  .option('--processes <n>', 'broker processes', number(1), 2)
  .option(
    '--faults <rate>',
    'share of storage requests and of fleet calls that go wrong, 0 to 1',
    number(0, 1),
    0.15,
  )
  .option(
    '--kill-every <seconds>',
    'kill a broker process so often, every third by SIGTERM, and start another; 0: never',
    number(0),
    5,
  )
  .option('--pause-every <seconds>', 'stop a process past its lease so often; 0: never', number(0), 20)
  .option('--seed <n>', 'seed of sessions, callers and faults', number(0), 1)
  .option('--minutes <n>', 'begin no session after so many minutes, even if some are left', number(0))
  .option('--in-flight <n>', 'sessions under way at the same time', number(1), 40)
  .option(
    '--timeout-ms <n>',
    'BROKER_FLEET_TIMEOUT_MS of the brokers; longer than a lease',
    number(500),
    4_000,
  )
  .option('--gather', 'gather the callers of every session, and prune everything in the end')
  .option('--end <share>', 'share of the sessions that are ended at a random time, 0 to 1', number(0, 1), 0)
  .option(
    '--dry',
    'the first fleet has no host to give for a third of the run, but for those that are given back; with two fleets, the ' +
      'run fails if no session goes to the second one',
  )
  .option('--json', 'print the verdict as JSON')
  .showHelpAfterError();

async function main(): Promise<void> {
  const { json, ...options } = command.parse().opts<ChaosOptions & { json?: true }>();
  compileSchemas();
  const startedAt = performance.now();
  const run = new ChaosRun(options);
  const stopShowing = showProgress((seconds) => progressLine(seconds, run.progress(), options.sessions));
  const evidence = await run.run().finally(stopShowing);
  const verdict = judge(evidence, options, Math.round((performance.now() - startedAt) / 1_000));
  if (json === true) console.log(JSON.stringify(verdict, undefined, 2));
  else printVerdict(verdict);
  // At once: a connection that was broken off on purpose must not keep the process.
  process.exit(verdict.verdict === 'pass' ? 0 : 1);
}

function progressLine(seconds: number, progress: Progress, sessions: number): string {
  const { phase, begun, finished, answers, storageRequests, ends } = progress;
  return [
    `${String(seconds).padStart(4)} s  ${phase.padEnd(10)}  sessions ${finished}/${sessions}, ${begun - finished} under way`,
    `${answers} answers`,
    `${storageRequests} storage requests`,
    `${ends} processes ended`,
  ].join('  ');
}

await main();
