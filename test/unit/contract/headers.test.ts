import fc from 'fast-check';
import { checkBodyHeaders, checkBodySize } from '../../../lib/contract/bodyHeaders.ts';
import { parsePreferWait } from '../../../lib/contract/prefer.ts';

const json = { 'content-type': 'application/json', 'content-length': '2' };
const check = (headers: Record<string, string>) => (): void => checkBodyHeaders(new Headers(headers));
const problem = (code: string): Error => expect.objectContaining({ code }) as Error;

describe('checkBodyHeaders', () => {
  it.each([
    ['application/json'],
    ['Application/JSON'],
    ['application/json; charset=utf-8'],
    ['application/json;charset="UTF-8"'],
    ['application/json;'],
    ['application/json;charset=utf-8;'],
    ['application/json;; charset=utf-8'],
    ['application/json ; ; charset=utf8'],
    ['application/json; charset="utf\\-8"'],
    ['application/json; charset="utf-8'],
    ['application/json; charset='],
    ['application/json; charset=""'],
    ['application/json; charset'],
    ['application/json; version=1; q="a;b"'],
    ['application/json; charset=utf-8; charset=utf-16'],
    [' application/json\t'],
    ['text/json'],
  ])('takes %s', (type) => {
    expect(check({ ...json, 'content-type': type })).not.toThrow();
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'a chunked body',
      { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
      'length-required',
    ],
    ['a length that is no number', { ...json, 'content-length': 'many' }, 'length-required'],
    ['65 KiB', { ...json, 'content-length': '66560' }, 'payload-too-large'],
    ['one byte too many', { ...json, 'content-length': '65537' }, 'payload-too-large'],
    ['text/plain', { ...json, 'content-type': 'text/plain' }, 'unsupported-media-type'],
    ['no type', { 'content-length': '2' }, 'unsupported-media-type'],
    [
      'another charset',
      { ...json, 'content-type': 'application/json; charset=latin1' },
      'unsupported-media-type',
    ],
    ...[
      'application/json;; charset=utf-16',
      'application/json; charset=UTF-16LE;',
      'application/json; x=y; charset="latin1"',
      'application/json; charset=utf-32',
      'application/json; charset=utf-7',
      'application/json; charset=none-such',
      'application/jsonp',
      'application/json/x',
      'application/*',
      'json',
      '; charset=utf-8',
      'multipart/form-data; boundary="application/json"',
    ].map((type): [string, Record<string, string>, string] => [
      type,
      { ...json, 'content-type': type },
      'unsupported-media-type',
    ]),
    [
      'another JSON type',
      { ...json, 'content-type': 'application/json-patch+json' },
      'unsupported-media-type',
    ],
    ['a compressed body', { ...json, 'content-encoding': 'gzip' }, 'unsupported-media-type'],
  ])('refuses %s', (_name, headers, code) => {
    expect(check(headers)).toThrow(problem(code));
  });

  it('takes 64 KiB exactly, and leaves an empty body to the parser', () => {
    expect(check({ ...json, 'content-length': '65536' })).not.toThrow();
    expect(check({ 'content-length': '0' })).not.toThrow();
  });

  it('holds the bytes that came to the same limit', () => {
    expect(() => checkBodySize(65_536)).not.toThrow();
    expect(() => checkBodySize(65_537)).toThrow(problem('payload-too-large'));
  });
});

describe('parsePreferWait', () => {
  it.each<[string | null, number]>([
    [null, 15],
    ['', 15],
    ['wait=10', 10],
    ['WAIT = 10', 10],
    ['wait="10"', 10],
    ['wait="1\\0"', 10],
    ['respond-async, wait=3', 3],
    ['handling=lenient; wait=9; x, wait=4', 4],
    ['foo; bar="a, wait=9", wait=5', 5],
    [', ,wait=7', 7],
    ['wait=7; foo=bar', 7],
    ['wait=8, wait=20', 8],
    ['wait=x, wait=20', 15],
    ['wait', 15],
    ['wait=', 15],
    ['wait=1.5', 15],
    ['wait=-5', 15],
    ['wait=0', 1],
    ['wait=1', 1],
    ['wait=25', 25],
    ['wait=26', 25],
    ['wait=99999999999999999999999', 25],
    ['waiting=3', 15],
    ['a b wait=3', 15],
    ['"wait=3"', 15],
  ])('%j is %d seconds', (header, seconds) => {
    expect(parsePreferWait(header)).toBe(seconds);
  });

  it('gives whole seconds from 1 to 25 for any header', () => {
    const pieces = fc.array(
      fc.oneof(fc.constantFrom('wait', '=', ',', ';', '"', '\\', ' ', '7'), fc.string()),
    );
    fc.assert(
      fc.property(pieces, (parts) => {
        const seconds = parsePreferWait(parts.join(''));
        expect(Number.isInteger(seconds) && seconds >= 1 && seconds <= 25).toBe(true);
      }),
    );
  });
});
