import { LATE_SHARE, type Strategy } from './simulation.ts';
import type { Row, VariantRow } from './statistics.ts';
import { DISTORTION } from './variants.ts';
import {
  CONDITIONS,
  COMPOSITIONS,
  GOOD_MS,
  LIAR_SHARE,
  OUTAGE_SHARE,
  PARTY_SIZES,
  SPIKE_MS,
  type Condition,
  type Composition,
} from './world.ts';

/** Names for readers, shared by the tables and the chart. */
export const STRATEGY_NAMES: Readonly<Record<Strategy, string>> = {
  first: 'first caller decides',
  gather: `gather, ${LATE_SHARE * 100} % of callers too late`,
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
  liars: `${LIAR_SHARE * 100} % of players lie`,
  lost5: '5 % of measurements lost',
  lost20: '20 % of measurements lost',
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

export interface Variants {
  readonly clamps: readonly VariantRow[];
  readonly fills: readonly VariantRow[];
}

/** The generated part of docs/placement.md, between its markers. */
export function report(rows: readonly Row[], { clamps, fills }: Variants, run: StudyRun): string {
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
    '**Clamps: mean latency, ms, and the worst player of parties from anywhere**',
    '',
    ...variantTable(clamps, 'clamp', ['calm', 'liars'], ['honest', 'liars']),
    '',
    `**Fills: the same, where round trips are up to ${DISTORTION * 100} % off what the broker knows**`,
    '',
    ...variantTable(fills, 'filled in with', ['lost5', 'lost20'], ['5 % lost', '20 % lost']),
    '',
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

function variantTable(
  rows: readonly VariantRow[],
  title: string,
  conditions: readonly Condition[],
  names: readonly string[],
): readonly string[] {
  const settings = COMPOSITIONS.flatMap((composition) =>
    conditions.map((condition) => [composition, condition] as const),
  );
  const heads = [
    title,
    ...names.map((name) => `continent, ${name}`),
    ...names.map((name) => `anywhere, ${name}`),
    'average of the four',
    ...names.map((name) => `worst player, ${name}`),
  ];
  return [
    `| ${heads.join(' | ')} |`,
    `| --- |${' ---: |'.repeat(heads.length - 1)}`,
    ...rows.map(({ variant, meanMs, worstMs }) => {
      const means = settings.map((setting) => meanMs(...setting));
      const worst = conditions.map((condition) => worstMs('worldwide', condition));
      const average = means.reduce((sum, ms) => sum + ms, 0) / means.length;
      const figures = [...means, average, ...worst].map((ms) => ms.toFixed(1));
      return `| ${[variant, ...figures].join(' | ')} |`;
    }),
  ];
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
