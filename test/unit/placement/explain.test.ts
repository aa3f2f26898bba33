import { explain, place, summariseHints, type PlayerHints } from '../../../lib/placement/placement.ts';

const OFFERED = [
  { name: 'West US', penaltyMs: 0 },
  { name: 'East US', penaltyMs: 12.5 },
  { name: 'UK South', penaltyMs: 0 },
];

const PARTY: PlayerHints[] = [
  {
    playerId: 'secret-1',
    latencies: [
      { location: 'West US', ms: 34.56 },
      { location: 'eastus', ms: 20 },
    ],
  },
  {
    playerId: 'secret-2',
    latencies: [
      { location: 'West US', ms: 10 },
      { location: 'East US', ms: 41 },
      { location: 'Mars', ms: 1 },
    ],
  },
  { playerId: 'secret-3', latencies: [] },
];

const manyLocations = Array.from({ length: 300 }, (_, index) => ({
  name: `Location ${index}`,
  penaltyMs: 1,
}));

describe('explain', () => {
  it('tells the rules, and for each location what put it there', () => {
    const placement = place(OFFERED, PARTY, {
      aggregate: 'mean',
      maxLatencyMs: 40,
      strict: false,
      maxLocations: 2,
    });
    expect(explain(placement)).toEqual({
      aggregate: 'mean',
      maxLatencyMs: 40,
      players: 3,
      ignoredHints: 1,
      ignoredNames: ['Mars'],
      asked: 2,
      ranking: [
        {
          location: 'West US',
          rank: 1,
          rule: 'partial',
          aggregateMs: 22.3,
          worst: { player: 0, ms: 34.6 },
          measuredBy: 2,
        },
        {
          location: 'East US',
          rank: 2,
          rule: 'beyond-cap',
          aggregateMs: 30.5,
          penaltyMs: 12.5,
          worst: { player: 1, ms: 41 },
          measuredBy: 2,
        },
        { location: 'UK South', rank: 3, rule: 'unmeasured', measuredBy: 0 },
      ],
      excluded: [],
    });
  });

  it('tells what a strict cap left out, without a rank', () => {
    const placement = place(OFFERED, PARTY, { aggregate: 'mean', maxLatencyMs: 40, strict: true });
    const { strict, ranking, excluded } = explain(placement);
    expect(strict).toBe(true);
    expect(ranking.map(({ location }) => location)).toEqual(['West US']);
    expect(excluded).toEqual([
      {
        location: 'East US',
        rule: 'beyond-cap',
        aggregateMs: 30.5,
        penaltyMs: 12.5,
        worst: { player: 1, ms: 41 },
        measuredBy: 2,
      },
      { location: 'UK South', rule: 'unmeasured', measuredBy: 0 },
    ]);
  });

  it('says where values were clamped or filled in, and which cap was relaxed', () => {
    const players = [
      { latencies: [{ location: 'West US', ms: 20 }] },
      {
        latencies: [
          { location: 'West US', ms: 300 },
          { location: 'UK South', ms: 10 },
        ],
      },
    ];
    const policy = { aggregate: 'mean', strict: false, clampMs: 200 } as const;
    const relaxed = { maxLatencyMs: 500, relaxedAfterSeconds: 5 };
    const explanation = explain(place(OFFERED, players, { ...policy, ...relaxed }));
    expect(explanation).toMatchObject({ clampMs: 200, maxLatencyMs: 500, relaxedAfterSeconds: 5 });
    expect(explanation.ranking).toEqual([
      {
        location: 'UK South',
        rank: 1,
        rule: 'partial',
        aggregateMs: 77,
        worst: { player: 1, ms: 10 },
        measuredBy: 1,
        filled: 1,
      },
      {
        location: 'West US',
        rank: 2,
        rule: 'measured',
        aggregateMs: 115,
        worst: { player: 1, ms: 300 },
        measuredBy: 2,
        clamped: 1,
      },
      { location: 'East US', rank: 3, rule: 'unmeasured', penaltyMs: 12.5, measuredBy: 0 },
    ]);
  });

  it('stays within 8 KiB, keeps the best, and says how many it cut', () => {
    const explanation = explain(place(manyLocations, [], { aggregate: 'mean', strict: false }));
    const bytes = Buffer.byteLength(JSON.stringify(explanation));
    expect(bytes).toBeLessThanOrEqual(8192);
    expect(bytes).toBeGreaterThan(8000);
    expect(explanation.ranking[0]?.location).toBe('Location 0');
    expect(explanation.ranking.length + (explanation.cut ?? 0)).toBe(300);
  });

  it('counts bytes, not characters, whatever the limit', () => {
    const accented = Array.from({ length: 60 }, (_, index) => ({
      name: `${'é'.repeat(20)} ${index}`,
      penaltyMs: 0,
    }));
    const placement = place(accented, [], { aggregate: 'mean', strict: false });
    for (let maxBytes = 200; maxBytes <= 1200; maxBytes += 1) {
      const explanation = explain(placement, { maxBytes });
      expect(Buffer.byteLength(JSON.stringify(explanation))).toBeLessThanOrEqual(maxBytes);
      expect(explanation.ranking.length + (explanation.cut ?? 0)).toBe(60);
    }
  });

  it('drops what was left out before what was ranked', () => {
    const near = [{ latencies: [{ location: 'Location 0', ms: 5 }] }];
    const placement = place(manyLocations, near, { aggregate: 'mean', maxLatencyMs: 50, strict: true });
    const explanation = explain(placement, { maxBytes: 512 });
    expect(explanation.ranking).toHaveLength(1);
    expect(explanation.excluded.length).toBeGreaterThan(0);
    expect(explanation.excluded.length + (explanation.cut ?? 0)).toBe(299);
  });
});

