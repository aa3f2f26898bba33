import { readFileSync } from 'node:fs';
import { REGION_LATENCIES } from '../../lib/placement/regionLatencies.ts';

/** Measured round trips between Azure regions; README.md in this folder has their origin. */
export interface RegionLatencies {
  /** Where players stand: 54 regions. */
  readonly sources: readonly string[];
  /** Where servers stand: 18 regions. */
  readonly targets: readonly string[];
  /** Round trip in milliseconds, P95 over 30 days. Throws a RangeError for a name that the data lacks. */
  readonly ms: (source: string, target: string) => number;
}

/** How many players stand near a region, in millions: an assumption of the simulations, not a measurement. */
export interface SourceWeight {
  readonly source: string;
  readonly continent: string;
  readonly weight: number;
}

/** Assumed: the publication leaves a region's distance to itself empty. */
const SAME_REGION_MS = 2;

export function loadRegionLatencies(): RegionLatencies {
  const [header, ...rows] = parseCsv(REGION_LATENCIES);
  const targets = (header ?? []).slice(1);
  const bySource = new Map(rows.map(([source = '', ...cells]) => [source, cells]));
  return {
    sources: [...bySource.keys()],
    targets,
    ms: (source, target) => {
      const cell = bySource.get(source)?.[targets.indexOf(target)];
      if (cell === undefined) throw new RangeError(`No latency is known from "${source}" to "${target}".`);
      return cell === '' ? SAME_REGION_MS : Number(cell);
    },
  };
}

export function loadSourceWeights(): readonly SourceWeight[] {
  const [, ...rows] = parseCsv(readFileSync(new URL('player-weights.csv', import.meta.url), 'utf8'));
  return rows.map(([source = '', continent = '', weight]) => ({ source, continent, weight: Number(weight) }));
}

/** The project's own tables: no quoting, no commas inside cells. */
function parseCsv(text: string): string[][] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
}
