import fc from 'fast-check';
import { jsonErrorPosition } from '../../../lib/contract/jsonPosition.ts';

it.each([
  ['', 1, 1],
  [' \n', 2, 1],
  ['sessionId=1', 1, 1],
  ["{'a': 1}", 1, 2],
  ['{"a" 1}', 1, 6],
  ['{"a": }', 1, 7],
  ['{"a": 1,}', 1, 9],
  ['{"a": 1', 1, 8],
  ['{"a": 1}}', 1, 9],
  ['{"a": 1} {"b": 2}', 1, 10],
  ['{,}', 1, 2],
  ['{1: 2}', 1, 2],
  ['{"a": 1]', 1, 8],
  ['[1,]', 1, 4],
  ['[1 2]', 1, 4],
  ['[01]', 1, 3],
  ['[1.]', 1, 2],
  ['[.5]', 1, 2],
  ['[+1]', 1, 2],
  ['[1e]', 1, 2],
  ['[1.e5]', 1, 2],
  ['[--1]', 1, 2],
  ['[NaN]', 1, 2],
  ['[nul]', 1, 2],
  ['[True]', 1, 2],
  ['tru', 1, 1],
  ['"abc', 1, 1],
  ['"a\\x"', 1, 1],
  ['"a\\u12g4"', 1, 1],
  ['"tab\t"', 1, 1],
  ['"line\n"', 1, 1],
  ['{"a": 1, // why', 1, 10],
  ['{\n  "a": 1\r\n  "b": 2\r}', 3, 3],
  ['{"🎲": x}', 1, 7],
  ['\ufeff{}', 1, 1],
  ['\u00a0{}', 1, 1],
])('%j stops being JSON at line %d, column %d', (text, line, column) => {
  expect(jsonErrorPosition(text)).toEqual({ line, column });
});

/** The words of a JSON text, and some that are of none. */
const pieces = fc.array(
  fc.oneof(
    fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ':',
      ',',
      '"',
      '\\',
      '-',
      '.',
      'e',
      '0',
      '17',
      'true',
      'null',
      ' ',
      '\n',
      '\u0001',
    ),
    fc.constantFrom('"a"', '"\\u00e9', '"x":1', '[1,2', '{"a":', '🎲'),
    fc.jsonValue().map((value) => JSON.stringify(value)),
  ),
  { maxLength: 12 },
);

it.each(['[', '{"a":'])(
  'finds the end of a text that opens more %j than the parser can go down',
  (opening) => {
    const text = opening.repeat(60_000);
    expect(jsonErrorPosition(text)).toEqual({ line: 1, column: text.length + 1 });
  },
);

it('finds a place in every text that is no JSON', () => {
  let refused = 0;
  const finds = (parts: readonly string[]): boolean => {
    const text = parts.join('');
    if (isJson(text)) return true;
    refused += 1;
    const { line, column } = jsonErrorPosition(text);
    const lines = text.split('\n');
    return line <= lines.length && column <= Array.from(lines[line - 1] ?? '').length + 1;
  };
  fc.assert(fc.property(pieces, finds), { numRuns: 3_000, seed: 7 });
  expect(refused).toBeGreaterThan(500);
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
