import { canonicalGuid, guidDigits } from '../../lib/guid.ts';

const GUID = '3536d3e6-e85d-4f47-b898-9617d19dabcd';
const DIGITS = '3536d3e6e85d4f47b8989617d19dabcd';

it.each([
  GUID,
  GUID.toUpperCase(),
  DIGITS,
  DIGITS.toUpperCase(),
  `{${GUID}}`,
  `{${GUID.toUpperCase()}}`,
  `{${DIGITS}}`,
  `(${GUID})`,
  `(${DIGITS})`,
])('%s is one GUID in its spellings', (text) => {
  expect(canonicalGuid(text)).toBe(GUID);
});

it.each([
  '',
  '{}',
  `{${GUID}`,
  `${GUID}}`,
  `{${GUID})`,
  `({${GUID}})`,
  `[${GUID}]`,
  ` ${GUID}`,
  `${GUID}\n`,
  DIGITS.slice(1),
  `${DIGITS}0`,
  '3536d3e6e85d-4f47-b898-9617d19dabcd',
  '3536d3e6-e85d4f47b8989617d19dabcd',
  '3536d3e6-e85d-4f47-b898-9617d19dabcg',
  '３536d3e6-e85d-4f47-b898-9617d19dabcd',
])('%j is none', (text) => {
  expect(canonicalGuid(text)).toBeUndefined();
});

it('leaves the digits of a beginning', () => {
  expect(guidDigits('{3536D3E6-E8')).toBe('3536d3e6e8');
});
