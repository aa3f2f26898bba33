import {
  place,
  type OfferedLocation,
  type PlacementPolicy,
  type PlayerHints,
} from '../../../lib/placement/placement.ts';

const MEAN: PlacementPolicy = { aggregate: 'mean', strict: false };

const offer = (...names: string[]): OfferedLocation[] => names.map((name) => ({ name, penaltyMs: 0 }));

const player = (latencies: Readonly<Record<string, number>>): PlayerHints => ({
  latencies: Object.entries(latencies).map(([location, ms]) => ({ location, ms })),
});

/** The worked example of docs/placement.md. */
const OFFERED = offer('West US', 'Central US', 'East US', 'West Europe');
const PARTY = [
  player({ 'West US': 20, 'Central US': 50, 'East US': 80, 'West Europe': 150 }),
  player({ 'West US': 55, 'Central US': 15, 'East US': 30, 'West Europe': 110 }),
  player({ 'West US': 150, 'Central US': 115, 'East US': 85 }),
];

describe('one player', () => {
  it('gets the nearest location first', () => {
    const placement = place(
      offer('West US', 'East US', 'West Europe'),
      [player({ 'West US': 90, 'East US': 34.5, 'West Europe': 120 })],
      MEAN,
    );
    expect(placement.locations).toEqual(['East US', 'West US', 'West Europe']);
  });

  it('finds locations whatever their case and spaces, and names them as they are offered', () => {
    const placement = place(offer('West US', 'East US'), [player({ eastus: 10, 'WEST  us': 20 })], MEAN);
    expect(placement.locations).toEqual(['East US', 'West US']);
    expect(placement.ignored.hints).toBe(0);
  });

  it('has hints for what is not on offer ignored and counted', () => {
    const placement = place(
      offer('West US', 'East US'),
      [player({ 'East US': 10, Atlantis: 1, Mars: 2 })],
      MEAN,
    );
    expect(placement.locations).toEqual(['East US', 'West US']);
    expect(placement.ignored.hints).toBe(2);
  });
});

describe('aggregates over a party', () => {
  it.each([
    ['mean', ['Central US', 'East US', 'West US', 'West Europe'], [60, 65, 75, 130]],
    ['worst', ['East US', 'Central US', 'West US', 'West Europe'], [85, 115, 150, 150]],
    ['median', ['Central US', 'West US', 'East US', 'West Europe'], [50, 55, 80, 130]],
  ] as const)('%s', (aggregate, locations, aggregates) => {
    const placement = place(OFFERED, PARTY, { aggregate, strict: false });
    expect(placement.locations).toEqual(locations);
    expect(placement.ranking.map(({ aggregateMs }) => aggregateMs)).toEqual(aggregates);
  });

  it('takes the mean of the middle two as the median of an even number', () => {
    const four = [10, 20, 40, 1000].map((ms) => player({ 'West US': ms }));
    const placement = place(offer('West US'), four, { aggregate: 'median', strict: false });
    expect(placement.ranking[0]?.aggregateMs).toBe(30);
  });

  it('leaves equal means in configured order although their floating-point sums differ', () => {
    // 0.1 + 0.2 + 0.3 is 0.6000000000000001, 0.3 + 0.2 + 0.1 is 0.6.
    const players = [
      player({ First: 0.1, Second: 0.3 }),
      player({ First: 0.2, Second: 0.2 }),
      player({ First: 0.3, Second: 0.1 }),
    ];
    expect(place(offer('First', 'Second'), players, MEAN).locations).toEqual(['First', 'Second']);
  });
});

describe('missing measurements', () => {
  it('rank by coverage before aggregate, and unmeasured locations last in configured order', () => {
    const placement = place(
      offer('Nobody 2', 'One', 'All', 'Nobody 1', 'Two'),
      [player({ All: 90, Two: 50, One: 1 }), player({ All: 90, Two: 50 }), player({ All: 90 })],
      MEAN,
    );
    expect(placement.ranking.map(({ location, rule }) => [location, rule])).toEqual([
      ['All', 'measured'],
      ['Two', 'partial'],
      ['One', 'partial'],
      ['Nobody 2', 'unmeasured'],
      ['Nobody 1', 'unmeasured'],
    ]);
    expect(placement.ranking[1]?.coverage).toEqual({ measured: 2, players: 3 });
  });

  it('orders equal coverages by the aggregate over those who measured', () => {
    const players = [player({ A: 80, B: 50 }), player({ A: 10, C: 20 })];
    expect(place(offer('B', 'C', 'A'), players, MEAN).locations).toEqual(['A', 'C', 'B']);
  });

  it.each([
    ['no players', []],
    ['players without measurements', [player({}), player({})]],
    ['measurements of nothing on offer', [player({ Atlantis: 5 })]],
  ])('%s: the configured order, whatever the penalties, even under a strict cap', (_, players) => {
    const offered = [
      { name: 'West US', penaltyMs: 50 },
      { name: 'East US', penaltyMs: 0 },
    ];
    const placement = place(offered, players, { aggregate: 'mean', maxLatencyMs: 1, strict: true });
    expect(placement.locations).toEqual(['West US', 'East US']);
    expect(placement.ranking.map(({ rule }) => rule)).toEqual(['no-hints', 'no-hints']);
  });
});

