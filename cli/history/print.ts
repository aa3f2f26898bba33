import { csvHead, csvRows } from '../../lib/insights/csv.ts';
import { outcomeText, waitsFor } from '../../lib/insights/endings.ts';
import type { HistoryEntry } from '../../lib/ledger/reading/historyEntry.ts';
import { printableJson } from '../../lib/text.ts';
import { AttemptsTable } from './attemptsTable.ts';

import type { Format } from './options.ts';
import type { Colours } from './text.ts';

/** Prints attempts in the order in which they are given, in one go or in several. */
export interface Printer {
  print(entries: readonly HistoryEntry[]): void;
}

export interface PrinterOptions {
  readonly format: Format;
  readonly colours: Colours;
  /** Of the terminal; `undefined`: none. */
  readonly width: number | undefined;
  readonly write: (text: string) => void;
}

/** @param sample all that will be printed, where it is known: the table is laid out by it */
export function createPrinter(options: PrinterOptions, sample?: readonly HistoryEntry[]): Printer {
  const { format, colours, width, write } = options;
  switch (format) {
    case 'json':
      return { print: (entries) => write(`${printableJson(entries.map(withoutKeys), 2)}\n`) };
    case 'ndjson':
      return {
        print: (entries) => entries.forEach((entry) => write(`${printableJson(withoutKeys(entry))}\n`)),
      };
    case 'csv':
      write(csvHead());
      return { print: (entries) => write(csvRows(entries)) };
    case 'table': {
      const table = new AttemptsTable(width, colours, sample);
      write(`${table.head()}\n`);
      return {
        print(entries) {
          if (entries.length > 0) write(`${table.rows(entries)}\n`);
          const open = entries.find((entry) => waitsFor(entry) !== undefined);
          if (open) write(`${colours.dim(`${outcomeText(open)}: ${waitsFor(open) ?? ''}.`)}\n`);
        },
      };
    }
  }
}

/** An attempt as `GET /api/v1/history` answers it: where its row lies is the table's business. */
function withoutKeys({ key: _key, previous: _previous, ...attempt }: HistoryEntry): object {
  return attempt;
}
