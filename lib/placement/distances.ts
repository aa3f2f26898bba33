import { toMicroseconds } from './aggregates.ts';
import { normaliseLocation } from './names.ts';
import { REGION_LATENCIES } from './regionLatencies.ts';

interface Table {
  /** Where a region's column is in each row. */
  readonly columns: ReadonlyMap<string, number>;
  /** In whole microseconds; Infinity where the table is empty. */
  readonly rows: ReadonlyMap<string, readonly number[]>;
}

/** Parsed when it is first needed. */
let table: Table | undefined;

/**
 * How far apart locations are: the round trip between them, in whole microseconds, the mean of what was measured each
 * way. That from `a` to `b` is at `a * names.length + b`; Infinity where it is not known.
 *
 * @param names in any spelling
 */
export function distancesBetween(names: readonly string[]): Float64Array {
  const { columns, rows } = (table ??= parse());
  const known = names
    .map(normaliseLocation)
    .map((name) => ({ row: rows.get(name), column: columns.get(name) }));
  const apart = new Float64Array(names.length ** 2);
  for (const [a, from] of known.entries()) {
    for (const [b, to] of known.entries()) {
      const there = from.row?.[to.column ?? -1] ?? Infinity;
      const back = to.row?.[from.column ?? -1] ?? Infinity;
      const isBoth = there + back < Infinity;
      apart[a * names.length + b] = isBoth ? Math.round((there + back) / 2) : Math.min(there, back);
    }
  }
  return apart;
}

function parse(): Table {
  const [header = '', ...lines] = REGION_LATENCIES.trim().split('\n');
  const targets = header.split(',').slice(1);
  const rows = lines.map((line): [string, number[]] => {
    const [source = '', ...cells] = line.split(',');
    return [
      normaliseLocation(source),
      cells.map((ms) => (ms === '' ? Infinity : toMicroseconds(Number(ms)))),
    ];
  });
  return {
    columns: new Map(targets.map((target, column) => [normaliseLocation(target), column])),
    rows: new Map(rows),
  };
}
