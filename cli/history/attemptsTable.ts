import stringWidth from 'string-width';
import { type HistoryItem, isEnding } from '../../lib/contract/attempt.ts';
import { regionOf } from '../../lib/insights/attempt.ts';
import { outcomeText } from '../../lib/insights/endings.ts';
import { formatMs } from '../../lib/insights/figures.ts';
import { cutText, printable } from '../../lib/text.ts';
import { grid } from './grid.ts';
import { type Colours, paintOutcome, utcTime } from './text.ts';

interface Column {
  readonly title: string;
  readonly of: (item: HistoryItem) => string;
  /** Columns with the highest number go first where the terminal is too narrow; 0 stays. */
  readonly dispensable: number;
  /** The width where the rows are not known yet. */
  readonly usual: number;
  readonly figures?: true;
}

const NONE = '-';
const GAP = 2;
/** A name wider than this is cut: clients and fleets choose names, and must not choose the layout. */
const WIDEST = 40;

const FLEET: Column = { title: 'FLEET', of: ({ fleet }) => fleet ?? NONE, dispensable: 3, usual: 12 };

const COLUMNS: readonly Column[] = [
  { title: 'BEGAN', of: ({ claimedAt }) => utcTime(claimedAt), dispensable: 0, usual: 19 },
  { title: 'OUTCOME', of: outcomeText, dispensable: 0, usual: 19 },
  { title: 'REGION', of: (attempt) => regionOf(attempt) ?? NONE, dispensable: 1, usual: 16 },
  { title: 'CHOICE', of: choice, dispensable: 5, usual: 6, figures: true },
  FLEET,
  {
    title: 'FLEET TIME',
    of: ({ fleetMs }) => (fleetMs === undefined ? NONE : formatMs(fleetMs)),
    dispensable: 4,
    usual: 10,
    figures: true,
  },
  {
    title: 'CALLS',
    of: ({ fleetCalls }) => String(fleetCalls ?? NONE),
    dispensable: 6,
    usual: 5,
    figures: true,
  },
  {
    title: 'STATUS',
    of: ({ upstreamStatus }) => String(upstreamStatus ?? NONE),
    dispensable: 2,
    usual: 6,
    figures: true,
  },
  { title: 'MODE', of: ({ gameMode }) => gameMode, dispensable: 7, usual: 10 },
  { title: 'SESSION', of: ({ sessionId }) => sessionId, dispensable: 0, usual: 36 },
  { title: 'HOST', of: ({ hostName }) => hostName ?? NONE, dispensable: 8, usual: 40 },
];

function choice(item: HistoryItem): string {
  if (isEnding(item) || item.region === undefined) return NONE;
  const { preferenceRank, locations } = item;
  return preferenceRank === undefined ? 'other' : `${preferenceRank}/${locations.length}`;
}

/** The layout of a table of attempts and endings, fitted to a terminal. */
export class AttemptsTable {
  readonly #columns: readonly Column[];
  readonly #widths: readonly number[];
  readonly #colours: Colours;

  /**
   * @param width of the terminal; `undefined`: no limit
   * @param sample what is to be shown; `undefined` where that is not known yet
   */
  constructor(width: number | undefined, colours: Colours, sample?: readonly HistoryItem[]) {
    // The same fleet in each row says nothing, unless rows with another may follow.
    const fleets = new Set(sample?.map(FLEET.of));
    const columns = COLUMNS.filter((column) => column !== FLEET || sample === undefined || fleets.size > 1);
    const all = columns.map((column) => ({ column, width: widthOf(column, sample) }));
    const kept = fit(all, width ?? Infinity);
    this.#columns = kept.map(({ column }) => column);
    this.#widths = kept.map((each) => each.width);
    this.#colours = colours;
  }

  head(): string {
    const titles = this.#columns.map(({ title }) => this.#colours.dim(title));
    return this.#grid([titles]);
  }

  rows(attempts: readonly HistoryItem[]): string {
    return this.#grid(
      attempts.map((attempt) =>
        this.#columns.map((column, index) => this.#cell(column, attempt, this.#widths[index])),
      ),
    );
  }

  /** Cut here: what lays the table out cuts between UTF-16 units. */
  #cell({ title, of }: Column, attempt: HistoryItem, width = WIDEST): string {
    const whole = printable(of(attempt));
    const text = stringWidth(whole) <= width ? whole : `${cutText(whole, width - 1, stringWidth)}…`;
    return title === 'OUTCOME' ? paintOutcome(attempt.outcome, this.#colours, text) : text;
  }

  #grid(rows: readonly (readonly string[])[]): string {
    const right = this.#columns.flatMap(({ figures }, index) => (figures === true ? [index] : []));
    return grid({ head: [], rows, right, widths: this.#widths });
  }
}

function widthOf(column: Column, sample: readonly HistoryItem[] | undefined): number {
  if (sample === undefined) return column.usual;
  const widest = sample.reduce(
    (most, attempt) => Math.max(most, stringWidth(printable(column.of(attempt)))),
    column.title.length,
  );
  return Math.min(widest, WIDEST);
}

/** Leaves columns out, the most dispensable first, until the rest fits. */
function fit<T extends { readonly column: Column; readonly width: number }>(
  all: readonly T[],
  width: number,
): readonly T[] {
  const total = all.reduce((sum, each) => sum + each.width + GAP, -GAP);
  const [first] = [...all].sort((a, b) => b.column.dispensable - a.column.dispensable);
  if (total <= width || first === undefined || first.column.dispensable === 0) return all;
  return fit(
    all.filter((each) => each !== first),
    width,
  );
}
