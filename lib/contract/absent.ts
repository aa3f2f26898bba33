import type { SchemaNode } from '../schema/explain.ts';

/**
 * Drops, in place, the members that mean "absent": the JSON writers of game engines write every member of a class,
 * so `null`, `""` and `[]` stand for it, wherever the schema does not require the member. Entries of lists stay where
 * they are, so that pointers into the body still fit what the caller sent; members that the schema does not know stay,
 * to be refused.
 */
export function dropAbsent(value: unknown, schema: SchemaNode): void {
  if (Array.isArray(value)) {
    if (schema.items === undefined || value.length > (schema.maxItems ?? Infinity)) return;
    for (const entry of value) dropAbsent(entry, schema.items);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    if (!Object.hasOwn(value, name)) continue;
    const given: unknown = Reflect.get(value, name);
    if (isAbsent(given) && schema.required?.includes(name) !== true) Reflect.deleteProperty(value, name);
    else dropAbsent(given, member);
  }
}

function isAbsent(value: unknown): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0);
}
