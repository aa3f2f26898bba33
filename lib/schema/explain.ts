import type { ErrorObject } from 'ajv';

/** The keywords of a JSON Schema that messages are made from. */
export interface SchemaNode {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
}

/** One mistake: where (RFC 6901) and what was expected there. */
export interface Mistake {
  readonly pointer: string;
  readonly message: string;
}

/** Senders choose unknown names: a long or unusual one is not repeated, and the pointer stops at its parent. */
const ECHOED_NAME = /^[\w $./~@:-]{1,64}$/;

/**
 * Says what a schema expected, once for each place that failed. Messages are made from the schema alone and never repeat
 * a value, which may be secret or hostile. Pointers repeat only the names of members.
 */
export function explainErrors(
  schema: SchemaNode,
  errors: readonly ErrorObject[] | null | undefined,
): readonly Mistake[] {
  const mistakes = new Map<string, Mistake>();
  for (const error of errors ?? []) {
    // Other errors report these as well: propertyNames itself, and the enum of the discriminating member.
    if (error.propertyName !== undefined || error.keyword === 'discriminator') continue;
    const mistake = explain(schemaHolding(schema, error.schemaPath), error);
    mistakes.set(`${mistake.pointer} ${mistake.message}`, mistake);
  }
  return [...mistakes.values()];
}

/** RFC 6901, section 3. */
export function pointerTo(parent: string, name: string | number): string {
  return `${parent}/${String(name).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function explain(holder: SchemaNode, error: ErrorObject): Mistake {
  const at = error.instancePath;
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'required': {
      const name = String(params['missingProperty']);
      return {
        pointer: pointerTo(at, name),
        message: `missing: expected ${expectation(holder.properties?.[name] ?? {})}`,
      };
    }
    case 'additionalProperties': {
      const name = String(params['additionalProperty']);
      const known = Object.keys(holder.properties ?? {}).join(', ');
      return ECHOED_NAME.test(name)
        ? { pointer: pointerTo(at, name), message: `unknown member: expected none but ${known}` }
        : { pointer: at, message: `an unknown member: expected none but ${known}` };
    }
    case 'propertyNames':
      return { pointer: at, message: 'a name is empty or too long' };
    default:
      return { pointer: at, message: `expected ${expectation(holder)}` };
  }
}

/** What a schema expects, in words. */
export function expectation(schema: SchemaNode): string {
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`;
  if (typeof schema.type === 'object') return schema.type.map((type) => expectation({ type })).join(' or ');
  switch (schema.type) {
    case 'string':
      return describeString(schema);
    case 'number':
      return `a number${range(schema.minimum, schema.maximum)}`;
    case 'integer':
      return `a whole number${range(schema.minimum, schema.maximum)}`;
    case 'null':
      return 'null';
    case 'boolean':
      return 'true or false';
    case 'array':
      return `a list${sized(range(schema.minItems, schema.maxItems), 'entries')}`;
    case 'object':
      return `an object${sized(range(schema.minProperties, undefined), 'member')}`;
    case undefined:
    default:
      return 'a value that the schema allows';
  }
}

function describeString({ format, pattern, examples, minLength, maxLength }: SchemaNode): string {
  if (format === 'uuid') return 'a GUID';
  const example = examples?.[0];
  if (pattern !== undefined && typeof example === 'string') return `a string such as ${example}`;
  if (minLength === 1 && maxLength === undefined) return 'a non-empty string';
  return `a string${sized(range(minLength, maxLength), 'characters')}`;
}

const sized = (words: string, unit: string): string =>
  words === '' ? '' : `${words.replace(/^ from/, ' of')} ${unit}`;

function range(minimum: number | undefined, maximum: number | undefined): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return ` of at least ${minimum}`;
  return maximum === undefined ? '' : ` of at most ${maximum}`;
}

/** The schema that holds the failed keyword: `schemaPath` is a fragment that ends with the keyword. */
function schemaHolding(root: SchemaNode, schemaPath: string): SchemaNode {
  const steps = schemaPath.replace(/^#\/?/, '').split('/').slice(0, -1).map(decodeStep);
  return steps.reduce<SchemaNode>(
    (node, step) => (node as Readonly<Record<string, SchemaNode>>)[step] ?? {},
    root,
  );
}

const decodeStep = (step: string): string =>
  decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
