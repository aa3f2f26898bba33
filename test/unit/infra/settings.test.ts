import { Ajv } from 'ajv';
import { settingsSchema } from '../../../lib/config/schema.ts';
import { appSettings, deployment } from './deployment.ts';

const ajv = new Ajv({ allErrors: true, discriminator: true, strict: false, formats: { uuid: true } });
const validate = ajv.compile(settingsSchema);

const schemaOf = (name: string): { type?: string; default?: string; minimum?: number; maximum?: number } =>
  (settingsSchema.properties as Record<string, object>)[name] ?? {};

/** As the broker reads a setting: what is not a string is JSON. What only Azure knows stands as an example. */
function parsed(name: string, value: string): unknown {
  if (value.includes('.outputs.clientId.value')) return '5d1f3b52-2f6e-4e0e-9f3d-1f0f0b0c7a10';
  if (value.startsWith("[format('https://{0}.table.{1}'")) return 'https://tables.example.com';
  return schemaOf(name).type === 'string' ? value : (JSON.parse(value) as unknown);
}

function brokerSettings(variant: 'default' | 'static-token' | 'anonymous'): Record<string, unknown> {
  const ours = appSettings(deployment(variant)).filter(({ name }) => name in settingsSchema.properties);
  return Object.fromEntries(ours.map(({ name, value }) => [name, parsed(name, value)]));
}

describe('the settings that the template writes', () => {
  it.each(['default', 'static-token', 'anonymous'] as const)('are valid for the broker: %s', (variant) => {
    validate(brokerSettings(variant));
    expect(validate.errors ?? []).toEqual([]);
  });

  it('are read by the schema at all: a wrong one is found', () => {
    expect(validate({ ...brokerSettings('default'), BROKER_LOCATIONS: [] })).toBe(false);
  });

  it('have the defaults of the broker where both have one', () => {
    const set = Object.fromEntries(
      appSettings(deployment('default')).map(({ name, value }) => [name, value]),
    );
    const differing = Object.keys(settingsSchema.properties)
      .filter((name) => set[name] !== undefined && schemaOf(name).default !== undefined)
      .filter((name) => {
        const [mine, theirs] = [set[name] ?? '', schemaOf(name).default ?? ''];
        return mine.replaceAll(' ', '') !== theirs.replaceAll(' ', '');
      });
    expect(differing).toEqual([]);
  });

  it.each([
    ['sessionTtlHours', 'BROKER_SESSION_TTL_HOURS'],
    ['historyRetentionDays', 'BROKER_HISTORY_RETENTION_DAYS'],
    ['fleetTimeoutMs', 'SESSIONHOSTS_TIMEOUT_MS'],
  ])('have the bounds of the broker: parameter %s', (parameter, setting) => {
    const { minValue, maxValue } = deployment('default').template.parameters?.[parameter] ?? {};
    const { minimum, maximum } = schemaOf(setting);
    expect(minimum).toBeGreaterThan(0);
    expect([minValue, maxValue]).toEqual([minimum, maximum]);
  });
});
