import Table from 'cli-table3';

export interface Cells {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** The positions of columns that hold figures. */
  readonly right?: readonly number[];
  /** Fixed widths; default: as wide as what is in them. */
  readonly widths?: readonly number[];
}

const NO_LINES = {
  ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '' },
  ...{ bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' },
  ...{ left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '' },
  middle: '  ',
};

/** Columns without lines, two blanks between them; without `head` only the rows. */
export function grid({ head, rows, right = [], widths }: Cells): string {
  const columns = head.length > 0 ? head.length : (rows[0]?.length ?? 0);
  const table = new Table({
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
    head: [...head],
    colAligns: Array.from({ length: columns }, (_, index) => (right.includes(index) ? 'right' : 'left')),
    ...(widths === undefined ? {} : { colWidths: [...widths] }),
  });
  table.push(...rows.map((cells) => [...cells]));
  // What fills the last column up to its width would wrap on a terminal that is exactly as wide.
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
