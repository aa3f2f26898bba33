import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RECORDED_OUTCOMES } from '../../../lib/contract/outcomes.ts';
import { colourName } from '../../../ops/palette.ts';

const style = readFileSync(join(__dirname, '../../../ops/style.css'), 'utf8');
const [light = '', dark = ''] = style.split('@media (prefers-color-scheme: dark)');

it.each(RECORDED_OUTCOMES)('has a colour of %s for the light and for the dark', (outcome) => {
  const declaration = new RegExp(`^ +${colourName(outcome)}: #[0-9a-f]{6};$`, 'm');
  expect(light).toMatch(declaration);
  expect(dark).toMatch(declaration);
});

it('tells some outcomes from others of their kind', () => {
  const outcomes = ['internal', 'upstream-rejected', 'pending', 'open'] as const;
  expect(outcomes.map(colourName)).toEqual([...['--fault', '--upstream-rejected', '--waiting', '--open']]);
});