describe('penalty', () => {
  const steered = [
    { name: 'Dear', penaltyMs: 25 },
    { name: 'Cheap', penaltyMs: 0 },
  ];

  it.each(['mean', 'worst', 'median'] as const)('is added once to the aggregate: %s', (aggregate) => {
    const policy = { aggregate, strict: false };
    const near = [player({ Dear: 10, Cheap: 34 }), player({ Dear: 10, Cheap: 34 })];
    const far = [player({ Dear: 10, Cheap: 36 }), player({ Dear: 10, Cheap: 36 })];
    expect(place(steered, near, policy).locations).toEqual(['Cheap', 'Dear']);
    expect(place(steered, far, policy).locations).toEqual(['Dear', 'Cheap']);
  });

  it('is shown beside the aggregate, not in it', () => {
    const [first] = place(steered, [player({ Dear: 10, Cheap: 90 })], MEAN).ranking;
    expect(first).toMatchObject({ location: 'Dear', aggregateMs: 10, penaltyMs: 25 });
  });

  it('does not count towards the cap', () => {
    const placement = place(steered, [player({ Dear: 10, Cheap: 90 })], {
      ...MEAN,
      maxLatencyMs: 20,
      strict: true,
    });
    expect(placement.locations).toEqual(['Dear']);
  });
});

describe('the cap', () => {
  it('ranks what is beyond it for any player behind what is within, and before what nobody measured', () => {
    const placement = place([...OFFERED, { name: 'Unknown', penaltyMs: 0 }], PARTY, {
      ...MEAN,
      maxLatencyMs: 100,
    });
    expect(placement.ranking.map(({ location, rule }) => [location, rule])).toEqual([
      ['East US', 'measured'],
      ['Central US', 'beyond-cap'],
      ['West US', 'beyond-cap'],
      ['West Europe', 'beyond-cap'],
      ['Unknown', 'unmeasured'],
    ]);
    expect(placement.excluded).toEqual([]);
  });

  it('puts a partly measured location within it before a fully measured one beyond it', () => {
    const players = [player({ Far: 120, Near: 30 }), player({ Far: 10 })];
    expect(place(offer('Far', 'Near'), players, { ...MEAN, maxLatencyMs: 100 }).locations).toEqual([
      'Near',
      'Far',
    ]);
  });

  it('is met by its own value', () => {
    const placement = place(offer('Edge', 'Beyond'), [player({ Edge: 100, Beyond: 100.0001 })], {
      ...MEAN,
      maxLatencyMs: 100,
      strict: true,
    });
    expect(placement.locations).toEqual(['Edge']);
  });

  it('strict leaves out what is beyond it, and what a player who measured did not measure', () => {
    const players = [player({ Good: 30, Far: 120, Half: 20 }), player({ Good: 40, Far: 10 })];
    const placement = place(offer('Far', 'Half', 'Unknown', 'Good'), players, {
      ...MEAN,
      maxLatencyMs: 100,
      strict: true,
    });
    expect(placement.locations).toEqual(['Good']);
    expect(placement.excluded.map(({ location, rule }) => [location, rule])).toEqual([
      ['Half', 'partial'],
      ['Far', 'beyond-cap'],
      ['Unknown', 'unmeasured'],
    ]);
  });

  it('strict does not hold it against a location that a player without any measurement did not measure it', () => {
    const placement = place(
      offer('West US', 'East US'),
      [player({ 'West US': 30, 'East US': 20 }), player({})],
      {
        ...MEAN,
        maxLatencyMs: 100,
        strict: true,
      },
    );
    expect(placement.locations).toEqual(['East US', 'West US']);
    expect(placement.ranking[0]?.rule).toBe('partial');
  });

  it('strict may leave nothing', () => {
    const placement = place(OFFERED, PARTY, { ...MEAN, maxLatencyMs: 50, strict: true });
    expect(placement.locations).toEqual([]);
    expect(placement.ranking).toEqual([]);
    expect(placement.excluded).toHaveLength(4);
  });

  it('strict without a cap leaves nothing out', () => {
    expect(place(OFFERED, PARTY, { ...MEAN, strict: true }).locations).toHaveLength(4);
  });
});

describe('what is told beside the order', () => {
  it('names the farthest player by position, the first of equals', () => {
    const players = [player({ A: 10 }), { playerId: 'secret', ...player({ A: 70 }) }, player({ A: 70 })];
    const placement = place(offer('A'), players, MEAN);
    expect(placement.ranking[0]?.worstPlayer).toEqual({ index: 1, ms: 70 });
    expect(JSON.stringify(placement)).not.toContain('secret');
  });

  it('asks for the first maxLocations and still ranks the others', () => {
    const placement = place(OFFERED, PARTY, { ...MEAN, maxLocations: 2 });
    expect(placement.locations).toEqual(['Central US', 'East US']);
    expect(placement.ranking.map(({ rank }) => rank)).toEqual([1, 2, 3, 4]);
  });

  it('rounds an aggregate to the microsecond', () => {
    const players = [player({ A: 10 }), player({ A: 10 }), player({ A: 11 })];
    expect(place(offer('A'), players, MEAN).ranking[0]?.aggregateMs).toBe(10.333);
  });
});
