import { type ParseError, parse } from 'jsonc-parser';

/** A place in a text. Both count from 1; a column counts characters. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/**
 * Where a text stops being JSON (RFC 8259): the first word that no JSON text could have there, or the end of a text that
 * ends early. For texts that `JSON.parse` has refused: its own messages differ from version to version, and quote the
 * text, which must not come back.
 */
export function jsonErrorPosition(text: string): TextPosition {
  const errors: ParseError[] = [];
  try {
    parse(text, errors, { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false });
  } catch (error) {
    // Nested deeper than the parser's stack: what follows is not looked at, and the text is said to end early.
    if (!(error instanceof RangeError)) throw error;
  }
  const lines = text.slice(0, errors[0]?.offset).split(/\r\n|\r|\n/);
  return { line: lines.length, column: Array.from(lines.at(-1) ?? '').length + 1 };
}
