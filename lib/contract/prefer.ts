/** Long enough for a host that is StandingBy, short enough for the patience of proxies (commonly 30 s). */
const MIN_WAIT_SECONDS = 1;
const MAX_WAIT_SECONDS = 25;
const DEFAULT_WAIT_SECONDS = 15;

/** RFC 9110: token (5.6.2), quoted-string (5.6.4). */
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const WORD = `(?:${TOKEN}|"(?:[^"\\\\]|\\\\.)*")`;
const PARAMETER = `(${TOKEN})(?:[ \\t]*=[ \\t]*(${WORD})?)?`;
/** RFC 7240, section 2: what stands before a name (a comma starts a preference, a semicolon a parameter), and it. */
const NEXT = new RegExp(`[ \\t]*([,;]?)[ \\t]*(?:${PARAMETER})?`, 'y');

/**
 * How long the caller cares to wait, in whole seconds from 1 to 25: the preference `wait` of the header Prefer
 * (RFC 7240, section 4.3); 15 when there is none. Preferences are wishes: what cannot be read is ignored.
 */
export function parsePreferWait(header: string | null): number {
  const value = firstWait(header ?? '');
  if (value === undefined || !/^\d+$/.test(value)) return DEFAULT_WAIT_SECONDS;
  return Math.min(Math.max(Number(value), MIN_WAIT_SECONDS), MAX_WAIT_SECONDS);
}

/** The first of two equal preferences counts (section 2); a parameter of another preference is not one. */
function firstWait(header: string): string | undefined {
  NEXT.lastIndex = 0;
  for (let at = 0; at < header.length; at = NEXT.lastIndex) {
    const match = NEXT.exec(header);
    if (match === null || NEXT.lastIndex === at) return undefined;
    const [, separator, name, word] = match;
    if (at > 0 && separator === '') return undefined;
    if (separator !== ';' && name?.toLowerCase() === 'wait') return unquote(word ?? '');
  }
  return undefined;
}

const unquote = (word: string): string =>
  word.startsWith('"') ? word.slice(1, -1).replace(/\\(.)/g, '$1') : word;
