import { formatCount } from '../../lib/insights/figures.ts';
import uPlot from 'uplot';
import type { OutcomeCount } from '../../lib/insights/outcomes.ts';
import type { Timeline } from '../../lib/insights/timeline.ts';
import { colour, section, table } from '../dom.ts';
import { counted, moment, short } from '../format.ts';
import { colourName } from '../palette.ts';
import { renderLegend } from './legend.ts';
import { type PlotSpec, Plot } from './plot.ts';

/** Attempts per minute, one colour an outcome, stacked. */
export class OutcomesChart {
  readonly #plot = new Plot(section('outcomes-plot'));

  render(timeline: Timeline, outcomes: readonly OutcomeCount[], range: readonly [number, number]): void {
    this.#plot.describe(
      `Bars: ${outcomes.map(({ outcome, count }) => `${outcome} ${formatCount(count)}`).join(', ')}.`,
    );
    this.#plot.draw(() => specOf(timeline, range));
    renderLegend(
      section('outcomes-legend'),
      outcomes.map(({ outcome, count }) => ({
        label: outcome,
        colour: colourName(outcome),
        figure: formatCount(count),
      })),
    );
    section('outcomes-table').replaceChildren(tableOf(timeline));
    readout(timeline, undefined);
  }
}

function specOf(timeline: Timeline, range: readonly [number, number]): PlotSpec {
  const { startsMs, perMinute } = timeline;
  const tops = stacked(perMinute.map(({ values }) => values));
  const bars = uPlot.paths.bars?.({ size: [0.86, 48], align: 1 });
  // The tallest first: each shorter one is drawn over it and leaves its own part to see.
  const order = perMinute.map((_, index) => index).reverse();
  return {
    range,
    data: [startsMs.map((ms) => ms / 1_000), ...order.map((index) => [...(tops[index] ?? [])])],
    series: order.map((index) => {
      const { outcome = 'unrecognised' } = perMinute[index] ?? {};
      return {
        fill: colour(colourName(outcome)),
        width: 0,
        points: { show: false },
        ...(bars && { paths: bars }),
      };
    }),
    formatY: short,
    onPoint: (index) => readout(timeline, index),
  };
}

/** Each list on top of those before it. */
export function stacked(lists: readonly (readonly number[])[]): readonly (readonly number[])[] {
  let below: readonly number[] = [];
  return lists.map((values) => (below = values.map((value, index) => value + (below[index] ?? 0))));
}

function readout({ startsMs, perMinute, intervalMs }: Timeline, index: number | undefined): void {
  const start = index === undefined ? undefined : startsMs[index];
  section('outcomes-readout').textContent =
    start === undefined
      ? `by outcome, ${counted(intervalMs / 60_000, 'minute')} a bar`
      : [
          moment(start),
          ...perMinute.flatMap(({ outcome, values }) => {
            const value = values[index ?? 0] ?? 0;
            return value === 0 ? [] : [`${outcome} ${short(value)}`];
          }),
        ].join(' · ');
}

function tableOf({ startsMs, perMinute }: Timeline): HTMLTableElement {
  return table(
    'Attempts per minute by outcome',
    ['Time (UTC)', ...perMinute.map(({ outcome }) => outcome)],
    startsMs.map((start, index) => [
      moment(start),
      ...perMinute.map(({ values }) => short(values[index] ?? 0)),
    ]),
  );
}
