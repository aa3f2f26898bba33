import { setTimeout as sleep } from 'node:timers/promises';
import Table from 'cli-table3';
import { Command, InvalidArgumentError } from 'commander';
import { compileSchemas } from '../../../scripts/bundle.ts';
import { startStack } from '../../../local/stack.ts';
import { showProgress } from '../progress.ts';
import { buildApp } from '../harness/app.ts';
import { type Footprint, Inspector } from './inspector.ts';
import { Load } from './load.ts';

interface Flags {
  readonly minutes: number;
  readonly perSecond: number;
  readonly warmUpSeconds: number;
  readonly json?: true;
}

interface Measured {
  readonly afterWarmUp: Footprint;
  readonly atTheEnd: Footprint;
  readonly load: Readonly<Load['counts']>;
}

/** Idle connections close, and what they held is let go, before anything is measured. */
const QUIET_MS = 7_000;
/** What heap and sockets may have grown by and still be called flat: code that was compiled and caches that filled. */
const MOST_RATIO = 1.1;

const positive = (text: string): number => {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
};

const command = new Command('soak')
  .description(
    'Steady load on one broker; then its heap (after a forced collection), its memory and its open sockets, against ' +
      `those after the warm-up. Exits with 1 if heap or sockets have grown by more than ${MOST_RATIO}.`,
  )
  .option('--minutes <n>', 'how long the load goes on after the warm-up', positive, 10)
  .option('--per-second <n>', 'new sessions a second, of three callers each', positive, 20)
  .option(
    '--warm-up-seconds <n>',
    'load before the first measurement; the broker remembers 2,000 sessions, and that memory should be full by then',
    positive,
    120,
  )
  .option('--json', 'print JSON')
  .showHelpAfterError();

async function main(): Promise<void> {
  const flags = command.parse().opts<Flags>();
  compileSchemas();
  const measured = await soak(flags);
  const ratios = ratiosOf(measured);
  const flat = ratios.heap <= MOST_RATIO && ratios.sockets <= MOST_RATIO;
  if (flags.json === true) console.log(JSON.stringify({ flat, ratios, ...measured }, undefined, 2));
  else print(measured, ratios, flat);
  process.exit(flat ? 0 : 1);
}

async function soak({ minutes, perSecond, warmUpSeconds }: Flags): Promise<Measured> {
  const app = await buildApp({ logLevel: 'Warning' });
  const stack = await startStack({ app: app.folder, fleet: { maxCalls: 1_000, standingBy: 10_000_000 } });
  try {
    const inspected = Promise.withResolvers<string>();
    const broker = await stack.startBroker({
      settings: { NODE_OPTIONS: '--inspect=127.0.0.1:0' },
      onLine: (line) => {
        const url = /^Debugger listening on (ws:\S+)/.exec(line)?.[1];
        if (url !== undefined) inspected.resolve(url);
      },
    });
    const inspector = await Inspector.connect(await inspected.promise);
    const load = new Load(broker.url, perSecond);
    const measure = async (phase: string, seconds: number): Promise<Footprint> => {
      const stopShowing = showProgress((passed) => {
        const { sessions, other } = load.counts;
        return `${phase}  ${passed}/${Math.round(seconds)} s  ${sessions} sessions  ${other} not allocated`;
      });
      await load.runFor(seconds).finally(stopShowing);
      await sleep(QUIET_MS);
      return inspector.footprint();
    };
    const afterWarmUp = await measure('warming up', warmUpSeconds);
    const atTheEnd = await measure('soaking', minutes * 60);
    inspector.close();
    return { afterWarmUp, atTheEnd, load: load.counts };
  } finally {
    await stack.stop();
    app.remove();
  }
}

interface Ratios {
  readonly heap: number;
  readonly rss: number;
  readonly sockets: number;
}

function ratiosOf({ afterWarmUp, atTheEnd }: Measured): Ratios {
  const ratio = (name: keyof Footprint): number =>
    Math.round((atTheEnd[name] / afterWarmUp[name]) * 1_000) / 1_000;
  return { heap: ratio('heapBytes'), rss: ratio('rssBytes'), sockets: ratio('sockets') };
}

function print({ afterWarmUp, atTheEnd, load }: Measured, ratios: Ratios, flat: boolean): void {
  const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`;
  const head = ['', 'after warm-up', 'at the end', 'ratio'];
  const table = new Table({ head, style: { head: [], border: [] } });
  table.push(
    ['heap, collected', megabytes(afterWarmUp.heapBytes), megabytes(atTheEnd.heapBytes), ratios.heap],
    ['resident memory', megabytes(afterWarmUp.rssBytes), megabytes(atTheEnd.rssBytes), ratios.rss],
    ['open sockets', afterWarmUp.sockets, atTheEnd.sockets, ratios.sockets],
  );
  console.log(table.toString());
  console.log(`${load.sessions} sessions, ${load.allocated} answers with a host, ${load.other} others`);
  console.log(flat ? 'FLAT' : 'GROWING');
}

await main();
