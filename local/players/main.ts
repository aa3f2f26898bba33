/** Simulated players from around the world against a running broker, through the client that games use. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { loadRegionLatencies, loadSourceWeights } from '../data/latencies.ts';
import { seededRandom } from '../data/random.ts';
import { wholeNumber } from '../flags.ts';
import { refuseFlagsOfNpm } from '../npmFlags.ts';
import { runningStack } from '../runningStack.ts';
import { type BrokerFlags, findBroker } from './broker.ts';
import { NoBrokerError, offeredLocations } from './locations.ts';
import { planCalls, type PlanOptions } from './plan.ts';
import { play, type PlayedCall } from './play.ts';
import { print } from './print.ts';
import { report } from './report.ts';

type Flags = PlanOptions &
  BrokerFlags & {
    readonly deadlineSeconds: number;
    readonly seed: number;
    readonly json?: true;
  };

const command = new Command('npm run players --')
  .description(
    'Simulated players ask a running broker for servers. Ctrl-C ends early and still reports. ' +
      'Exit code 1 when players of one session got different answers.',
  )
  .option(
    '--url <address>',
    'the broker, without /api (default: PORT in the environment, else the stack that runs in this folder)',
  )
  .option('--function-key <key>', 'sent as x-functions-key; or BROKER_FUNCTION_KEY in the environment')
  .option('--token <jwt>', 'sent as Authorization: Bearer; or BROKER_TOKEN in the environment')
  .option('--rate <n>', 'new sessions a second', positive, 20)
  .option('--seconds <n>', 'for how long sessions begin', positive, 30)
  .addOption(
    new Option('--party <range>', 'players a session, such as 4 or 1..10')
      .argParser(range)
      .default({ from: 1, to: 5 }, '1..5'),
  )
  .option('--retry-share <share>', 'share of the calls with a host that ask once more, 0 to 1', share, 0.1)
  .option(
    '--matchmaker-share <share>',
    'share of the parties whose matchmaker asks for all, 0 to 1',
    share,
    0.5,
  )
  .option('--game-mode <name>', "one of the broker's game modes", 'duel')
  .option(
    '--deadline-seconds <n>',
    'how long a player waits for a server, and the run for the list of locations',
    positive,
    60,
  )
  .option('--seed <n>', 'the same seed draws the same players', wholeNumber(0), 1)
  .option('--json', 'the report as JSON on stdout; progress goes to stderr')
  .addHelpText(
    'after',
    '\nThe stack that npm start runs in this folder needs no key and no token here: it says which it wants.',
  )
  .action(run);
await refuseFlagsOfNpm(command).parseAsync();

async function run(flags: Flags): Promise<void> {
  const { url, clientFor } = findBroker(flags, process.env, runningStack(process.cwd()));
  const locations = await locationsOrNone(url, flags);
  if (locations === undefined) return;
  const world = { locations, latencies: loadRegionLatencies(), weights: loadSourceWeights() };
  const planned = planCalls(flags, { ...world, random: seededRandom(flags.seed) });

  const stopping = new AbortController();
  process.once('SIGINT', () => stopping.abort());
  const played: PlayedCall[] = [];
  const timer = setInterval(() => printProgress(played, planned.length), process.stderr.isTTY ? 500 : 5_000);
  await play(planned, {
    clientFor,
    deadlineMs: flags.deadlineSeconds * 1_000,
    signal: stopping.signal,
    onPlayed: (call) => played.push(call),
  });
  clearInterval(timer);
  printProgress(played, planned.length);
  if (process.stderr.isTTY) process.stderr.write('\n');

  const result = report(played, locations);
  console.log(flags.json === true ? JSON.stringify({ seed: flags.seed, ...result }, null, 2) : print(result));
  if (result.contradictions.length > 0) process.exitCode = 1;
}

/** Undefined, and a message on stderr, when there is no broker to play with. */
async function locationsOrNone(
  url: string,
  { deadlineSeconds }: Flags,
): Promise<readonly string[] | undefined> {
  const onSlow = (): void =>
    console.error(`players  waiting for the broker at ${url}, for ${deadlineSeconds} s at most`);
  try {
    return await offeredLocations({ client: { baseUrl: url }, deadlineMs: deadlineSeconds * 1_000, onSlow });
  } catch (error) {
    if (!(error instanceof NoBrokerError)) throw error;
    console.error(`No broker answers at ${url}: ${error.message}\nStart one with: npm start`);
    process.exitCode = 1;
    return undefined;
  }
}

function printProgress(played: readonly PlayedCall[], planned: number): void {
  const first = played.filter(({ repetition }) => !repetition);
  const without = first.filter(({ allocation }) => allocation === undefined).length;
  const line = `players  ${first.length} of ${planned} calls ended, ${without} without a host`;
  process.stderr.write(process.stderr.isTTY ? `\r${line}` : `${line}\n`);
}

function positive(value: string): number {
  const number = Number(value);
  if (!(number > 0 && Number.isFinite(number)))
    throw new InvalidArgumentError('It must be a number above 0.');
  return number;
}

function share(value: string): number {
  const number = Number(value);
  if (value === '' || !(number >= 0 && number <= 1))
    throw new InvalidArgumentError('It must be from 0 to 1.');
  return number;
}

function range(value: string): PlanOptions['party'] {
  const match = /^(\d{1,2})(?:\.\.(\d{1,2}))?$/.exec(value);
  const from = Number(match?.[1]);
  const to = Number(match?.[2] ?? match?.[1]);
  if (!(from >= 1 && to >= from && to <= 64)) {
    throw new InvalidArgumentError('It must be a number from 1 to 64, or a range of them such as 1..10.');
  }
  return { from, to };
}
