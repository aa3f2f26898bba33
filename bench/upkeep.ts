/**
 * Simulates a day of `prune` and `sweep` under load, in virtual time, on tables with the service's limits, and shows what
 * falls behind. docs/performance.md explains the result.
 */
import { Command } from 'commander';
import { wholeNumber } from '../local/flags.ts';
import { progressLine } from './support/progressLine.ts';
import { type DayFigures, type PruneRunFigures, simulateDay } from './upkeep/day.ts';
import { fallsBehind, markdownTable, readableTable, runsTable } from './upkeep/table.ts';

interface Flags {
  readonly runs: number;
  readonly behindHours: number;
  readonly each?: true;
  readonly short?: true;
  readonly json?: true;
  readonly markdown?: true;
}

const RATES = [10_000, 126_000, 200_000, 1_000_000];
/** The short form needs two runs of each: what the first leaves, the second has to bear. */
const SHORT_RUNS = 2;

const command = new Command('bench:upkeep')
  .description(
    'Simulates both timers for a day at each load, and fails (exit code 1) where something falls behind.',
  )
  .argument('[rates...]', `allocations an hour, at most 10,000,000 (default: ${RATES.join(' ')})`)
  .option('--runs <number>', 'runs of prune, one an hour', wholeNumber(1), 24)
  .option('--behind-hours <number>', 'for how many hours before no timer has run', wholeNumber(0), 0)
  .option('--each', 'print each run of prune, too')
  .option('--short', `${SHORT_RUNS} runs at each load: under 30 s in all`)
  .option('--json', 'print one JSON object instead of tables')
  .option('--markdown', 'print one Markdown table, as in docs/performance.md')
  .addHelpText('after', '\nExample:\n  npm run bench:upkeep -- 1000000 --runs 6 --behind-hours 12 --each')
  .showHelpAfterError();

const flags = command.parse().opts<Flags>();
const rates = command.args.length === 0 ? RATES : command.args.map(wholeNumber(1));
const runs = flags.short === true ? SHORT_RUNS : flags.runs;
const days: DayFigures[] = [];
for (const anHour of rates) {
  const progress = progressLine(`${anHour} an hour: runs`, runs);
  const seen: PruneRunFigures[] = [];
  const onRun = (run: PruneRunFigures): void => progress(seen.push(run));
  days.push(await simulateDay({ anHour, runs, behindHours: flags.behindHours, onRun }));
}
console.log(rendered());
if (days.some(fallsBehind)) process.exitCode = 1;

function rendered(): string {
  if (flags.json === true) return JSON.stringify(days);
  const table = flags.markdown === true ? markdownTable(days) : readableTable(days);
  return flags.each === true ? [...days.map(runsTable), table].join('\n\n') : table;
}
