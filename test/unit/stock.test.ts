/** Which servers the fleets have, as it is remembered and named. */
import type { GameModeSetting } from '../../lib/config/settings.ts';
import type { Fleet, FleetStock } from '../../lib/fleets/fleet.ts';
import { stockReader } from '../../lib/stock.ts';
import { VirtualClock } from '../support/virtualClock.ts';

const servers = { standingBy: 4, active: 31, propping: 2 };
const KNOWN: FleetStock = { kind: 'known', locations: [{ region: 'WestUs', servers }] };

const mode = (fleet: GameModeSetting['fleet'], target: string): GameModeSetting => ({
  fleet,
  targets: new Map([[fleet, target]]),
});

/** A fleet that gives these answers by target, in time or never; and what it was asked. */
function fleetWith(answers: Readonly<Record<string, FleetStock | 'silence'>>) {
  const asked: string[] = [];
  const stock = (target: string, signal: AbortSignal): Promise<FleetStock> => {
    asked.push(target);
    const answer = answers[target];
    if (answer !== undefined && answer !== 'silence') return Promise.resolve(answer);
    return new Promise((resolve) =>
      signal.addEventListener('abort', () => resolve({ kind: 'failed', reason: 'gave no answer' })),
    );
  };
  return { asked, fleet: { stock } as Partial<Fleet> as Fleet };
}

function reader(
  fleet: Fleet,
  gameModes: Readonly<Record<string, GameModeSetting>>,
  clock = new VirtualClock(),
) {
  const settings = {
    gameModes: new Map(Object.entries(gameModes)),
    locations: [{ name: 'West US', penaltyMs: 0 }],
  };
  const fleets = new Map<string, Fleet>([
    ['playfab', fleet],
    ['sessionhosts', {} as Partial<Fleet> as Fleet],
  ]);
  return { clock, read: stockReader({ settings, fleets, clock }) };
}

it('names regions as the settings do, asks once for modes that share a build, and says who does not say', async () => {
  const { asked, fleet } = fleetWith({
    a: KNOWN,
    b: { kind: 'known', locations: [{ region: 'UkSouth' }] },
    c: { kind: 'failed', reason: 'GetBuild of PlayFab answered 500.' },
  });
  const { read } = reader(fleet, {
    duel: mode('playfab', 'a'),
    old: mode('sessionhosts', 'x'),
    raid: mode('playfab', 'b'),
    ranked: mode('playfab', 'a'),
    older: mode('sessionhosts', 'y'),
    broken: mode('playfab', 'c'),
  });
  expect(await read()).toEqual({
    at: '2026-11-22T08:15:30.250Z',
    entries: [
      {
        fleet: 'playfab',
        gameModes: ['duel', 'ranked'],
        status: 'known',
        locations: [{ region: 'West US', servers }],
      },
      { fleet: 'sessionhosts', gameModes: ['old', 'older'], status: 'not-offered' },
      { fleet: 'playfab', gameModes: ['raid'], status: 'known', locations: [{ region: 'UkSouth' }] },
      {
        fleet: 'playfab',
        gameModes: ['broken'],
        status: 'failed',
        reason: 'GetBuild of PlayFab answered 500.',
      },
    ],
  });
  expect(asked.toSorted()).toEqual(['a', 'b', 'c']);
});

it('asks when somebody looks, and once in 15 seconds for all', async () => {
  const { asked, fleet } = fleetWith({ a: KNOWN });
  const { clock, read } = reader(fleet, { duel: mode('playfab', 'a') });
  expect(asked).toEqual([]);
  const [first, second] = await Promise.all([read(), read()]);
  await clock.advance(14_999);
  expect([second, await read(), asked]).toEqual([first, first, ['a']]);
  await clock.advance(1);
  expect([(await read()).at, asked]).toEqual(['2026-11-22T08:15:45.250Z', ['a', 'a']]);
});

it('does not wait longer than five seconds for a fleet, and shows what the others say', async () => {
  const { fleet } = fleetWith({ a: 'silence', b: KNOWN });
  const { clock, read } = reader(fleet, { duel: mode('playfab', 'a'), raid: mode('playfab', 'b') });
  let statuses: readonly string[] | undefined;
  void read().then(({ entries }) => (statuses = entries.map(({ status }) => status)));
  await clock.advance(4_999);
  expect(statuses).toBeUndefined();
  await clock.advance(1);
  expect(statuses).toEqual(['failed', 'known']);
});
