import uPlot from 'uplot';
import { colour } from '../dom.ts';

export interface PlotSpec {
  /** In seconds since the epoch: where the horizontal axis begins and ends. */
  readonly range: readonly [number, number];
  readonly data: uPlot.AlignedData;
  /** Without the first, which is the time. */
  readonly series: readonly uPlot.Series[];
  readonly formatY: (value: number) => string;
  /** Called with the interval that the pointer is over; `undefined` when it has left. */
  readonly onPoint: (index: number | undefined) => void;
}

const HEIGHT = 212;

/** A drawing area that fits its element's width and is drawn anew with each {@link Plot.draw}. */
export class Plot {
  readonly #element: HTMLElement;
  #plot: uPlot | undefined;
  #specOf: (() => PlotSpec) | undefined;

  constructor(element: HTMLElement) {
    this.#element = element;
    new ResizeObserver(() => this.#plot?.setSize(this.#size())).observe(element);
    // A canvas keeps the colours that it was drawn with.
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      if (this.#specOf !== undefined) this.draw(this.#specOf);
    });
  }

  /** @param text what the drawing shows, in words */
  describe(text: string): void {
    this.#element.setAttribute('aria-label', text);
  }

  /** @param specOf asked again whenever the colours have changed */
  draw(specOf: () => PlotSpec): void {
    this.#specOf = specOf;
    this.#plot?.destroy();
    const spec = specOf();
    this.#plot = new uPlot({ ...optionsOf(spec), ...this.#size() }, spec.data, this.#element);
  }

  #size(): { width: number; height: number } {
    return { width: Math.max(200, this.#element.clientWidth), height: HEIGHT };
  }
}

function optionsOf({ range, series, formatY, onPoint }: PlotSpec): Omit<uPlot.Options, 'width' | 'height'> {
  return {
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), 'Etc/UTC'),
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false, setScale: false }, points: { show: false } },
    scales: {
      x: { time: true, range: () => [...range] },
      y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.08 : 1] },
    },
    axes: [
      { ...axis(), size: 40, space: 70, values: TIME_LABELS },
      { ...axis(), size: 56, space: 40, values: (_plot, values) => values.map(formatY) },
    ],
    series: [{}, ...series],
    hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx ?? undefined)] },
  };
}

/** The 24-hour clock, with the day where it changes: every other unit repeats what the page says already. */
const TIME_LABELS: uPlot.Axis.Values = [
  [86_400, '{D} {MMM}', null, null, null, null, null, null, 1],
  [60, '{HH}:{mm}', null, null, '\n{D} {MMM}', null, null, null, 1],
];

function axis(): uPlot.Axis {
  const line = { stroke: colour('--line'), width: 1 };
  return { stroke: colour('--muted'), font: `11px ${colour('--sans')}`, grid: line, ticks: { show: false } };
}
