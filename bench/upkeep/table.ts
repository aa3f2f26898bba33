import { grid } from '../../cli/history/grid.ts';
import type { DayFigures, PruneRunFigures } from './day.ts';

/** So many runs have the time for a pass through the whole table of the sessions, at any load. */
const RUNS_OF_A_PASS = 24;

/** Whether the last runs left anything that was due. */
export function fallsBehind({ runs, sweeps, straysLeft }: DayFigures): boolean {
  const last = runs.at(-1);
  if (last === undefined) return true;
  const isPruned = last.backlog === 0 && last.behindHours === 0 && last.faults === 0;
  const isSwept = sweeps.cut === 0 && sweeps.leftOpen === 0;
  return !isPruned || !isSwept || (straysLeft > 0 && runs.length >= RUNS_OF_A_PASS);
}

const HEAD = [
  'allocations an hour',
  'sessions removed a run',
  'history rows removed a run',
  'a run of prune: s',
  'requests',
  'backlog, last run',
  'strays left',
  'slowest sweep: s',
  'rows closed',
  'left open',
  '',
];

export function readableTable(days: readonly DayFigures[]): string {
  return grid({ head: HEAD, rows: days.map(cellsOf), right: HEAD.map((_, index) => index).slice(0, -1) });
}

/** For docs/performance.md. */
export function markdownTable(days: readonly DayFigures[]): string {
  const lines = [HEAD, HEAD.map(() => '---'), ...days.map(cellsOf)];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Each run of a day. */
export function runsTable({ anHour, runs }: DayFigures): string {
  const head = ['run', 'sessions', 'history rows', 'strays', 's', 'requests', 'hours behind', 'backlog'];
  const rows = runs.map((run, index) =>
    [
      index + 1,
      run.sessionsRemoved,
      run.historyRowsRemoved,
      run.straySessionsRemoved,
      Math.round(run.ms / 1_000),
      run.requests,
      run.behindHours,
      run.backlog,
    ].map(figure),
  );
  return `${figure(anHour)} an hour\n${grid({ head, rows, right: head.map((_, index) => index) })}`;
}

function cellsOf(day: DayFigures): string[] {
  const { anHour, runs, sweeps, straysLeft } = day;
  const range = (of: (run: PruneRunFigures) => number): string => {
    const [least, most] = [Math.min(...runs.map(of)), Math.max(...runs.map(of))];
    return least === most ? figure(least) : `${figure(least)} to ${figure(most)}`;
  };
  return [
    figure(anHour),
    range(({ sessionsRemoved }) => sessionsRemoved),
    range(({ historyRowsRemoved }) => historyRowsRemoved),
    range(({ ms }) => Math.round(ms / 1_000)),
    range(({ requests }) => requests),
    figure(runs.at(-1)?.backlog ?? 0),
    figure(straysLeft),
    (sweeps.slowestMs / 1_000).toFixed(1),
    figure(sweeps.closed),
    figure(sweeps.leftOpen),
    fallsBehind(day) ? 'falls behind' : 'keeps up',
  ];
}

function figure(value: number): string {
  return value.toLocaleString('en-US');
}
