/**
 * Measures what the broker costs, as ratios to floors that are measured in the same run, and counts its storage
 * transactions. docs/performance.md explains how to read the result.
 */
import { Argument, Command } from 'commander';
import pc from 'picocolors';
import { isFailure, measure } from './measure.ts';
import type { Result } from './part.ts';
import { PARTS } from './parts/all.ts';
import { jsonReport, markdownReport, readableReport } from './report.ts';
import { buildApps } from './support/apps.ts';
import { type Machine, describeMachine } from './support/machine.ts';

interface Flags {
  readonly json?: true;
  readonly markdown?: true;
  readonly short?: true;
}

const names = PARTS.map(({ name }) => name);
const listed = PARTS.map(({ name, title }) => `  ${name.padEnd(16)}${title}`).join('\n');

const command = new Command('bench')
  .description(
    'Measures the broker as ratios against floors of the same run. A time never makes it fail; a count does (exit code 1).',
  )
  .addArgument(new Argument('[parts...]', 'which parts to run (default: all)').choices(names))
  .option('--json', 'print one JSON object instead of tables')
  .option('--markdown', 'print one Markdown table, as in docs/performance.md')
  .option(
    '--short',
    'fewer and smaller runs, and none that cannot be small: under 90 s in all, for a first impression',
  )
  .addHelpText('after', `\nParts:\n${listed}`)
  .showHelpAfterError();

async function main(): Promise<void> {
  const { args } = command.parse();
  const flags = command.opts<Flags>();
  const wanted = PARTS.filter(({ name, long }) =>
    args.length === 0 ? flags.short !== true || long !== true : args.includes(name),
  );
  const machine = describeMachine();
  const { apps, remove } = await buildApps();
  const results: Result[] = [];
  try {
    for (const part of wanted) {
      const progress = (text: string): void => say(`${part.name}: ${text}`);
      progress(part.title);
      const size = (full: number, short: number): number => (flags.short === true ? short : full);
      results.push(await measure(part, { apps, size, progress }));
    }
  } finally {
    remove();
  }
  console.log(rendered(results, machine, flags));
  if (results.some(isFailure)) process.exitCode = 1;
}

function rendered(results: readonly Result[], machine: Machine, { json, markdown }: Flags): string {
  if (json === true) return JSON.stringify(jsonReport(results, machine));
  return markdown === true ? markdownReport(results, machine) : readableReport(results, machine);
}

/** Progress goes to stderr: stdout carries the result alone. */
function say(text: string): void {
  process.stderr.write(`${pc.dim(text)}\n`);
}

await main();
