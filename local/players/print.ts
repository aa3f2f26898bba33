import Table from 'cli-table3';
import pc from 'picocolors';
import type { Percentiles, PlayersReport } from './report.ts';

const STYLE = { style: { head: [], border: [], compact: true } };

/** The report for people. */
export function print(report: PlayersReport): string {
  const { repetitions, firstPreference, contradictions } = report;
  const table = new Table({ ...STYLE, colAligns: ['left', 'right'] });
  table.push(
    ['sessions', report.sessions],
    ['  with a host', share(report.sessionsWithHost, report.sessions)],
    ['calls', report.calls],
    ['  HTTP requests', report.requests],
    ...Object.entries(report.outcomes).map(([outcome, count]) => [
      `  ${outcome}`,
      share(count, report.calls),
    ]),
    ['repeated on purpose', repetitions.made],
    ['  same answer', share(repetitions.same, repetitions.made)],
    ['time to a new host, p50 / p95', times(report.createdMs)],
    ['time to a replay, p50 / p95', times(report.replayedMs)],
    ['new hosts in the first preference', share(firstPreference.got, firstPreference.of)],
  );
  const wrong = contradictions.map((line) => pc.red(`contradiction  ${line}`));
  return [table.toString(), regions(report), ...wrong].join('\n');
}

function regions(report: PlayersReport): string {
  const head = ['region', 'sessions', 'time to a new host, p50 / p95'];
  const table = new Table({ ...STYLE, head, colAligns: ['left', 'right', 'right'] });
  table.push(
    ...report.regions.map(({ region, sessions, createdMs }) => [region, sessions, times(createdMs)]),
  );
  return table.toString();
}

const times = (percentiles: Percentiles | undefined): string =>
  percentiles === undefined ? '-' : `${percentiles.p50} / ${percentiles.p95} ms`;

const share = (part: number, whole: number): string =>
  whole === 0 ? '0' : `${part}  (${((100 * part) / whole).toFixed(1)} %)`;
