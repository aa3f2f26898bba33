/**
 * The study's chart as static SVG. Written by hand: what draws charts well on a server (Vega, D3 with a DOM) weighs
 * more than the broker, uplot needs a canvas, and this chart is only two panels of seven lines.
 */
import type { Strategy } from './simulation.ts';
import { COMPOSITIONS, PARTY_SIZES, type Composition } from './world.ts';
import type { Series } from './statistics.ts';
import { COMPOSITION_NAMES, STRATEGY_NAMES } from './report.ts';

const WIDTH = 880;
const HEIGHT = 420;
const PLOT = { top: 104, bottom: 372, width: 350, lefts: [60, 500] } as const;

/** Mid-tones that keep their contrast on white and on black; dashes distinguish the lines without colour. */
const STYLE: Readonly<Record<Strategy, { colour: string; dash: string }>> = {
  first: { colour: '#c2452d', dash: '' },
  gather: { colour: '#c75f9b', dash: '8 3 2 3' },
  mean: { colour: '#2f7fd1', dash: '' },
  median: { colour: '#8a6fd0', dash: '6 3' },
  worst: { colour: '#1f9268', dash: '' },
  capped: { colour: '#b5790a', dash: '3 3' },
  best: { colour: '#808080', dash: '1 4' },
};

/** An `<img>` follows the reader's colour scheme by this media query; the background stays the page's. */
const CSS = `
    text { font: 12px system-ui, sans-serif; fill: #333 }
    .title { font-weight: 600; font-size: 13px }
    .grid { stroke: #8886; stroke-width: 1 }
    polyline { fill: none; stroke-width: 2.2; stroke-linejoin: round; stroke-linecap: round }
    @media (prefers-color-scheme: dark) { text { fill: #ddd } }
  `;

/** The worst player's latency by party size, one panel for each composition, with a scale of its own. */
export function chart(series: readonly Series[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="t">`,
    `  <title id="t">Worst player's round trip by party size, for each way of choosing the location</title>`,
    `  <style>${CSS}</style>`,
    ...legend(series),
    ...COMPOSITIONS.flatMap((composition, panelIndex) =>
      panel(
        composition,
        PLOT.lefts[panelIndex] ?? 0,
        series.filter((line) => line.composition === composition),
      ),
    ),
    '</svg>',
    '',
  ].join('\n');
}

function legend(series: readonly Series[]): string[] {
  const strategies = [...new Set(series.map(({ strategy }) => strategy))];
  return strategies.flatMap((strategy, index) => {
    const x = PLOT.lefts[0] + (index % 3) * 260;
    const y = 16 + Math.floor(index / 3) * 20;
    return [
      `  <polyline points="${x},${y} ${x + 28},${y}" ${stroke(strategy)}/>`,
      `  <text x="${x + 36}" y="${y + 4}">${STRATEGY_NAMES[strategy]}</text>`,
    ];
  });
}

function panel(composition: Composition, left: number, lines: readonly Series[]): string[] {
  const step = 50;
  const top = Math.ceil(Math.max(...lines.flatMap(({ worstMsBySize }) => worstMsBySize)) / step) * step;
  const x = (size: number): string =>
    (left + ((size - 1) / (PARTY_SIZES.length - 1)) * PLOT.width).toFixed(1);
  const y = (ms: number): string => (PLOT.bottom - (ms / top) * (PLOT.bottom - PLOT.top)).toFixed(1);
  const ticks = Array.from({ length: top / step + 1 }, (_, index) => index * step);
  return [
    `  <text class="title" x="${left}" y="${PLOT.top - 16}">${COMPOSITION_NAMES[composition]}: worst player, ms</text>`,
    ...ticks.flatMap((ms) => [
      `  <line class="grid" x1="${left}" x2="${left + PLOT.width}" y1="${y(ms)}" y2="${y(ms)}"/>`,
      `  <text x="${left - 8}" y="${y(ms)}" dy="4" text-anchor="end">${ms}</text>`,
    ]),
    ...PARTY_SIZES.map(
      (size) => `  <text x="${x(size)}" y="${PLOT.bottom + 20}" text-anchor="middle">${size}</text>`,
    ),
    `  <text x="${left + PLOT.width / 2}" y="${PLOT.bottom + 40}" text-anchor="middle">players in the party</text>`,
    ...lines.map(({ strategy, worstMsBySize }) => {
      const points = worstMsBySize.map((ms, index) => `${x(index + 1)},${y(ms)}`).join(' ');
      return `  <polyline points="${points}" ${stroke(strategy)}/>`;
    }),
  ];
}

function stroke(strategy: Strategy): string {
  const { colour, dash } = STYLE[strategy];
  return dash === '' ? `stroke="${colour}"` : `stroke="${colour}" stroke-dasharray="${dash}"`;
}