describe('summariseHints', () => {
  it('sums up by location, whatever the spelling, without player ids', () => {
    const summary = summariseHints(PARTY);
    expect(summary).toEqual({
      players: 3,
      withHints: 2,
      measurements: 5,
      locations: [
        { location: 'eastus', players: 2, minMs: 20, meanMs: 30.5, maxMs: 41 },
        { location: 'West US', players: 2, minMs: 10, meanMs: 22.3, maxMs: 34.6 },
        { location: 'Mars', players: 1, minMs: 1, meanMs: 1, maxMs: 1 },
      ],
    });
  });

  it('holds at most 64 locations with short names, however much a request names', () => {
    const players = Array.from({ length: 64 }, (_, p) => ({
      latencies: Array.from({ length: 16 }, (_unused, l) => ({
        location: `${p}x${l}x${'é'.repeat(200)}`,
        ms: l,
      })),
    }));
    const summary = summariseHints(players);
    expect(summary.locations).toHaveLength(64);
    expect(summary.cut).toBe(960);
    expect(Buffer.byteLength(JSON.stringify(summary))).toBeLessThan(12 * 1024);
  });

  it.each([
    ['an emoji', `${'a'.repeat(39)}😀s`, `${'a'.repeat(39)}😀`],
    ['an emoji that does not fit', `${'a'.repeat(40)}😀`, 'a'.repeat(40)],
    ['a flag, two code points', `${'a'.repeat(39)}🇳🇱`, 'a'.repeat(39)],
    ['a letter with its accent', `${'a'.repeat(39)}e\u0301`, 'a'.repeat(39)],
    ['one letter with a hundred accents', `e${'\u0301'.repeat(100)}`, `e${'\u0301'.repeat(39)}`],
  ])('cuts a name between two characters: %s', (_name, location, kept) => {
    const { locations } = summariseHints([{ latencies: [{ location, ms: 1 }] }]);
    expect(locations).toEqual([{ location: kept, players: 1, minMs: 1, meanMs: 1, maxMs: 1 }]);
  });

  it('counts what was dropped, by reason, and never takes it for a measurement', () => {
    const location = 'West US';
    const summary = summariseHints([
      { latencies: [{ location, ms: 20 }], dropped: [{ location, reason: 'repeated' }] },
      {
        latencies: [],
        dropped: [
          { location, reason: 'null' },
          { location: 'East US', reason: 'null' },
          { location: 'UK South', reason: 'over-a-minute' },
        ],
      },
    ]);
    expect(summary).toEqual({
      players: 2,
      withHints: 1,
      measurements: 1,
      dropped: { repeated: 1, null: 2, 'over-a-minute': 1 },
      locations: [{ location, players: 1, minMs: 20, meanMs: 20, maxMs: 20 }],
    });
  });

  it('says that there was nothing', () => {
    expect(summariseHints([])).toEqual({ players: 0, withHints: 0, measurements: 0, locations: [] });
  });
});
