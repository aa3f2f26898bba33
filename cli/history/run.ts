import { summarise } from '../../lib/insights/summary.ts';
import type { HistoryTables } from '../../lib/ledger/reading/sessionAttempts.ts';
import { printableJson } from '../../lib/text.ts';
import { periodOf as historyPeriod } from '../../lib/contract/historyTime.ts';
import { follow } from './follow.ts';
import { type Options, EXIT } from './options.ts';
import { type PrinterOptions, createPrinter } from './print.ts';
import { progressOn } from './progress.ts';
import { type OnPage, type Period, readPeriod, readSession } from './read.ts';
import { sessionText } from './sessionText.ts';
import { summaryText } from './summaryText.ts';
import { count } from './text.ts';

const LIMIT = 50;

export interface Call {
  readonly options: Options;
  readonly tables: HistoryTables;
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
    await follow(call.tables, periodOf(call), createPrinter(call.printing), call.signal);
    return EXIT.ok;
  }
  const progress = progressOn(call.stderr);
  const show =
    options.session === undefined ? (options.summary === true ? showSummary : showList) : showSession;
  const found = await show(call, (entries) => progress.report(entries)).finally(() => progress.end());
  found.print();
  return found.attempts > 0 ? EXIT.ok : EXIT.nothing;
}

/** Printed once the progress line is gone. */
interface Result {
  readonly attempts: number;
  readonly print: () => void;
}

async function showList(call: Call, onPage: OnPage): Promise<Result> {
  const { entries, more } = await readPeriod(call.tables, periodOf(call), onPage);
  return {
    attempts: entries.length,
    print: () => {
      const isText = call.printing.format === 'table';
      if (entries.length > 0 || !isText) createPrinter(call.printing, entries).print(entries);
      else call.stderr.write('Nothing was found. --since 1d looks further back.\n');
      if (more)
        call.stderr.write(`The latest ${count(entries.length)}; there are more: --limit all shows them.\n`);
    },
  };
}

async function showSummary(call: Call, onPage: OnPage): Promise<Result> {
  const { options, printing } = call;
  const period = { ...periodOf(call), limit: options.limit ?? Infinity };
  const { entries, more } = await readPeriod(call.tables, period, onPage);
  const { sinceMs, untilMs } = period;
  const summary = summarise(entries);
  return {
    attempts: entries.length,
    print: () => {
      const [since, until] = [sinceMs, untilMs].map((ms) => new Date(ms).toISOString());
      const text =
        printing.format === 'json'
          ? printableJson({ since, until, ...summary }, 2)
          : summaryText(summary, sinceMs, untilMs, printing.colours);
      printing.write(`${text}\n`);
      if (more)
        call.stderr.write(`Of the latest ${count(entries.length)} attempts only: --limit cut the rest.\n`);
    },
  };
}

async function showSession(call: Call, onPage: OnPage): Promise<Result> {
  const { options, printing } = call;
  const sessionId = options.session ?? '';
  const period = { ...periodOf(call), limit: options.limit ?? Infinity, sessionId };
  const { entries, session } = await readSession(call.tables, period, onPage);
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
  const { outcome, region, gameMode, fleet, session, limit = LIMIT } = options;
  const period = historyPeriod(options, session !== undefined, nowMs);
  return { ...period, limit, outcome, region, gameMode, fleet, sessionId: session };
}
