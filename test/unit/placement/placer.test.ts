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
