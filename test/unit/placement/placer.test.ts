import type { PlayerHints } from '../../../lib/placement/placement.ts';
import { placerOf } from '../../../lib/placement/placer.ts';

const OFFERED = ['West US', 'East US', 'Japan East'].map((name) => ({ name, penaltyMs: 0 }));
const MEAN = { aggregate: 'mean', strict: false } as const;

const player = (...names: string[]): PlayerHints => ({
  latencies: names.map((location) => ({ location, ms: 20 })),
});

describe('a request none of whose names is on offer', () => {
  it('gets the configured order, and says which names they were', () => {
    const order = placerOf(OFFERED, undefined, MEAN)([player('Mars', 'Atlantis')]);
    expect(order.locations).toEqual(['West US', 'East US', 'Japan East']);
    expect(order.ignored).toEqual(['Atlantis', 'Mars']);
    expect(JSON.parse(order.placement)).toMatchObject({
      ignoredHints: 2,
      ignoredNames: ['Atlantis', 'Mars'],
      ranking: [{ rule: 'no-hints' }, { rule: 'no-hints' }, { rule: 'no-hints' }],
    });
  });

  it('is one whose names are on offer for other game modes only', () => {
    expect(placerOf(OFFERED, ['West US'], MEAN)([player('Japan East')]).ignored).toEqual(['Japan East']);
  });

  it('is one although nothing was measured', () => {
    const dropped = [{ location: 'Mars', reason: 'null' }] as const;
    const order = placerOf(OFFERED, undefined, MEAN)([{ latencies: [], dropped }]);
    expect(order.ignored).toEqual(['Mars']);
  });

  it('shows at most five names, each spelling of one name once, cut and printable', () => {
    const long = `A${'é'.repeat(60)}`;
    const names = ['z', 'F', 'mars', 'M-A-R-S', 'E\u001b[2J', 'D', long, '\u202eC'];
    const order = placerOf(
      OFFERED,
      undefined,
      MEAN,
    )([player(...names.slice(0, 4)), player(...names.slice(4))]);
    expect(order.ignored).toEqual([`A${'é'.repeat(39)}`, 'D', 'E\uFFFD[2J', 'F', 'mars']);
    const other = placerOf(OFFERED, undefined, MEAN)([player(...names.toReversed())]);
    expect(other.ignored).toEqual(order.ignored);
  });
});

describe('is no such request', () => {
  it.each<[string, PlayerHints[]]>([
    ['one that names nothing', [player()]],
    ['one without players', []],
    ['one with a name that is on offer', [player('Mars'), player('west-us')]],
    [
      'one whose location on offer could not be measured',
      [{ latencies: player('Mars').latencies, dropped: [{ location: 'West US', reason: 'null' }] }],
    ],
  ])('%s', (_name, players) => {
    expect(placerOf(OFFERED, undefined, MEAN)(players)).not.toHaveProperty('ignored');
  });
});

describe('a cap that loosens', () => {
  const relax = [
    { afterSeconds: 5, maxLatencyMs: 120 },
    { afterSeconds: 20, maxLatencyMs: 200 },
  ];
  const settings = { ...MEAN, maxLatencyMs: 60, relax };
  const far: PlayerHints = {
    latencies: [
      { location: 'West US', ms: 110 },
      { location: 'East US', ms: 180 },
    ],
  };

  it.each([
    [0, 60, undefined],
    [4_999, 60, undefined],
    [5_000, 120, 5],
    [19_999, 120, 5],
    [20_000, 200, 20],
    [3_600_000, 200, 20],
  ])('after %d ms is %d ms, soft or strict', (waitedMs, maxLatencyMs, relaxedAfterSeconds) => {
    const shown = (strict: boolean): unknown =>
      JSON.parse(placerOf(OFFERED, undefined, { ...settings, strict })([far], waitedMs).placement);
    expect(shown(false)).toMatchObject({ maxLatencyMs });
    expect(shown(true)).toMatchObject({ maxLatencyMs, strict: true });
    expect((shown(false) as { relaxedAfterSeconds?: number }).relaxedAfterSeconds).toBe(relaxedAfterSeconds);
  });

  it('soft, ranks what comes within it before what is beyond', () => {
    const place = placerOf(OFFERED, undefined, settings);
    const near: PlayerHints = {
      latencies: [
        { location: 'West US', ms: 110 },
        { location: 'East US', ms: 20 },
      ],
    };
    expect(place([far, near], 4_999).locations.slice(0, 2)).toEqual(['East US', 'West US']);
    expect(place([far, near], 5_000).locations.slice(0, 2)).toEqual(['West US', 'East US']);
  });

  it('strict, says how long a session without a location has to wait', () => {
    const place = placerOf(OFFERED, undefined, { ...settings, strict: true });
    expect(place([far], 0)).toMatchObject({ locations: [], opensInMs: 5_000 });
    expect(place([far], 4_200)).toMatchObject({ locations: [], opensInMs: 800 });
    expect(place([far], 5_000).locations).toEqual(['West US']);
    expect(place([far], 5_000)).not.toHaveProperty('opensInMs');
    expect(place([far], 20_000).locations).toEqual(['West US', 'East US']);
  });

  it('strict, looks past a step that leaves nothing, and says so when no step leaves anything', () => {
    const place = placerOf(OFFERED, undefined, { ...settings, strict: true });
    const farther = { latencies: [{ location: 'West US', ms: 150 }] };
    expect(place([farther], 1_000)).toMatchObject({ locations: [], opensInMs: 19_000 });
    const tooFar = place([{ latencies: [{ location: 'West US', ms: 201 }] }], 1_000);
    expect(tooFar.locations).toEqual([]);
    expect(tooFar).not.toHaveProperty('opensInMs');
  });
});
