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
    ['mean', ['Central US', 'East US', 'West US', 'West Europe'], [60, 65, 75, 116.667]],
    ['worst', ['East US', 'Central US', 'West US', 'West Europe'], [85, 115, 150, 150]],
    ['median', ['Central US', 'West US', 'East US', 'West Europe'], [50, 55, 80, 110]],
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
  it('put what fewer than half measured last, by how many did, and then the unmeasured in configured order', () => {
    const placement = place(
      offer('Nobody 2', 'One', 'All', 'Nobody 1', 'Half', 'Two'),
      [
        player({ All: 90, Half: 50, Two: 60, One: 1 }),
        player({ All: 90, Half: 50, Two: 60 }),
        player({ All: 90, Half: 50 }),
        player({ All: 90 }),
        player({ All: 90 }),
      ],
      MEAN,
    );
    expect(placement.ranking.map(({ location, rule }) => [location, rule])).toEqual([
      ['Half', 'partial'],
      ['All', 'measured'],
      ['Two', 'partial'],
      ['One', 'partial'],
      ['Nobody 2', 'unmeasured'],
      ['Nobody 1', 'unmeasured'],
    ]);
    expect(placement.ranking[0]).toMatchObject({
      coverage: { measured: 3, players: 5 },
      filled: 2,
      aggregateMs: 66, // (3 x 50 + 2 x 90) / 5
    });
    expect(placement.ranking[2]).toMatchObject({ filled: 0, aggregateMs: 60 });
  });

  it('are filled in by how far apart the locations are', () => {
    // East US is 72 ms from West US, 74 ms the other way, and 35 ms from Central US either way. Whoever is 20 ms from
    // West US is 53 to 93 ms from East US; 40 ms from Central US make that 53 to 75 ms.
    const without = player({ 'West US': 20, 'Central US': 40 });
    const east = place(
      offer('West US', 'East US', 'Central US'),
      [without, player({ 'West US': 70, 'East US': 10, 'Central US': 30 })],
      MEAN,
    ).ranking.find(({ location }) => location === 'East US');
    expect(east).toMatchObject({ filled: 1, worstPlayer: { index: 1, ms: 10 }, aggregateMs: 37 });
  });

  it('are filled in with no less than the player’s nearest, and no more than the clamp leaves', () => {
    const players = [player({ 'West US': 20 }), player({ 'West US': 90, 'Japan East': 80 })];
    const japan = (clampMs: number, near: PlayerHints): number | undefined =>
      place(offer('West US', 'Japan East'), [near, players[1] as PlayerHints], {
        ...MEAN,
        clampMs,
      }).ranking.find(({ location }) => location === 'Japan East')?.aggregateMs;
    expect(japan(30, players[0] as PlayerHints)).toBe(65); // (20 + 30 + 80) / 2
    expect(japan(250, player({ 'West US': 300 }))).toBe(190); // (300 + 80) / 2
  });

  it('are filled in with the player’s farthest where no distance is known', () => {
    const players = [player({ A: 80, B: 50 }), player({ A: 10, C: 20 })];
    const placement = place(offer('B', 'C', 'A'), players, MEAN);
    expect(placement.ranking.map(({ location, aggregateMs }) => [location, aggregateMs])).toEqual([
      ['B', 35],
      ['A', 45],
      ['C', 50],
    ]);
  });

  it('of players who measured nothing are not filled in', () => {
    const placement = place(
      offer('A', 'B'),
      [player({ A: 10, B: 20 }), player({}), player({ Mars: 1 })],
      MEAN,
    );
    expect(placement.ranking).toMatchObject([
      { location: 'A', aggregateMs: 10, filled: 0 },
      { location: 'B', aggregateMs: 20, filled: 0 },
    ]);
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

describe('one player of five', () => {
  const FOUR = Array.from({ length: 4 }, () => player({ 'West US': 20, 'Japan East': 150 }));
  const CLAMPED: PlacementPolicy = { ...MEAN, clampMs: 250 };

  it('does not move a party with values made to steer', () => {
    const liar = player({ 'West US': 60_000, 'Japan East': 5 });
    const offered = offer('Japan East', 'West US');
    const placement = place(offered, [...FOUR, liar], CLAMPED);
    expect(placement.ranking).toMatchObject([
      // (4 x 20 + 5 + 250) / 5; the value as it was sent is still shown.
      { location: 'West US', aggregateMs: 67, clamped: 1, worstPlayer: { index: 4, ms: 60_000 } },
      { location: 'Japan East', aggregateMs: 121, clamped: 0 },
    ]);
    expect(place(offered, [...FOUR, liar], MEAN).locations[0]).toBe('Japan East');
  });

  it('does not move a party with the one probe that came back', () => {
    const unlucky = player({ 'Japan East': 300 });
    const placement = place(offer('Japan East', 'West US'), [...FOUR, unlucky], CLAMPED);
    expect(placement.ranking).toMatchObject([
      { location: 'West US', rule: 'partial', filled: 1, coverage: { measured: 4, players: 5 } },
      { location: 'Japan East', rule: 'measured', aggregateMs: 180 },
    ]);
  });

  it('does not draw a party to a location that nobody else measured', () => {
    // Said to be where West US is, it would be filled in for the others as just as near.
    const liar = player({ 'Australia East': 1, 'West US': 2 });
    const placement = place(offer('Australia East', 'West US'), [...FOUR, liar], CLAMPED);
    expect(placement.locations).toEqual(['West US', 'Australia East']);
  });

  it('still counts when far away', () => {
    // 130 ms for each of two, or 280 for one: the clamp takes 30 of the 280.
    const players = [
      player({ Near: 20, Far: 150 }),
      player({ Near: 20, Far: 150 }),
      player({ Near: 300, Far: 20 }),
    ];
    const policy = { aggregate: 'mean', strict: false } as const;
    const order = (clampMs: number): readonly string[] =>
      place(offer('Near', 'Far'), players, { ...policy, clampMs }).locations;
    expect(order(261)).toEqual(['Far', 'Near']);
    expect(order(259)).toEqual(['Near', 'Far']);
  });

  it('is measured by caps as it measured', () => {
    const liar = player({ 'West US': 60_000, 'Japan East': 5 });
    const { ranking } = place(offer('West US', 'Japan East'), [...FOUR, liar], {
      ...CLAMPED,
      maxLatencyMs: 155,
    });
    expect(ranking.map(({ location, rule }) => [location, rule])).toEqual([
      ['Japan East', 'measured'],
      ['West US', 'beyond-cap'],
    ]);
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
