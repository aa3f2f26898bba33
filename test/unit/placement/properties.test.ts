import { spawnSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';
import fc from 'fast-check';
import {
  place,
  type Hint,
  type OfferedLocation,
  type PlacementPolicy,
  type PlayerHints,
} from '../../../lib/placement/placement.ts';

/** Some of which are known distances apart. */
const NAMES = [
  ...['West US', 'East US', 'West Europe', 'Japan East'],
  ...Array.from({ length: 4 }, (_, index) => `Location ${index}`),
];

/** Ties, values near the cap, thousandths and any double that the contract lets through. */
const anyMs = fc.oneof(
  fc.integer({ min: 0, max: 6 }).map((tens) => tens * 10),
  fc.integer({ min: 0, max: 200_000 }).map((us) => us / 1000),
  fc.double({ min: 0, max: 60_000, noNaN: true }),
);
const exactMs = fc.integer({ min: 0, max: 60_000_000 }).map((us) => us / 1000);

const hintsOf = (names: readonly string[], ms: fc.Arbitrary<number>): fc.Arbitrary<Hint[]> =>
  fc
    .shuffledSubarray([...names])
    .chain((some) => fc.tuple(...some.map((location) => ms.map((value) => ({ location, ms: value })))));

const offered: fc.Arbitrary<OfferedLocation[]> = fc
  .shuffledSubarray(NAMES, { minLength: 1 })
  .chain((names) =>
    fc.tuple(
      ...names.map((name) =>
        fc.constantFrom(0, 0, 5, 12.5).map((penaltyMs): OfferedLocation => ({ name, penaltyMs })),
      ),
    ),
  );
const players: fc.Arbitrary<PlayerHints[]> = fc.array(
  hintsOf([...NAMES, 'Not on offer'], anyMs).map((latencies) => ({ latencies })),
  { maxLength: 7 },
);
const aggregate = fc.constantFrom('mean' as const, 'worst' as const, 'median' as const);
const policy: fc.Arbitrary<PlacementPolicy> = fc.record(
  {
    aggregate,
    strict: fc.boolean(),
    maxLatencyMs: fc.constantFrom(20, 50, 120),
    clampMs: fc.constantFrom(10, 40, 250),
  },
  { requiredKeys: ['aggregate', 'strict'] },
);

const RUNS = { numRuns: 500 };

test('the order of players and of hints decides nothing', () => {
  const shuffled = players.chain((list) =>
    fc.tuple(
      fc.constant(list),
      fc
        .tuple(
          ...list.map(({ latencies }) =>
            fc.shuffledSubarray([...latencies], { minLength: latencies.length }),
          ),
        )
        .chain((lists) => fc.shuffledSubarray(lists, { minLength: lists.length }))
        .map((lists) => lists.map((latencies) => ({ latencies }))),
    ),
  );
  const facts = (
    list: readonly OfferedLocation[],
    party: readonly PlayerHints[],
    rules: PlacementPolicy,
  ): unknown => {
    const { locations, ranking, excluded, ignored } = place(list, party, rules);
    const anyone = [...ranking, ...excluded].map((told) => ({ ...told, worstPlayer: told.worstPlayer?.ms }));
    return { locations, anyone, ignored };
  };
  fc.assert(
    fc.property(offered, shuffled, policy, (list, [party, other], rules) => {
      expect(facts(list, other, rules)).toEqual(facts(list, party, rules));
    }),
    RUNS,
  );
});

test('with full coverage and no cap, a slower line of one player never changes the order by mean', () => {
  const full = fc.array(
    fc
      .tuple(...NAMES.map((location) => exactMs.map((ms) => ({ location, ms }))))
      .map((latencies) => ({ latencies })),
    { minLength: 1, maxLength: 7 },
  );
  const slowdown = fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.constantFrom({}, { clampMs: 250 }));
  fc.assert(
    fc.property(offered, full, fc.nat(), slowdown, (list, party, pick, [addedMs, clamp]) => {
      const slower = party.map(({ latencies }, index) => ({
        latencies:
          index === pick % party.length
            ? latencies.map((hint) => ({ ...hint, ms: hint.ms + addedMs }))
            : latencies,
      }));
      const mean = { aggregate: 'mean', strict: false, ...clamp } as const;
      expect(place(list, slower, mean).locations).toEqual(place(list, party, mean).locations);
    }),
    RUNS,
  );
});

/** What the chosen measurement's location ranks at, and what it would if that had been shorter. */
function ranksOf(
  list: readonly OfferedLocation[],
  party: readonly PlayerHints[],
  rules: PlacementPolicy,
  [pick, share]: readonly [number, number],
): { before: number; after: number } {
  const cells = party.flatMap(({ latencies }, p) => latencies.map(({ location }) => ({ p, location })));
  const chosen = cells[pick % cells.length];
  const improved = party.map(({ latencies }, p) => ({
    latencies: latencies.map((hint) =>
      p === chosen?.p && hint.location === chosen.location ? { ...hint, ms: hint.ms * share } : hint,
    ),
  }));
  const rank = (some: readonly PlayerHints[]): number =>
    place(list, some, rules).ranking.find(({ location }) => location === chosen?.location)?.rank ?? Infinity;
  return { before: rank(party), after: rank(improved) };
}

