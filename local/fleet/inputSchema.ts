import { Ajv, type ErrorObject } from 'ajv';
import type { FromSchema, JSONSchema } from 'json-schema-to-ts';
import { HYPHENED_GUID } from '../../lib/guid.ts';

const ajv = new Ajv({ allErrors: true, discriminator: true });

/** Schemas that more than one fleet's bodies need. */
export const guid = {
  type: 'string',
  pattern: HYPHENED_GUID,
} as const;
export const filled = { type: 'string', minLength: 1 } as const;

/** Input that does not fit its schema; `problems` has one line per mistake, each beginning with a JSON pointer. */
export class InvalidInput extends Error {
  readonly problems: readonly string[];

  constructor(problems: string[]) {
    super(problems.join('; '));
    this.name = 'InvalidInput';
    this.problems = problems;
  }
}

/** Compiles a schema once; the function returned gives a value the schema's type, or throws `InvalidInput`. */
export function reader<const S extends JSONSchema>(schema: S): (value: unknown) => FromSchema<S> {
  const validate = ajv.compile(schema as object);
  return (value) => {
    if (validate(value)) return value as FromSchema<S>;
    throw new InvalidInput((validate.errors ?? []).map(describe));
  };
}

function describe(error: ErrorObject): string {
  const where = error.instancePath === '' ? '/' : error.instancePath;
  const params = error.params as {
    additionalProperty?: string;
    allowedValues?: unknown[];
    allowedValue?: unknown;
  };
  const extra = params.additionalProperty ?? params.allowedValues ?? params.allowedValue;
  return `${where} ${error.message ?? error.keyword}${extra === undefined ? '' : `: ${JSON.stringify(extra)}`}`;
}
