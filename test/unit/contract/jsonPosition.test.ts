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
  ['[1.]', 1, 4],
  ['[.5]', 1, 2],
  ['[+1]', 1, 2],
  ['[1e]', 1, 4],
  ['[1.e5]', 1, 4],
  ['[--1]', 1, 3],
  ['[NaN]', 1, 2],
  ['[nul]', 1, 5],
  ['[True]', 1, 2],
  ['tru', 1, 4],
  ['"abc', 1, 5],
  ['"a\\x"', 1, 4],
  ['"a\\u12g4"', 1, 7],
  ['"tab\t"', 1, 5],
  ['"line\n"', 1, 6],
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

it('says what V8 says, where V8 says it', () => {
  let compared = 0;
  const agrees = (parts: readonly string[]): boolean => {
    const text = parts.join('');
    const offset = offsetOfError(text);
    if (offset === undefined) return true;
    compared += 1;
    const before = text.slice(0, offset).split('\n');
    const { line, column } = jsonErrorPosition(text);
    return line === before.length && column === Array.from(before.at(-1) ?? '').length + 1;
  };
  fc.assert(fc.property(pieces, agrees), { numRuns: 3_000, seed: 7 });
  expect(compared).toBeGreaterThan(500);
});

/** Where V8 says that the text is no JSON; `undefined` where it is one, or V8 does not say. */
function offsetOfError(text: string): number | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    const { message } = error as Error;
    if (message.includes('end of JSON input')) return text.length;
    const [, offset] = /at position (\d+)/.exec(message) ?? [];
    return offset === undefined ? undefined : Number(offset);
  }
}
