import type { FleetChoice, GameMode } from '../../../lib/broker/dependencies.ts';
import { fleetOrder } from '../../../lib/broker/fleetOrder.ts';

const place = () => ({ locations: [], placement: '', hints: '' });
const mode = (choices?: readonly FleetChoice[]): GameMode => ({
  ...{ fleet: 'sessionhosts', targets: new Map([['sessionhosts', 'mode-1']]), place, choices },
});
const A: FleetChoice = { fleet: 'sessionhosts', target: 'mode-1' };
const B: FleetChoice = { fleet: 'playfab', target: 'build-1' };
const NEW_BUILD: FleetChoice = { fleet: 'playfab', target: 'build-2' };

const session = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

/** Which part of 10,000 sessions begins there. */
function partOf(choices: readonly FleetChoice[], at: FleetChoice): number {
  let count = 0;
  for (let number = 0; number < 10_000; number += 1) {
    if (fleetOrder(mode(choices), session(number))[0] === at) count += 1;
  }
  return count / 10_000;
}

it('is the one fleet of a mode that lists none', () => {
  expect(fleetOrder(mode(), session(0))).toEqual([{ fleet: 'sessionhosts', target: 'mode-1' }]);
});

it('is the order of the settings, where no entry has a share', () => {
  expect(fleetOrder(mode([A, B, NEW_BUILD]), session(0))).toEqual([A, B, NEW_BUILD]);
});

it('begins a share of the sessions elsewhere, and goes on in the order of the settings', () => {
  const canary = { ...NEW_BUILD, share: 0.1 };
  const choices = [A, B, canary];
  expect(partOf(choices, canary)).toBeCloseTo(0.1, 1);
  expect(partOf(choices, A)).toBeCloseTo(0.9, 1);
  expect(partOf(choices, B)).toBe(0);
  const orders = new Set(
    Array.from({ length: 200 }, (_, number) => {
      return fleetOrder(mode(choices), session(number))
        .map(({ target }) => target)
        .join();
    }),
  );
  expect([...orders].sort()).toEqual(['build-2,mode-1,build-1', 'mode-1,build-1,build-2']);
});

it('divides the sessions among entries that all have a share', () => {
  const choices = [
    { ...A, share: 0.5 },
    { ...B, share: 0.3 },
    { ...NEW_BUILD, share: 0.2 },
  ];
  const parts = choices.map((choice) => partOf(choices, choice));
  expect(parts.map((part) => part.toFixed(1))).toEqual(['0.5', '0.3', '0.2']);
});

it('keeps the sessions of a share that grows', () => {
  const beginsAtCanary = (share: number) => {
    const canary = { ...NEW_BUILD, share };
    return (number: number) => fleetOrder(mode([canary, A]), session(number))[0] === canary;
  };
  const numbers = Array.from({ length: 500 }, (_, number) => number);
  const [before, after] = [numbers.filter(beginsAtCanary(0.1)), numbers.filter(beginsAtCanary(0.3))];
  expect(before.length).toBeGreaterThan(25);
  expect(before.filter((number) => !after.includes(number))).toEqual([]);
});

it.each([
  [0, 0],
  [1, 1],
])('a share of %d is no session or all of them', (share, part) => {
  const canary = { ...NEW_BUILD, share };
  expect(partOf([canary, A], canary)).toBe(part);
});
