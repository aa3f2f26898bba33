import type { SchemaNode } from '../schema/explain.ts';

/**
 * Settles, in place, what the JSON writers of game engines write, wherever the schema knows the member:
 *
 * - They write every member of a class, so `null`, `""` and `[]` mean "absent", and are dropped, wherever the schema
 *   does not require the member. Entries of lists stay where they are, so that pointers into the body still fit what
 *   the caller sent; members that the schema does not know stay, to be refused.
 * - JSON can spell a number that no double holds (`1e400`), which is read as infinity and which the validator takes for
 *   no number at all. It becomes the largest one.
 */
export function settleMembers(value: unknown, schema: SchemaNode): void {
  if (Array.isArray(value)) {
    if (schema.items === undefined || value.length > (schema.maxItems ?? Infinity)) return;
    for (const entry of value) settleMembers(entry, schema.items);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    if (!Object.hasOwn(value, name)) continue;
    const given: unknown = Reflect.get(value, name);
    if (isAbsent(given) && schema.required?.includes(name) !== true) Reflect.deleteProperty(value, name);
    else if (given === Infinity || given === -Infinity) Reflect.set(value, name, largest(given));
    else settleMembers(given, member);
  }
}

function isAbsent(value: unknown): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

const largest = (infinite: number): number => Math.sign(infinite) * Number.MAX_VALUE;
