/** Other ways to clamp what measurements weigh, and to fill in what is missing: the study compares them with ours. */
import { DEFAULT_CLAMP_MS } from '../../lib/config/jsonSettings.ts';
import { place, type PlayerHints } from '../../lib/placement/placement.ts';
import { seededRandom } from '../../local/data/random.ts';
import { median } from '../support/median.ts';
import {
  COMPOSITIONS,
  PARTY_SIZES,
  distorted,
  drawParty,
  fares,
  latencies,
  offered,
  send,
  type Condition,
  type Outcome,
} from './world.ts';

/** How far a measurement's round trips are off what the broker knows, where fills are compared. */
export const DISTORTION = 0.2;

const CLAMPS_MS = [50, 100, 150, 200, 250, 300, 400] as const;
const BY_MEAN = { aggregate: 'mean', strict: false } as const;

/** Which location a party gets. */
type Choose = (players: readonly PlayerHints[]) => string | undefined;

/** By the name that the tables give them. */
export const CLAMPS: ReadonlyMap<string, Choose> = new Map<string, Choose>([
  ['no clamp', (players) => place(offered, players, BY_MEAN).locations[0]],
  ...CLAMPS_MS.map((clampMs): [string, Choose] => [
    `${clampMs} ms above the nearest`,
    (players) => place(offered, players, { ...BY_MEAN, clampMs }).locations[0],
  ]),
  [
    `${DEFAULT_CLAMP_MS} ms, wherever the player is`,
    (players) => {
      const clamped = players.map(({ latencies: hints }) => ({
        latencies: hints.map(({ location, ms }) => ({ location, ms: Math.min(ms, DEFAULT_CLAMP_MS) })),
      }));
      return place(offered, clamped, BY_MEAN).locations[0];
    },
  ],
]);

/** One player's round trips in the order of the locations on offer, in milliseconds; undefined where missing. */
type Measured = readonly (number | undefined)[];
type Fill = (own: Measured, location: number, all: readonly Measured[]) => number | undefined;

const ownWorst: Fill = (own) => Math.max(...present(own));
const othersMedian: Fill = (_own, location, all) => {
  const values = present(all.map((other) => other[location]));
  return values.length === 0 ? undefined : median(values);
};

/** Two locations are as far apart as another player's round trips to both differ, at the least, and add up to, at the most. */
const othersDistances: Fill = (own, location, all) => {
  let [least, most] = [0, Infinity];
  for (const [from, ms] of own.entries()) {
    const seen = all.map((other) => [other[from], other[location]] as const);
    for (const [a, b] of seen) {
      if (ms === undefined || a === undefined || b === undefined) continue;
      least = Math.max(least, Math.abs(a - b) - ms, ms - a - b);
      most = Math.min(most, ms + a + b);
    }
  }
  return most === Infinity ? undefined : (least + most) / 2;
};

export const FILLS: ReadonlyMap<string, Choose> = new Map<string, Choose>([
  ['none: coverage before latency', byCoverage],
  ["the player's own worst", filledBy(ownWorst)],
  ["the others' median there", filledBy(othersMedian)],
  ["distances from the others' round trips", filledBy(othersDistances)],
  [
    'known distances between locations',
    (players) => place(offered, players, { ...BY_MEAN, clampMs: DEFAULT_CLAMP_MS }).locations[0],
  ],
]);

/** Clamps, with and without liars; then fills, with lost measurements, where the internet is not as the broker knows it. */
export function* compareVariants(seed: number, partiesPerSize: number): Generator<Outcome<string>> {
  yield* compare(CLAMPS, ['calm', 'liars'], seed, partiesPerSize, latencies);
  yield* compare(FILLS, ['lost5', 'lost20'], seed, partiesPerSize, distorted(DISTORTION, seed));
}

function* compare(
  contenders: ReadonlyMap<string, Choose>,
  conditions: readonly Condition[],
  seed: number,
  partiesPerSize: number,
  world: typeof latencies,
): Generator<Outcome<string>> {
  const random = seededRandom(seed + 2);
  const settings = COMPOSITIONS.flatMap((composition) => PARTY_SIZES.map((size) => ({ composition, size })));
  for (const setting of settings) {
    for (let party = 0; party < partiesPerSize; party += 1) {
      const drawn = drawParty(setting.composition, setting.size, random, world);
      for (const condition of conditions) {
        const { players, counting } = send(drawn, condition, 0, random);
        const fared = fares(counting);
        for (const [strategy, choose] of contenders) {
          const got = fared.get(choose(players) ?? '');
          if (got === undefined) throw new Error('no location was chosen');
          yield { ...setting, condition, strategy, ...got };
        }
      }
    }
  }
}

/** The location that most measured, the nearest of those on average. */
function byCoverage(players: readonly PlayerHints[]): string | undefined {
  const rows = players.map(measuredBy);
  const columns = offered.map(({ name }, location) => {
    const values = present(rows.map((row) => row[location]));
    return { name, count: values.length, mean: values.reduce((sum, ms) => sum + ms, 0) / values.length };
  });
  const most = Math.max(...columns.map(({ count }) => count));
  return columns.filter(({ count }) => count === most).sort((a, b) => a.mean - b.mean)[0]?.name;
}

/** As the placer does it, but for what is missing; the player's own worst where the fill does not know. */
function filledBy(fill: Fill): Choose {
  return (players) => {
    const rows = players
      .map(measuredBy)
      .filter((row) => present(row).length > 0)
      .map(clamp);
    const filled = rows.map((own, index) => {
      const others = rows.filter((_, other) => other !== index);
      const nearest = Math.min(...present(own));
      return {
        latencies: offered.flatMap(({ name }, location) => {
          if (rows.every((row) => row[location] === undefined)) return [];
          const ms = own[location] ?? fill(own, location, others) ?? ownWorst(own, location, others) ?? 0;
          return [{ location: name, ms: Math.min(Math.max(ms, nearest), nearest + DEFAULT_CLAMP_MS) }];
        }),
      };
    });
    return place(offered, filled, BY_MEAN).locations[0];
  };
}

function clamp(row: Measured): Measured {
  const most = Math.min(...present(row)) + DEFAULT_CLAMP_MS;
  return row.map((ms) => (ms === undefined ? undefined : Math.min(ms, most)));
}

function measuredBy({ latencies: hints }: PlayerHints): Measured {
  const byName = new Map(hints.map(({ location, ms }) => [location, ms]));
  return offered.map(({ name }) => byName.get(name));
}

const present = (values: Measured): number[] => values.filter((ms) => ms !== undefined);
