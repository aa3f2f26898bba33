import { Ajv } from 'ajv';
import { parse } from 'yaml';

const text = { type: 'string', minLength: 1 } as const;

const closed = (properties: object, required: readonly string[]): object => ({
  ...{ type: 'object', additionalProperties: false },
  ...{ properties, required },
});

const script = closed({ shell: { enum: ['sh', 'pwsh'] }, run: text }, ['shell', 'run']);
const hook = closed({ posix: script, windows: script }, ['posix', 'windows']);

/**
 * What azure.yaml may hold here: the members that it uses, as azd's reference of the file has them
 * (learn.microsoft.com/azure/developer/azure-developer-cli/azd-schema). No registry has azd's own schema, and that one
 * lets pass what it does not know, of a service above all: a misspelt `remoteBuild` would be ignored.
 */
const schema = closed(
  {
    name: { type: 'string', minLength: 2, pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$' },
    metadata: closed({ template: text }, ['template']),
    requiredVersions: closed({ azd: { type: 'string', pattern: '^>= \\d+\\.\\d+\\.\\d+$' } }, ['azd']),
    infra: closed({ provider: { const: 'bicep' }, path: text, module: text }, ['provider', 'path', 'module']),
    hooks: closed({ preup: hook }, ['preup']),
    services: closed(
      {
        broker: closed(
          {
            ...{ project: text, language: { const: 'js' } },
            ...{ host: { const: 'function' }, remoteBuild: { type: 'boolean' } },
          },
          ['project', 'language', 'host', 'remoteBuild'],
        ),
      },
      ['broker'],
    ),
    workflows: closed(
      {
        up: closed({ steps: { type: 'array', minItems: 1, items: closed({ azd: text }, ['azd']) } }, [
          'steps',
        ]),
      },
      ['up'],
    ),
  },
  ['name', 'requiredVersions', 'infra', 'services', 'workflows'],
);

const validate = new Ajv({ allErrors: true }).compile(schema);

/** What is wrong with a text of azure.yaml, each with its place. */
export function mistakesOf(yaml: string): readonly string[] {
  validate(parse(yaml));
  return (validate.errors ?? []).map(({ instancePath, message, params }) =>
    [instancePath || '/', message, (params as { additionalProperty?: string }).additionalProperty]
      .filter((part) => part !== undefined)
      .join(' '),
  );
}
