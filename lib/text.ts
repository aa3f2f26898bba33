/**
 * Text that clients, fleets and settings wrote, made fit for what keeps it and for what shows it. Everything that is
 * kept or shown is well-formed Unicode: half of a surrogate pair makes jq, .NET and Python refuse a whole document.
 */

/** Made when it is first needed: some 20 ms, which no cold start is to pay for. */
let graphemes: Intl.Segmenter | undefined;

const codePoints = (text: string): number => Array.from(text).length;

/**
 * The beginning of a text, of at most this size, cut between two characters as people see them (UAX #29, extended
 * grapheme clusters) and well-formed whatever it was before.
 *
 * @param sizeOf what a text's size is; default: its code points
 */
export function cutText(
  text: string,
  mostSize: number,
  sizeOf: (text: string) => number = codePoints,
): string {
  const whole = text.toWellFormed();
  if (sizeOf(whole) <= mostSize) return whole;
  let kept = '';
  let left = mostSize;
  graphemes ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  for (const { segment } of graphemes.segment(whole)) {
    left -= sizeOf(segment);
    if (left < 0) break;
    kept += segment;
  }
  // One letter may carry any number of accents.
  return kept === '' ? Array.from(whole).slice(0, mostSize).join('') : kept;
}

/**
 * Fit for a terminal: what could move its cursor, change its colours or reorder what is written (C0, DEL and C1, format
 * controls such as those for the direction of writing, line and paragraph separators) is replaced by U+FFFD, and so is
 * half of a surrogate pair.
 */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\uFFFD');
}

/**
 * JSON that may be printed on a terminal: what {@link printable} replaces is escaped, so that nothing is lost; only
 * half of a surrogate pair becomes U+FFFD.
 */
export function printableJson(value: unknown, indent?: number): string {
  const json = JSON.stringify(value, (_name, member: unknown) => wellFormed(member), indent);
  // JSON.stringify has escaped C0 already: the line feeds that are left are its own, between members.
  return json.replaceAll(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu, escaped);
}

/** For `JSON.parse` and `JSON.stringify`, which both let half of a surrogate pair through. */
export function wellFormed(member: unknown): unknown {
  return typeof member === 'string' ? member.toWellFormed() : member;
}

/** RFC 8259, section 7: each UTF-16 unit by itself. */
function escaped(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
