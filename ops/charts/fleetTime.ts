import { formatMs, type Durations } from '../../lib/insights/figures.ts';
import type { Timeline } from '../../lib/insights/timeline.ts';
import { colour, section, table } from '../dom.ts';
import { moment } from '../format.ts';
import { renderLegend } from './legend.ts';
import { Plot } from './plot.ts';

/** How long the fleet took for the attempts that ended with a host: median and 95th percentile. */
export class FleetTimeChart {
  readonly #plot = new Plot(section('fleet-plot'));

  render(timeline: Timeline, overall: Durations, range: readonly [number, number]): void {
    const { startsMs, p50, p95 } = timeline;
    this.#plot.describe(
      `Lines: median ${formatMs(overall.p50)}, 95th percentile ${formatMs(overall.p95)} overall.`,
    );
    // A line runs from the middle of one interval to the middle of the next.
    const middles = startsMs.map((ms) => (ms + timeline.intervalMs / 2) / 1_000);
    this.#plot.draw(() => ({
      range,
      data: [middles, [...p95], [...p50]],
      series: [lineIn('--p95'), lineIn('--p50')],
      formatY: formatMs,
      onPoint: (index) => readout(timeline, index),
    }));
    renderLegend(section('fleet-legend'), [
      { label: 'median (p50)', colour: '--p50', figure: formatMs(overall.p50) },
      { label: '95th percentile (p95)', colour: '--p95', figure: formatMs(overall.p95) },
    ]);
    section('fleet-table').replaceChildren(tableOf(timeline));
    readout(timeline, undefined);
  }
}

function lineIn(name: string): {
  stroke: string;
  width: number;
  points: { show: boolean; size: number; fill: string };
} {
  // Points show what a line cannot: an interval with empty ones on both sides.
  return { stroke: colour(name), width: 2, points: { show: true, size: 4, fill: colour(name) } };
}

function readout({ startsMs, p50, p95 }: Timeline, index: number | undefined): void {
  const start = index === undefined ? undefined : startsMs[index];
  section('fleet-readout').textContent =
    start === undefined
      ? 'in calls to the fleet, attempts that got a host'
      : `${moment(start)} · p50 ${time(p50[index ?? 0])} · p95 ${time(p95[index ?? 0])}`;
}

function tableOf({ startsMs, p50, p95 }: Timeline): HTMLTableElement {
  return table(
    'Fleet time',
    ['Time (UTC)', 'p50', 'p95'],
    startsMs.map((start, index) => [moment(start), time(p50[index]), time(p95[index])]),
  );
}

const time = (ms: number | null | undefined): string => formatMs(ms ?? undefined);
