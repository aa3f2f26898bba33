import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSettings } from '../../../lib/config/load.ts';
import { FORMER_NAMES, settingsSchema } from '../../../lib/config/schema.ts';

interface SettingSchema {
  readonly description: string;
  readonly default?: string;
  readonly examples: readonly string[];
}

const page = readFileSync(join(__dirname, '../../../docs/settings.md'), 'utf8');
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | ?\|$/g, '').trim()));
const settings = Object.entries<SettingSchema>(settingsSchema.properties);
const required: readonly string[] = settingsSchema.required;
const code = (text: string | undefined): string => (text === undefined ? '' : `\`${text}\``);

describe('docs/settings.md', () => {
  it('lists every setting, in the order of the schema', () => {
    expect(rows.map(([name]) => name)).toEqual(settings.map(([name]) => `\`${name}\``));
  });

  it.each(settings)('says of %s what the schema says', (name, schema) => {
    expect(rows.find(([cell]) => cell === `\`${name}\``)?.slice(1)).toEqual([
      `${required.includes(name) ? 'Required. ' : ''}${schema.description}`,
      code(schema.default),
      code(schema.examples[0]),
    ]);
  });

  it.each(Object.entries(FORMER_NAMES))('says what %s was named: %s', (name, former) => {
    expect(page).toContain(`\`${name}\` was named \`${former}\``);
  });

  it('has examples that are accepted', () => {
    const examples = Object.fromEntries(
      settings.map(
        ([
          name,
          {
            examples: [example],
          },
        ]) => [name, example],
      ),
    );
    // Of each pair only one may be set; the secrets' examples are references, which Azure resolves.
    const one = { SESSIONHOSTS_TOKEN: '', BROKER_TRUSTED_KEY: '', BrokerStorage: '' };
    const env = { ...examples, ...one, PLAYFAB_SECRET_KEY: 'key' };
    expect(() => loadSettings(env)).not.toThrow();
    expect(() =>
      loadSettings({ ...env, BrokerStorage__tableServiceUri: '', BrokerStorage: examples['BrokerStorage'] }),
    ).not.toThrow();
  });
});
