import { loadRegionLatencies, loadSourceWeights } from '../../../local/data/latencies.ts';
import { drawWeighted, seededRandom } from '../../../local/data/random.ts';
import { drawPlayer } from '../../../local/data/simulatedPlayers.ts';

const latencies = loadRegionLatencies();

describe('the latencies between regions', () => {
  it('are 54 sources by 18 targets, each way measured by itself', () => {
    expect(latencies.sources).toHaveLength(54);
    expect(latencies.targets).toHaveLength(18);
    expect(latencies.ms('Australia East', 'South Central US')).toBe(194);
    expect(latencies.ms('South Central US', 'Australia East')).toBe(172);
  });

  it('are known for every pair, a region to itself by assumption', () => {
    const all = latencies.sources.flatMap((source) =>
      latencies.targets.map((target) => latencies.ms(source, target)),
    );
    expect(all.filter((ms) => !(ms >= 2 && ms < 500))).toEqual([]);
    expect(all.filter((ms) => ms === 2)).toHaveLength(18);
    expect(latencies.ms('UK South', 'UK South')).toBe(2);
  });

  it('names what it does not know', () => {
    expect(() => latencies.ms('Atlantis', 'UK South')).toThrow(
      'No latency is known from "Atlantis" to "UK South".',
    );
    expect(() => latencies.ms('UK South', 'Atlantis')).toThrow(
      'No latency is known from "UK South" to "Atlantis".',
    );
  });
});

describe('simulated players', () => {
  it('live where there are weights, and every region has one', () => {
    const weights = loadSourceWeights();
    expect(weights.map(({ source }) => source)).toEqual(latencies.sources);
    expect(weights.filter(({ weight }) => !(weight > 0))).toEqual([]);
    const oceania = weights.filter(({ continent }) => continent === 'Oceania');
    const player = drawPlayer(latencies, oceania, seededRandom(1));
    expect(player.continent).toBe('Oceania');
  });

  it('measure what they will have, within 10 % and a rounding, a last mile included', () => {
    const random = seededRandom(2);
    for (let drawn = 0; drawn < 200; drawn += 1) {
      const player = drawPlayer(latencies, loadSourceWeights(), random);
      expect(player.hints.map(({ location }) => location)).toEqual(latencies.targets);
      for (const { location, ms } of player.hints) {
        const actual = player.actualMs(location);
        const lastMile = actual - latencies.ms(player.source, location);
        expect(lastMile).toBeGreaterThanOrEqual(4.999);
        expect(lastMile).toBeLessThanOrEqual(30.001);
        expect(Math.abs(ms - actual)).toBeLessThanOrEqual(actual * 0.1 + 0.051);
      }
    }
  });

  it('are the same for the same seed', () => {
    expect(Array.from({ length: 3 }, seededRandom(42))).toEqual([
      0.6011037519201636, 0.44829055899754167, 0.8524657934904099,
    ]);
    const draw = (): unknown => drawPlayer(latencies, loadSourceWeights(), seededRandom(3)).hints;
    expect(draw()).toEqual(draw());
  });

  it('are drawn in proportion to the weights', () => {
    const random = seededRandom(4);
    const items = [
      { name: 'rare', weight: 1 },
      { name: 'never', weight: 0 },
      { name: 'common', weight: 3 },
    ];
    const drawn = Array.from({ length: 4000 }, () => drawWeighted(items, random).name);
    expect(drawn.filter((name) => name === 'rare').length / 4000).toBeCloseTo(0.25, 1);
    expect(drawn).not.toContain('never');
  });
});
