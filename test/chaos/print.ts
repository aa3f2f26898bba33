import Table from 'cli-table3';
import pc from 'picocolors';
import type { InvariantResult, Verdict } from './verdict.ts';

/** The verdict for people. */
export function printVerdict(judged: Verdict): void {
  const { verdict, options, seconds, counts, invariants, trace, provedNothing } = judged;
  const table = new Table({ style: { head: [], border: [] } });
  for (const [name, value] of Object.entries({ ...counts })) {
    table.push([name, typeof value === 'number' ? String(value) : listed(value)]);
  }
  console.log(table.toString());
  for (const invariant of invariants) console.log(lineOf(invariant));
  if (trace !== undefined) console.log(`\n${trace.join('\n')}`);
  if (options.killEvery > 0 && counts.kills + counts.orderlyEnds === 0) {
    console.log(
      pc.yellow(
        `\nNo broker was killed: the run was over too soon for --kill-every ${options.killEvery}. ` +
          'Ask for more --sessions, or kill more often, to test that.',
      ),
    );
  }
  if (provedNothing !== undefined) console.log(pc.red(`\n${provedNothing}`));
  const colour = verdict === 'pass' ? pc.green : pc.red;
  console.log(
    colour(`\n${verdict.toUpperCase()}  ${options.fleet.join(',')}  seed ${options.seed}  ${seconds} s`),
  );
}

function lineOf({ name, promise, result, violations, examples }: InvariantResult): string {
  const mark = { pass: pc.green('pass'), fail: pc.red('FAIL'), 'not checked': pc.yellow('----') }[result];
  const failures = examples.map(({ sessionId, message }) => `\n        ${sessionId ?? 'run'}: ${message}`);
  const count = violations === 0 ? '' : pc.red(`  ${violations} violations, for example:`);
  return `${mark}  ${name.padEnd(24)} ${promise}${count}${failures.join('')}`;
}

function listed(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name}: ${count}`)
    .join('\n');
}
