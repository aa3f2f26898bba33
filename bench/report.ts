import Table from 'cli-table3';
import pc from 'picocolors';
import type { CountResult, RatioPart, RatioResult, Result } from './part.ts';
import type { Machine } from './support/machine.ts';

/** For people. */
export function readableReport(results: readonly Result[], machine: Machine): string {
  const ratios = results.filter((result): result is RatioResult => 'ratio' in result);
  const counts = results.filter((result): result is CountResult => 'counts' in result);
  return [
    readableMachine(machine),
    ...(ratios.length > 0 ? [ratioTable(ratios)] : []),
    ...(counts.length > 0 ? [countTable(counts)] : []),
    ...results.flatMap((result) =>
      'error' in result ? [pc.red(`${result.part.name} was not measured: ${result.error}`)] : [],
    ),
  ].join('\n\n');
}

/** For docs/performance.md. */
export function markdownReport(results: readonly Result[], machine: Machine): string {
  const lines = results.flatMap((result) => {
    if ('ratio' in result) return [ratioRow(result)];
    if ('error' in result) return [`| \`${result.part.name}\` | not measured: ${result.error} | | | | |`];
    return result.counts.map(({ what, count, limit }) =>
      row(what, rounded(count), '', '', `at most ${limit}`, count <= limit),
    );
  });
  return [
    readableMachine(machine),
    '',
    '| part | measured | floor | ratio (runs: lowest to highest) | to reach | |',
    '| --- | --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

function ratioRow({ part, measured, floor, ratio, lowest, highest, runs, reached }: RatioResult): string {
  const spread = `**${ratio.toFixed(2)}** (${runs}: ${lowest.toFixed(2)} to ${highest.toFixed(2)})`;
  const [above, below] = [`${rounded(measured)} ${part.unit}`, `${rounded(floor)} ${part.unit}`];
  return row(`\`${part.name}\``, above, below, spread, limitOf(part), reached);
}

function row(
  what: string,
  measured: string,
  floor: string,
  ratio: string,
  limit: string,
  reached: boolean,
): string {
  return `| ${what} | ${measured} | ${floor} | ${ratio} | ${limit} | ${reached ? 'reached' : 'missed'} |`;
}

/** For programs: everything that the tables hold, unrounded. */
export function jsonReport(results: readonly Result[], machine: Machine): object {
  return {
    at: new Date().toISOString(),
    machine,
    parts: results.map(({ part, ...result }) => {
      const { run: _run, ...described } = part;
      return { ...described, ...result };
    }),
  };
}

function readableMachine({ cpu, cores, memoryGb, system, node, versions, loadBefore }: Machine): string {
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const used = loadBefore > 1 ? `; the machine was in use before (load ${loadBefore})` : '';
  return `${cpu}, ${cores} cores, ${memoryGb} GB, ${system}\nNode ${node}, ${packages.join(', ')}${used}`;
}

function ratioTable(results: readonly RatioResult[]): string {
  const table = new Table({
    head: ['part', 'measured', 'floor', 'ratio', 'runs', 'to reach', ''],
    colAligns: ['left', 'right', 'right', 'right', 'left', 'left', 'left'],
    style: { head: [] },
  });
  for (const { part, measured, floor, ratio, lowest, highest, runs, reached } of results) {
    table.push([
      `${pc.bold(part.name)}\n${part.title}\n${pc.dim(`floor: ${part.floor}`)}`,
      `${rounded(measured)} ${part.unit}`,
      `${rounded(floor)} ${part.unit}`,
      ratio.toFixed(2),
      `${runs}: ${lowest.toFixed(2)} to ${highest.toFixed(2)}`,
      limitOf(part),
      verdict(reached),
    ]);
  }
  return table.toString();
}

function countTable(results: readonly CountResult[]): string {
  const table = new Table({
    head: ['counted', 'count', 'at most', ''],
    colAligns: ['left', 'right', 'right', 'left'],
    style: { head: [] },
  });
  for (const { what, count, limit } of results.flatMap(({ counts }) => counts)) {
    table.push([what, rounded(count), limit, verdict(count <= limit)]);
  }
  return table.toString();
}

function limitOf({ limit }: RatioPart): string {
  return 'atMost' in limit ? `at most ${limit.atMost.toFixed(2)}` : `at least ${limit.atLeast.toFixed(2)}`;
}

function verdict(reached: boolean): string {
  return reached ? pc.green('reached') : pc.red('missed');
}

function rounded(value: number): string {
  return Number.isInteger(value) || value >= 1_000 ? String(Math.round(value)) : value.toFixed(1);
}
