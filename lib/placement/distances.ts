import { toMicroseconds } from './aggregates.ts';
import { normaliseLocation } from './names.ts';
import { REGION_LATENCIES } from './regionLatencies.ts';

/** The round trip between two locations, in whole microseconds; undefined where it is not known. */
export type Distance = (from: number, to: number) => number | undefined;

/** Parsed when it is first needed: most requests lack nothing. */
let known: ReadonlyMap<string, number> | undefined;

/**
 * How far apart the locations are, by their positions in the list: the mean of what was measured each way.
 *
 * @param names in any spelling
 */
export function distancesBetween(names: readonly string[]): Distance {
  const keys = names.map(normaliseLocation);
  const found = new Map<number, number | undefined>();
  return (from, to) => {
    const pair = from * keys.length + to;
    if (!found.has(pair)) found.set(pair, lookUp(keys[from] ?? '', keys[to] ?? ''));
    return found.get(pair);
  };
}

function lookUp(from: string, to: string): number | undefined {
  known ??= parse();
  const [there, back] = [known.get(`${from} ${to}`), known.get(`${to} ${from}`)];
  if (there === undefined || back === undefined) return there ?? back;
  return Math.round((there + back) / 2);
}

function parse(): ReadonlyMap<string, number> {
  const [header = '', ...rows] = REGION_LATENCIES.trim().split('\n');
  const targets = header.split(',').slice(1).map(normaliseLocation);
  return new Map(
    rows.flatMap((row) => {
      const [source = '', ...cells] = row.split(',');
      const from = normaliseLocation(source);
      return cells.flatMap((ms, index): [string, number][] =>
        ms === '' ? [] : [[`${from} ${targets[index] ?? ''}`, toMicroseconds(Number(ms))]],
      );
    }),
  );
}