const improvement = fc.tuple(fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }));

test('improving a location for a player never worsens its rank by mean, whatever is clamped or filled in', () => {
  const measured = players.filter((list) => list.some(({ latencies }) => latencies.length > 0));
  const byMean = policy.map((rules) => ({ ...rules, aggregate: 'mean' as const }));
  fc.assert(
    fc.property(offered, measured, byMean, improvement, (list, party, rules, change) => {
      const { before, after } = ranksOf(list, party, rules, change);
      expect(after).toBeLessThanOrEqual(before);
    }),
    RUNS,
  );
});

test('improving a location for a player never worsens its rank where nothing is clamped or filled in', () => {
  const everything = fc.tuple(...NAMES.map((location) => anyMs.map((ms) => ({ location, ms }))));
  const party = fc.array(
    everything.map((latencies) => ({ latencies })),
    { minLength: 1, maxLength: 7 },
  );
  const unclamped = policy.map(({ clampMs: _, ...rules }) => rules);
  fc.assert(
    fc.property(offered, party, unclamped, improvement, (list, all, rules, change) => {
      const { before, after } = ranksOf(list, all, rules, change);
      expect(after).toBeLessThanOrEqual(before);
    }),
    RUNS,
  );
});

test('one player of a party moves the mean of a location against another by the clamp at the most', () => {
  const clampMs = 50;
  const two = ['West US', 'East US'].map((name) => ({ name, penaltyMs: 0 }));
  const both = fc.tuple(...two.map(({ name }) => anyMs.map((ms) => ({ location: name, ms }))));
  const others = fc.array(
    both.map((latencies) => ({ latencies })),
    { minLength: 1, maxLength: 7 },
  );
  const rules = { aggregate: 'mean', strict: false, clampMs } as const;
  const lead = (party: readonly PlayerHints[]): number => {
    const means = new Map(
      place(two, party, rules).ranking.map((r) => [r.location, r.aggregateMs ?? Number.NaN]),
    );
    return ((means.get('West US') ?? Number.NaN) - (means.get('East US') ?? Number.NaN)) * party.length;
  };
  fc.assert(
    fc.property(others, hintsOf(['West US', 'East US'], anyMs), (party, latencies) => {
      const moved = lead([...party, { latencies }]) - lead(party);
      // A mean is given to the microsecond.
      expect(Math.abs(moved)).toBeLessThanOrEqual(clampMs + 0.002 * (party.length + 1));
    }),
    RUNS,
  );
});

test('ranked and left-out locations together are exactly the locations on offer, each once', () => {
  fc.assert(
    fc.property(
      offered,
      players,
      policy,
      fc.integer({ min: 1, max: 9 }),
      (list, party, rules, maxLocations) => {
        const placement = place(list, party, { ...rules, maxLocations });
        const told = [...placement.ranking, ...placement.excluded].map(({ location }) => location);
        expect(told.toSorted()).toEqual(list.map(({ name }) => name).toSorted());
        expect(placement.ranking.map(({ rank }) => rank)).toEqual(
          placement.ranking.map((_, index) => index + 1),
        );
        expect(placement.locations).toEqual(
          placement.ranking.map(({ location }) => location).slice(0, maxLocations),
        );
        const softOrNoCap = !rules.strict || rules.maxLatencyMs === undefined;
        expect(softOrNoCap && placement.excluded.length > 0).toBe(false);
      },
    ),
    RUNS,
  );
});

test('a strict cap never returns a location beyond it, nor one that a measuring player did not measure', () => {
  fc.assert(
    fc.property(offered, players, aggregate, anyMs, (list, party, how, maxLatencyMs) => {
      const { locations } = place(list, party, { aggregate: how, maxLatencyMs, strict: true });
      const onOffer = new Set(list.map(({ name }) => name));
      const measuring = party.filter(({ latencies }) =>
        latencies.some(({ location }) => onOffer.has(location)),
      );
      const measured = measuring.flatMap(({ latencies }) =>
        latencies.filter((hint) => locations.includes(hint.location)),
      );
      expect(measured.filter(({ ms }) => ms > maxLatencyMs)).toEqual([]);
      expect(measured).toHaveLength(measuring.length * locations.length);
    }),
    RUNS,
  );
});

test('equal inputs give equal outputs across processes', () => {
  const cases = fc.sample(fc.tuple(offered, players, policy), { numRuns: 300, seed: 7 });
  const module = pathToFileURL(resolve(__dirname, '../../../lib/placement/placement.ts')).href;
  const program = `
    import { readFileSync } from 'node:fs';
    import { place } from ${JSON.stringify(module)};
    const cases = JSON.parse(readFileSync(0, 'utf8'));
    process.stdout.write(JSON.stringify(cases.map((inputs) => place(...inputs))));
  `;
  // Another hash seed gives every Map and object another layout in memory.
  const [here, there] = ['--hash-seed=1', '--hash-seed=2'].map((flag) =>
    spawnSync(process.execPath, [flag, '--input-type=module', '--eval', program], {
      input: JSON.stringify(cases),
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    }),
  );
  expect(here?.stderr).toBe('');
  expect(here?.stdout).toBe(JSON.stringify(cases.map((inputs) => place(...inputs))));
  expect(there?.stdout).toBe(here?.stdout);
});
