const HYPHENED = '[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}';
const SPELT = `(?:${HYPHENED}|[0-9a-fA-F]{32})`;

/** A GUID as settings and fleets spell it: with hyphens, in any case. For JSON Schema. */
export const HYPHENED_GUID = `^${HYPHENED}$`;

/**
 * A GUID as callers may spell it: any version and case, with hyphens or as 32 digits (.NET's formats D and N, Unreal's
 * default), bare, in braces (B) or in parentheses (P). For JSON Schema.
 */
export const ANY_GUID = `^(?:${SPELT}|\\{${SPELT}\\}|\\(${SPELT}\\))$`;

const PATTERN = new RegExp(ANY_GUID, 'u');

/** The one spelling that is kept, compared and answered: lower case, with hyphens. `undefined` for what is no GUID. */
export function canonicalGuid(text: string): string | undefined {
  if (!PATTERN.test(text)) return undefined;
  return guidDigits(text).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** The digits of a GUID, or of the beginning of one, in lower case: what is left to compare of any spelling. */
export function guidDigits(text: string): string {
  return text.replace(/[-{}()]/g, '').toLowerCase();
}
