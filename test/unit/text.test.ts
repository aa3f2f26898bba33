import * as fc from 'fast-check';
import { cutText, printable, printableJson } from '../../lib/text.ts';

/** Halves of surrogate pairs, control codes and characters of several code points among all else. */
const text = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '\ud83d',
        '\ude00',
        '😀',
        '👨‍👩‍👧',
        '🇳🇱',
        'e\u0301',
        '\u001b[2J',
        '\u009b',
        '\u202e',
        '\u2028',
      ),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

/** What a terminal could obey, or a reader could not see. */
const STEERING = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

it('cuts to the size, and to the beginning, and never in the middle of a surrogate pair', () => {
  fc.assert(
    fc.property(text, fc.nat(20), (whole, most) => {
      const kept = cutText(whole, most);
      expect(kept.isWellFormed()).toBe(true);
      expect(Array.from(kept).length).toBeLessThanOrEqual(most);
      expect(whole.toWellFormed().startsWith(kept)).toBe(true);
    }),
  );
});

it('leaves nothing that a terminal would obey', () => {
  fc.assert(fc.property(text, (any) => expect(printable(any)).not.toMatch(STEERING)));
});

it('writes JSON that reads back the same, and that no terminal obeys', () => {
  fc.assert(
    fc.property(text, (any) => {
      const json = printableJson({ any, list: [any] });
      expect(json).not.toMatch(STEERING);
      expect(JSON.parse(json)).toEqual({ any: any.toWellFormed(), list: [any.toWellFormed()] });
    }),
  );
});
