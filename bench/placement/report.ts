import {
  CONDITIONS,
  COMPOSITIONS,
  GOOD_MS,
  OUTAGE_SHARE,
  PARTY_SIZES,
  SPIKE_MS,
  type Condition,
  type Composition,
  type Strategy,
} from './simulation.ts';
import type { Row } from './statistics.ts';

/** Names for readers, shared by the tables and the chart. */
export const STRATEGY_NAMES: Readonly<Record<Strategy, string>> = {
  first: 'first player only',
  mean: 'mean',
  median: 'median',
  worst: 'worst',
  capped: `mean, soft cap of ${GOOD_MS} ms`,
  best: 'best possible',
};

export const COMPOSITION_NAMES: Readonly<Record<Composition, string>> = {
  continent: 'Parties from one continent',
  worldwide: 'Parties from anywhere',
};

const conditionNames = (spikePercent: number): Readonly<Record<Condition, string>> => ({
  calm: 'nothing goes wrong',
  outages: `each location without capacity ${OUTAGE_SHARE * 100} % of the time`,
  spikes: `${spikePercent} % of measurements ${SPIKE_MS} ms too high`,
});

const BEGIN = '<!-- placement-study: begin (written by npm run placement-study) -->';
const END = '<!-- placement-study: end -->';

export interface StudyRun {
  readonly seed: number;
  readonly partiesPerSize: number;
  readonly locations: number;
  /** The share of spoilt measurements under `spikes`, in per cent. */
  readonly spikePercent: number;
}

/** The generated part of docs/placement.md, between its markers. */
export function report(rows: readonly Row[], run: StudyRun): string {
  const sizes = `${PARTY_SIZES[0]} to ${PARTY_SIZES.at(-1) ?? 0}`;
  const tables = COMPOSITIONS.flatMap((composition) =>
    CONDITIONS.flatMap((condition) => [
      `**${COMPOSITION_NAMES[composition]}, ${conditionNames(run.spikePercent)[condition]}**`,
      '',
      `| ordered by | mean latency, ms | worst player, ms | p95 of worst player, ms | every player under ${GOOD_MS} ms |`,
      '| --- | ---: | ---: | ---: | ---: |',
      ...rows.filter((row) => row.composition === composition && row.condition === condition).map(tableRow),
      '',
    ]),
  );
  return [
    BEGIN,
    `Seed ${run.seed}; ${run.partiesPerSize} parties of each size from ${sizes} players in each table; ` +
      `${run.locations} locations on offer.`,
    '',
    ...tables,
    `![The worst player's latency by party size](placement-study.svg)`,
    END,
  ].join('\n');
}

/** What comes before and after the generated part of a page; a new page contains nothing else. */
export function aroundReport(page: string | undefined): { before: string; after: string } {
  if (page === undefined) return { before: '', after: '\n' };
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin === -1 || end < begin) {
    throw new Error(
      `placement.md has no place for the study: it needs the line "${BEGIN}" and, below it, "${END}".`,
    );
  }
  return { before: page.slice(0, begin), after: page.slice(end + END.length) };
}

function tableRow(row: Row): string {
  const cells = [
    STRATEGY_NAMES[row.strategy],
    row.meanMs.toFixed(1),
    row.worstMs.toFixed(1),
    row.worstP95Ms.toFixed(0),
    `${(row.goodShare * 100).toFixed(1)} %`,
  ];
  return `| ${cells.join(' | ')} |`;
}
