/** A place in a text. Both count from 1; a column counts characters. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/**
 * Where a text stops being JSON (RFC 8259): the first character that no JSON text could have there, or the end of a
 * text that ends early. V8's own messages say it in some cases, in words that change from version to version, and
 * quote the text; a body's content must not come back. For texts that `JSON.parse` has refused.
 */
export function jsonErrorPosition(text: string): TextPosition {
  const lines = text.slice(0, errorOffset(text)).split(/\r\n|\r|\n/);
  return { line: lines.length, column: Array.from(lines.at(-1) ?? '').length + 1 };
}

/** `more`: a comma or the end of what is open. */
type Expected = 'value' | 'name' | 'colon' | 'more';

function errorOffset(text: string): number {
  const open: string[] = [];
  let expected: Expected = 'value';
  /** Whether what was opened just now may end at once, empty. */
  let mayEnd = false;
  for (let at = pastSpace(text, 0); at < text.length; at = pastSpace(text, at)) {
    const character = text.charAt(at);
    const closes = CLOSING[open.at(-1) ?? ''] === character && (mayEnd || expected === 'more');
    const opens = expected === 'value' && character in CLOSING;
    mayEnd = opens;
    if (closes) {
      open.pop();
      expected = 'more';
    } else if (opens) {
      open.push(character);
      expected = character === '{' ? 'name' : 'value';
    } else if (expected === 'value' || expected === 'name') {
      const { end, whole } = scalarAt(text, at, expected === 'name');
      if (!whole) return end;
      expected = expected === 'name' ? 'colon' : 'more';
      at = end;
      continue;
    } else {
      if (character !== (expected === 'colon' ? ':' : ',') || (expected === 'more' && open.length === 0))
        return at;
      expected = expected === 'more' && open.at(-1) === '{' ? 'name' : 'value';
    }
    at += 1;
  }
  return text.length;
}

const CLOSING: Readonly<Record<string, string>> = { '{': '}', '[': ']' };

const SPACE = /[ \t\n\r]*/y;
/** Each matches as much as could become a scalar; `whole` is there when it is one. */
const STRING =
  /"(?:[ !#-[\]-\u{10ffff}]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*(?:(?<whole>")|\\(?:u[\da-fA-F]{0,3})?)?/uy;
const OTHERS = [
  STRING,
  /-?(?:(?:0|[1-9]\d*)(?:\.\d*)?(?:(?<=\d)[eE][+-]?\d*)?(?:(?<whole>(?<=\d))|))?/y,
  /t(?:r(?:u(?<whole>e)?)?)?/y,
  /f(?:a(?:l(?:s(?<whole>e)?)?)?)?/y,
  /n(?:u(?:l(?<whole>l)?)?)?/y,
];

function scalarAt(
  text: string,
  at: number,
  isName: boolean,
): { readonly end: number; readonly whole: boolean } {
  for (const pattern of isName ? [STRING] : OTHERS) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null && match[0] !== '')
      return { end: at + match[0].length, whole: match.groups?.['whole'] !== undefined };
  }
  return { end: at, whole: false };
}

function pastSpace(text: string, at: number): number {
  SPACE.lastIndex = at;
  SPACE.test(text);
  return SPACE.lastIndex;
}
