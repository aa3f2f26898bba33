import type { Clock } from './clock.ts';
import type { Settings } from './config/settings.ts';
import type { Stock, StockEntry, StockLocation } from './contract/stock.ts';
import type { Fleet, LocationStock } from './fleets/fleet.ts';
import { inParallel } from './inParallel.ts';
import { rememberedFor } from './once.ts';
import { findLocation } from './placement/names.ts';

/** Fleets limit how often they may be asked, and several people look at once. */
const REMEMBERED_MS = 15_000;
/** For all fleets together, their tokens included. */
const TIMEOUT_MS = 5_000;
/** A title with many builds must not use up what the fleet allows at once. */
const MOST_AT_ONCE = 4;

export interface StockOptions {
  readonly settings: Pick<Settings, 'gameModes' | 'locations'>;
  readonly fleets: ReadonlyMap<string, Fleet>;
  readonly clock: Clock;
}

/** Game modes that share their servers. */
interface Shared {
  readonly fleet: string;
  readonly target: string;
  readonly gameModes: readonly string[];
}

/**
 * The servers that the fleets have for the game modes. Asks when it is called, and at most every 15 seconds: all who
 * ask in between get the same answer, failures included.
 */
export function stockReader(options: StockOptions): () => Promise<Stock> {
  return rememberedFor(
    REMEMBERED_MS,
    () => options.clock.monotonicMs(),
    () => readStock(options),
  );
}

async function readStock({ settings, fleets, clock }: StockOptions): Promise<Stock> {
  const at = new Date(clock.wallMs()).toISOString();
  const signal = clock.timeout(TIMEOUT_MS);
  const entries = new Map<Shared, StockEntry>();
  const all = sharedBy(settings.gameModes, fleets);
  await inParallel(all, MOST_AT_ONCE, async (shared) => {
    entries.set(shared, await entryOf(shared, fleets.get(shared.fleet), settings.locations, signal));
  });
  // In the order of the settings, whichever answered first.
  return { at, entries: all.flatMap((shared) => entries.get(shared) ?? []) };
}

/** The modes by what they ask which fleet for; all modes of a fleet that cannot say are one. */
function sharedBy(gameModes: Settings['gameModes'], fleets: ReadonlyMap<string, Fleet>): readonly Shared[] {
  const modes = [...gameModes].flatMap(([alias, mode]) => {
    const choices = mode.choices ?? [{ fleet: mode.fleet, target: mode.targets.get(mode.fleet) }];
    return choices.map(({ fleet, target = '' }) => {
      return { alias, fleet, target: fleets.get(fleet)?.stock === undefined ? '' : target };
    });
  });
  const groups = Map.groupBy(modes, ({ fleet, target }) => `${fleet}\n${target}`);
  return [...groups.values()].flatMap((group) =>
    group.slice(0, 1).map(({ fleet, target }) => ({
      fleet,
      target,
      gameModes: [...new Set(group.map(({ alias }) => alias))],
    })),
  );
}

async function entryOf(
  { fleet: name, target, gameModes }: Shared,
  fleet: Fleet | undefined,
  locations: Settings['locations'],
  signal: AbortSignal,
): Promise<StockEntry> {
  if (fleet?.stock === undefined) return { fleet: name, gameModes, status: 'not-offered' };
  const stock = await fleet.stock(target, signal);
  if (stock.kind === 'failed') return { fleet: name, gameModes, status: 'failed', reason: stock.reason };
  const asSettings = ({ region, servers }: LocationStock): StockLocation => ({
    region: findLocation(locations, region)?.name ?? region,
    ...(servers && { servers }),
  });
  return { fleet: name, gameModes, status: 'known', locations: stock.locations.map(asSettings) };
}
