import { hashOf, readView, type View } from '../../../ops/address.ts';
import { NO_FILTER } from '../../../ops/filter.ts';

const SESSION = '3536d3e6-e85d-4f47-b898-9617d19dabcd';
const USUAL: View = { minutes: 60, filter: NO_FILTER };

it.each<[string, View]>([
  ['', USUAL],
  ['#minutes=360', { ...USUAL, minutes: 360 }],
  ['#until=2026-11-22T08%3A15%3A30.000Z', { ...USUAL, untilMs: Date.parse('2026-11-22T08:15:30.000Z') }],
  [
    '#outcome=no-capacity&gameMode=a%26b%3D%23&effort=several&id=3536d3',
    {
      ...USUAL,
      filter: { ...NO_FILTER, outcome: 'no-capacity', gameMode: 'a&b=#', effort: 'several', id: '3536d3' },
    },
  ],
  [`#session=${SESSION}`, { ...USUAL, session: SESSION }],
  [`#session=${SESSION}&attempt=a-1`, { ...USUAL, session: SESSION, attempt: 'a-1' }],
])('%s leads back to what it was made of', (hash, view) => {
  expect(readView(hash)).toEqual(view);
  expect(hashOf(view)).toBe(hash);
});

it.each(['#minutes=-5', '#minutes=x', '#until=yesterday', '#attempt=without-its-session', '#nonsense'])(
  'leaves out of %s what is not of its form',
  (hash) => expect(readView(hash)).toEqual(USUAL),
);
