import { loadSettings } from '../../../lib/config/load.ts';
import { settingsSchema } from '../../../lib/config/schema.ts';
import { appSettings, deployment } from './deployment.ts';

type Variant = 'default' | 'static-token' | 'anonymous';

const schemaOf = (name: string): { default?: string; minimum?: number; maximum?: number } =>
  (settingsSchema.properties as Record<string, object>)[name] ?? {};

/** What only Azure knows, as it could be there. */
function known(value: string): string {
  if (value.includes('.outputs.clientId.value')) return '5d1f3b52-2f6e-4e0e-9f3d-1f0f0b0c7a10';
  if (value.startsWith("[format('https://{0}.table.{1}'")) return 'https://tables.example.com';
  return value.startsWith('@Microsoft.KeyVault(') ? 'token-from-the-vault' : value;
}

/** The environment of the app as the Functions host gives it to the code. */
function environment(variant: Variant): Record<string, string> {
  return Object.fromEntries(appSettings(deployment(variant)).map(({ name, value }) => [name, known(value)]));
}

describe('the settings that the template writes, as the broker reads them', () => {
  it('by default: identity everywhere, a function key, a quota', () => {
    const { gameModes, locations, ...settings } = loadSettings(environment('default'));
    expect([...gameModes.keys()]).toEqual(['duel']);
    expect(locations.map(({ name }) => name)).toEqual(['West US', 'East US', 'North Europe']);
    expect(settings).toEqual({
      placement: { aggregate: 'mean', strict: false },
      auth: { mode: 'key' },
      quota: { limit: 50, windowSeconds: 3600, trustedHops: 1, onStorageFault: 'refuse' },
      fleet: 'sessionhosts',
      sessionHosts: {
        endpoint: 'https://gameserverms.xboxlive.com',
        titleId: 'title-1',
        sandboxId: 'sandbox-1',
        cloudGameId: 'cloud-game-1',
        token: {
          kind: 'managed-identity',
          scope: 'api://fleet/.default',
          clientId: '5d1f3b52-2f6e-4e0e-9f3d-1f0f0b0c7a10',
        },
        authScheme: 'Bearer',
        contractVersion: '8',
      },
      fleetTimeoutMs: 8000,
      storage: {
        kind: 'identity',
        tableServiceUri: 'https://tables.example.com',
        clientId: '5d1f3b52-2f6e-4e0e-9f3d-1f0f0b0c7a10',
      },
      sessionTtlHours: 24,
      historyRetentionDays: 30,
    });
  });

  it('with every other choice: the typed objects arrive whole', () => {
    const settings = loadSettings(environment('static-token'));
    expect([...settings.gameModes]).toEqual([
      ['duel', { gameModeId: 'mode-duel' }],
      ['raid', { gameModeId: 'mode-raid', locations: ['North Europe'] }],
    ]);
    expect(settings.locations).toEqual([
      {
        name: 'North Europe',
        qos: { protocol: 'udp', host: 'qos-ne.example.com', port: 3075 },
        penaltyMs: 5,
      },
      { name: 'West US', penaltyMs: 0 },
    ]);
    expect(settings.placement).toEqual({
      aggregate: 'worst',
      maxLatencyMs: 120,
      strict: true,
      maxLocations: 3,
    });
    expect(settings.auth).toEqual({
      mode: 'jwt',
      issuer: 'https://id.example.com',
      audience: 'broker',
      algorithms: ['ES256'],
    });
    expect(settings.quota).toBeUndefined();
    expect(settings.sessionHosts.token).toEqual({ kind: 'static', token: 'token-from-the-vault' });
    expect(settings.sessionHosts.authScheme).toBe('XBL3.0');
  });

  it('open to everybody: with the second consent', () => {
    expect(loadSettings(environment('anonymous')).auth).toEqual({ mode: 'anonymous' });
  });

  it('before the secret is written: refused, by the name of the setting', () => {
    const reference = '@Microsoft.KeyVault(VaultName=kv;SecretName=fleet-token)';
    expect(() => loadSettings({ ...environment('static-token'), SESSIONHOSTS_TOKEN: reference })).toThrow(
      'SESSIONHOSTS_TOKEN',
    );
  });

  it('have the defaults of the broker where both have one', () => {
    const set = environment('default');
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
