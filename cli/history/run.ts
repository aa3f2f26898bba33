import { type HistoryItem, isEnding } from '../../lib/contract/attempt.ts';
import { type EndingFigures, EndingTally } from '../../lib/insights/endings.ts';
import { formatCount } from '../../lib/insights/figures.ts';
import { type Summary, Summariser } from '../../lib/insights/summary.ts';
import type { HistoryEntry } from '../../lib/ledger/reading/historyEntry.ts';
import { printableJson } from '../../lib/text.ts';
import { periodOf as historyPeriod } from '../../lib/contract/historyTime.ts';
import { follow } from './follow.ts';
import { type Options, EXIT } from './options.ts';
import { type PrinterOptions, createPrinter } from './print.ts';
import { type Progress, progressOn } from './progress.ts';
import { type OnPage, type Period, readAnswers, readForFigures, readPeriod, readSession } from './read.ts';
import type { CommandTables } from './source.ts';
import { sessionText } from './sessionText.ts';
import { summaryText } from './summaryText.ts';

const LIMIT = 50;
/** More attempts than this are not held in memory where they need not be. */
const MOST_KEPT = 10_000;

export interface Call {
  readonly options: Options;
  readonly tables: CommandTables;
  readonly nowMs: number;
  readonly printing: PrinterOptions;
  readonly stderr: NodeJS.WriteStream;
  /** Ends the following. */
  readonly signal: AbortSignal;
}

/** Does what the options say; resolves with the exit code. */
export async function run(call: Call): Promise<number> {
  const { options } = call;
  if (options.follow === true) {
    const period = {
      ...periodOf(call),
      sinceMs: options.since ?? call.nowMs,
      limit: options.limit ?? Infinity,
    };
    const warn = (text: string): boolean => call.stderr.write(`${text}\n`);
    const { tables, signal } = call;
    await follow({ tables, period, printer: createPrinter(call.printing), warn, signal });
    return EXIT.ok;
  }
  const progress = progressOn(call.stderr);
  const show =
    options.session === undefined ? (options.summary === true ? showSummary : showList) : showSession;
  const found = await show(call, progress).finally(() => progress.end());
  found.print();
  return found.attempts > 0 ? EXIT.ok : EXIT.nothing;
}

/** Printed once the progress line is gone. */
interface Result {
  readonly attempts: number;
  readonly print: () => void;
}

/** Reports how far it is, and hands each page on. */
function counting(progress: Progress, onPage: OnPage): OnPage {
  let number = 0;
  return (page) => {
    number += page.length;
    progress.report(number, page.at(-1)?.claimedAt);
    onPage(page);
  };
}

async function showList(call: Call, progress: Progress): Promise<Result> {
  const { printing, stderr, tables } = call;
  const { format } = printing;
  const period = periodOf(call);
  // What has no layout to wait for is printed as it comes, however much there is.
  const streamed = period.limit > MOST_KEPT && (format === 'csv' || format === 'ndjson');
  const printer = streamed ? createPrinter(printing) : undefined;
  const entries: HistoryEntry[] = [];
  let attempts = 0;
  const keep: OnPage = (page) => {
    attempts += page.length;
    if (printer !== undefined) printer.print(page);
    else entries.push(...page);
  };
  const more = await readPeriod(tables, period, streamed ? keep : counting(progress, keep));
  return {
    attempts,
    print: () => {
      if (attempts === 0 && format === 'table') {
        stderr.write('Nothing was found. --since 1d looks further back.\n');
      } else if (!streamed) createPrinter(printing, entries).print(entries);
      if (more)
        stderr.write(`The latest ${formatCount(attempts)}; there are more: --limit all shows them.\n`);
    },
  };
}

async function showSummary(call: Call, progress: Progress): Promise<Result> {
  const { options, printing } = call;
  const period = periodOf(call);
  const { sinceMs, untilMs } = period;
  const { summary, endings, read, more } = await (options.limit === undefined
    ? estimated(call, progress)
    : exact(call, options.limit, progress));
  const answers = await readAnswers(call.tables, period);
  return {
    attempts: read,
    print: () => {
      const [since, until] = [sinceMs, untilMs].map((ms) => new Date(ms).toISOString());
      const text =
        printing.format === 'json'
          ? printableJson({ since, until, read, ...summary, endings, requests: answers }, 2)
          : summaryText(summary, { sinceMs, untilMs, read, endings, answers }, printing.colours);
      printing.write(`${text}\n`);
      if (more)
        call.stderr.write(`Of the latest ${formatCount(read)} attempts only: --limit cut the rest.\n`);
    },
  };
}

interface SummedUp {
  readonly summary: Summary;
  readonly endings: EndingFigures;
  /** How many attempts and endings were read. */
  readonly read: number;
  readonly more: boolean;
}

/** Attempts in one tally, endings in another; keeps none of them, so that there may be millions. */
function sumsAt(nowMs: number): {
  readonly add: (items: readonly HistoryItem[]) => void;
  readonly figures: () => Omit<SummedUp, 'more'>;
} {
  const attempts = new Summariser();
  const endings = new EndingTally(nowMs);
  let read = 0;
  return {
    add: (items) => {
      read += items.length;
      for (const item of items) {
        if (isEnding(item)) endings.add(item);
        else attempts.add(item);
      }
    },
    figures: () => ({ summary: attempts.summary(), endings: endings.figures(), read }),
  };
}

async function estimated(call: Call, progress: Progress): Promise<SummedUp> {
  const sums = sumsAt(call.nowMs);
  sums.add(await readForFigures(call.tables, periodOf(call), (number) => progress.report(number)));
  return { ...sums.figures(), more: false };
}

async function exact(call: Call, limit: number, progress: Progress): Promise<SummedUp> {
  const sums = sumsAt(call.nowMs);
  const more = await readPeriod(call.tables, { ...periodOf(call), limit }, counting(progress, sums.add));
  return { ...sums.figures(), more };
}

async function showSession(call: Call, progress: Progress): Promise<Result> {
  const { options, printing } = call;
  const sessionId = options.session ?? '';
  const period = { ...periodOf(call), limit: options.limit ?? Infinity, sessionId };
  const entries: HistoryEntry[] = [];
  const keep = counting(progress, (page) => entries.push(...page));
  const { session } = await readSession(call.tables, period, keep);
  const inOrder = [...entries].reverse();
  return {
    attempts: entries.length,
    print: () => {
      if (printing.format !== 'table') createPrinter(printing, inOrder).print(inOrder);
      else if (entries.length > 0)
        printing.write(`${sessionText(sessionId, inOrder, session, printing.colours)}\n`);
      else call.stderr.write('The session has no attempt in this time. --since 30d looks further back.\n');
    },
  };
}

function periodOf({ options, nowMs }: Call): Period {
  const { outcome, region, gameMode, fleet, upstreamStatus, effort, session, limit = LIMIT } = options;
  const period = historyPeriod(options, session !== undefined, nowMs);
  return { ...period, limit, outcome, region, gameMode, fleet, upstreamStatus, effort, sessionId: session };
}
