/**
 * Finds out which aggregate, which clamp and which way to fill in what is missing serve players best, on real
 * measurements between Azure regions: simulated parties, placed by each strategy. Writes its tables into `placement.md` and its chart beside it.
 *
 *     npm run placement-study -- [--seed 20260730] [--parties 2000] [--spikes 5] [--out docs]
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { loadRegionLatencies } from '../../local/data/latencies.ts';
import { wholeNumber } from '../../local/flags.ts';
import { chart } from './chart.ts';
import { aroundReport, report } from './report.ts';
import { STRATEGIES, simulate } from './simulation.ts';
import { summarise, summariseVariants } from './statistics.ts';
import { CLAMPS, FILLS, compareVariants } from './variants.ts';
import { CONDITIONS, COMPOSITIONS, PARTY_SIZES, type Outcome } from './world.ts';

interface Options {
  readonly seed: number;
  readonly parties: number;
  readonly spikes: number;
  readonly out: string;
}

const SILENT_MS = 2000;

const options = new Command('placement-study')
  .description('Compares ways to choose a location for a party and writes the result into placement.md.')
  .option(
    '--seed <number>',
    'what the parties are drawn from: the same seed gives the same page',
    wholeNumber(0),
    20260730,
  )
  .option(
    '--parties <count>',
    'parties of each size, 1 or more; 2000 take some two minutes',
    wholeNumber(1),
    2000,
  )
  .option(
    '--spikes <percent>',
    'measurements that are spoilt where any are, 0 to 100',
    wholeNumber(0, 100),
    5,
  )
  .option('--out <folder>', 'the folder of placement.md and placement-study.svg', 'docs')
  .parse()
  .opts<Options>();

const pagePath = join(options.out, 'placement.md');
const chartPath = join(options.out, 'placement-study.svg');
try {
  // First, so that a page without a place for the result is refused before the simulation, not after it.
  const { before, after } = aroundReport(existsSync(pagePath) ? readFileSync(pagePath, 'utf8') : undefined);
  const { seed, parties, spikes } = options;
  const total = COMPOSITIONS.length * PARTY_SIZES.length * parties;
  const { rows, series } = summarise(
    withProgress(
      'Placing parties',
      simulate(seed, parties, spikes / 100),
      total * CONDITIONS.length * STRATEGIES.length,
    ),
  );
  const variants = withProgress(
    'Comparing clamps and fills',
    compareVariants(seed, parties),
    total * 2 * (CLAMPS.size + FILLS.size),
  );
  const locations = loadRegionLatencies().targets.length;
  const text = report(
    rows,
    {
      clamps: summariseVariants(variants, [...CLAMPS.keys()]),
      fills: summariseVariants(variants, [...FILLS.keys()]),
    },
    { seed, partiesPerSize: parties, locations, spikePercent: spikes },
  );
  mkdirSync(options.out, { recursive: true });
  writeFileSync(pagePath, before + text + after);
  writeFileSync(chartPath, chart(series));
  console.log(`Wrote ${pagePath} and ${chartPath}.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** Reports progress on stderr every two seconds. */
function withProgress<S extends string>(
  doing: string,
  outcomes: Iterable<Outcome<S>>,
  total: number,
): Outcome<S>[] {
  const all: Outcome<S>[] = [];
  let saidAt = performance.now();
  for (const outcome of outcomes) {
    all.push(outcome);
    if (performance.now() - saidAt < SILENT_MS) continue;
    saidAt = performance.now();
    console.error(`${doing}: ${Math.floor((all.length / total) * 100)} %`);
  }
  return all;
}
