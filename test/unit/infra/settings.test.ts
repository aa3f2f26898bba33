import { loadSettings } from '../../../lib/config/load.ts';
import { settingsSchema } from '../../../lib/config/schema.ts';
import { LEAST_NODE } from '../../../lib/readiness.ts';
import { appSettings, deployment, type Schema, type Variant } from './deployment.ts';

interface SettingSchema {
  readonly default?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
}

const schemaOf = (name: string): SettingSchema =>
  (settingsSchema.properties as Record<string, SettingSchema>)[name] ?? {};

/** What only Azure knows, as it could be there. */
function known(value: string): string {
  if (value.includes('.outputs.clientId.value')) return '5d1f3b52-2f6e-4e0e-9f3d-1f0f0b0c7a10';
  if (value.startsWith("[format('https://{0}.table.{1}'")) return 'https://tables.example.com';
  const secret = /^@Microsoft\.KeyVault\(.*SecretName=(.*)\)$/.exec(value)?.[1];
  return secret === undefined ? value : `${secret}-from-the-vault`;
}

/** The environment of the app as the Functions host gives it to the code. */
function environment(variant: Variant): Record<string, string> {
  return Object.fromEntries(appSettings(deployment(variant)).map(({ name, value }) => [name, known(value)]));
}

/** A mode on this fleet, with what it is to each. */
const on = (fleet: string, targets: Readonly<Record<string, string>>) => ({
  fleet,
  targets: new Map(Object.entries(targets)),
});

const accepted = ({ pattern = '^$' }: SettingSchema, texts: string[]): string[] =>
  texts.filter((text) => new RegExp(pattern).test(text));

describe('the settings that the template writes, as the broker reads them', () => {
  it('by default: identity everywhere, a function key, a quota', () => {
    const { gameModes, locations, schedules, ...settings } = loadSettings(environment('default'));
    expect(schedules.sweep.next(0)).toBe(5 * 60_000);
    expect(schedules.prune.next(0)).toBe(17 * 60_000);
    expect([...gameModes]).toEqual([
      ['duel', on('sessionhosts', { sessionhosts: '2162d32c-378b-4cb1-9f7a-c6c5ba1f6a55' })],
    ]);
    expect(locations.map(({ name }) => name)).toEqual(['West US', 'East US', 'North Europe']);
    expect(settings).toEqual({
      placement: { aggregate: 'mean', strict: false, clampMs: 250 },
      auth: { mode: 'key' },
      quota: { limit: 600, windowSeconds: 3600, trustedHops: 1, onStorageFault: 'refuse' },
      titleId: 'title-1',
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
      confirmSeconds: 60,
      historyRetentionDays: 30,
    });
  });

  it('with every other choice: the typed objects arrive whole', () => {
    const settings = loadSettings(environment('static-token'));
    expect([...settings.gameModes]).toEqual([
      ['duel', on('sessionhosts', { sessionhosts: 'mode-duel' })],
      ['raid', { ...on('sessionhosts', { sessionhosts: 'mode-raid' }), locations: ['North Europe'] }],
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
      clampMs: 250,
      maxLocations: 3,
    });
    expect(settings.auth).toEqual({
      mode: 'jwt',
      issuer: 'https://id.example.com',
      audience: 'broker',
      algorithms: ['ES256'],
    });
    expect(settings.quota).toBeUndefined();
    expect(settings.sessionHosts?.token).toEqual({ kind: 'static', token: 'fleet-token-from-the-vault' });
    expect(settings.sessionHosts?.authScheme).toBe('XBL3.0');
  });

  it('on PlayFab: the title, its key and its builds, and nothing of sessionhosts', () => {
    const { gameModes, playFab, sessionHosts, titleId } = loadSettings(environment('playfab'));
    expect([...gameModes]).toEqual([
      ['duel', on('playfab', { playfab: '9a8a4584-c81a-479c-9ef9-16d3743f7ca7' })],
    ]);
    expect(playFab).toEqual({
      endpoint: 'https://A1B2C.playfabapi.com',
      secretKey: 'playfab-secret-key-from-the-vault',
      hostName: 'fqdn',
    });
    expect(sessionHosts).toBeUndefined();
    expect(titleId).toBe('A1B2C');
  });

  it('before a move, with the key not written yet: sessionhosts as before', () => {
    const { gameModes, playFab, sessionHosts } = loadSettings(environment('vault-first'));
    const targets = { sessionhosts: 'mode-duel', playfab: '9a8a4584-c81a-479c-9ef9-16d3743f7ca7' };
    expect([...gameModes]).toEqual([['duel', on('sessionhosts', targets)]]);
    expect(sessionHosts).toBeDefined();
    expect(playFab).toBeUndefined();
  });

  it('while a title moves: each mode on its fleet, each fleet with all it needs', () => {
    const { gameModes, playFab, sessionHosts, titleId } = loadSettings(environment('both-fleets'));
    expect([...gameModes]).toEqual([
      ['duel', on('playfab', { sessionhosts: 'mode-duel', playfab: '9a8a4584-c81a-479c-9ef9-16d3743f7ca7' })],
      ['raid', on('sessionhosts', { sessionhosts: 'mode-raid' })],
      [
        'siege',
        {
          ...on('playfab', { playfab: 'alias:0d9c1f5e-7a3b-4c62-9f1e-2b8d4a6c7e90' }),
          locations: ['West US'],
        },
      ],
    ]);
    expect(sessionHosts).toMatchObject({
      titleId: 'title-1',
      sandboxId: 'sandbox-1',
      cloudGameId: 'cloud-game-1',
      token: { kind: 'static', token: 'fleet-token-from-the-vault' },
    });
    expect(playFab).toMatchObject({
      secretKey: 'playfab-secret-key-from-the-vault',
      hostName: 'ipv4',
    });
    expect(titleId).toBe('title-1');
  });

  it('with lists of fleets: each in its order, and a percentage as a share', () => {
    const { gameModes, playFab, sessionHosts } = loadSettings(environment('overflow'));
    expect([...gameModes]).toEqual([
      [
        'duel',
        {
          ...on('sessionhosts', {
            sessionhosts: 'mode-duel',
            playfab: '9a8a4584-c81a-479c-9ef9-16d3743f7ca7',
          }),
          choices: [
            { fleet: 'sessionhosts', target: 'mode-duel' },
            { fleet: 'playfab', target: '9a8a4584-c81a-479c-9ef9-16d3743f7ca7' },
          ],
        },
      ],
      [
        'raid',
        {
          ...on('playfab', { playfab: '9a8a4584-c81a-479c-9ef9-16d3743f7ca7' }),
          choices: [
            { fleet: 'playfab', target: 'alias:0d9c1f5e-7a3b-4c62-9f1e-2b8d4a6c7e90', share: 0.05 },
            { fleet: 'playfab', target: '9a8a4584-c81a-479c-9ef9-16d3743f7ca7' },
          ],
        },
      ],
    ]);
    expect([sessionHosts?.titleId, playFab?.secretKey]).toEqual([
      'title-1',
      'playfab-secret-key-from-the-vault',
    ]);
  });

  it('with a trusted key: it comes from the vault, and its holders have a limit of their own', () => {
    const { quota, trustedKey } = loadSettings(environment('private'));
    expect([quota?.limit, quota?.trusted, trustedKey]).toEqual([
      600,
      { limit: 100_000 },
      'matchmaker-key-from-the-vault',
    ]);
  });

  it('behind a Front Door: one proxy more is believed, in every region', () => {
    for (const variant of ['first-region', 'second-region'] as const) {
      expect(loadSettings(environment(variant)).quota?.trustedHops).toBe(2);
    }
  });

  it('open to everybody: with the second consent', () => {
    expect(loadSettings(environment('anonymous')).auth).toEqual({ mode: 'anonymous' });
  });

  it.each([
    ['static-token', 'SESSIONHOSTS_TOKEN'],
    ['playfab', 'PLAYFAB_SECRET_KEY'],
  ] as const)('before the secret is written: %s is refused, by the name of %s', (variant, setting) => {
    const reference = '@Microsoft.KeyVault(VaultName=kv;SecretName=its-name)';
    expect(() => loadSettings({ ...environment(variant), [setting]: reference })).toThrow(setting);
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
    ['confirmSeconds', 'BROKER_CONFIRM_SECONDS'],
    ['historyRetentionDays', 'BROKER_HISTORY_RETENTION_DAYS'],
    ['fleetTimeoutMs', 'BROKER_FLEET_TIMEOUT_MS'],
  ])('have the bounds of the broker: parameter %s', (parameter, setting) => {
    const { minValue, maxValue } = deployment('default').template.parameters?.[parameter] ?? {};
    const { minimum, maximum } = schemaOf(setting);
    expect(minimum).toEqual(expect.any(Number));
    expect([minValue, maxValue]).toEqual([minimum, maximum]);
  });

  it('offer no Node.js that is older than what the broker is built for', () => {
    const { allowedValues } = deployment('default').template.parameters?.['nodeVersion'] ?? {};
    expect(allowedValues).toEqual([String(LEAST_NODE), '24']);
  });

  it('have the fleets and host names of the broker', () => {
    // The compiler sorts the values, and numbers the types that only other types use.
    const { Fleet, PlayFab, '_1.GameMode': GameMode } = deployment('default').template.definitions ?? {};
    expect(Fleet?.allowedValues).toEqual(['playfab', 'sessionhosts']);
    expect(schemaOf('BROKER_FLEET').enum).toEqual(['sessionhosts', 'playfab']);
    expect(PlayFab?.properties?.['hostName']?.allowedValues).toEqual(['fqdn', 'ipv4']);
    expect(schemaOf('PLAYFAB_HOST_NAME').enum).toEqual(['fqdn', 'ipv4']);
    expect(Object.keys(GameMode?.properties ?? {})).toEqual(
      Object.keys(settingsSchema.properties.BROKER_GAME_MODES.additionalProperties.properties),
    );
  });

  it("have the lengths that the broker's patterns allow", () => {
    const { PlayFab, '_1.Guid': Guid } = deployment('default').template.definitions ?? {};
    const lengths = ({ minLength = 0, maxLength = 0 }: Schema = {}): number[] => [minLength, maxLength];
    expect(lengths(PlayFab?.properties?.['titleId'])).toEqual([1, 32]);
    expect(accepted(schemaOf('PLAYFAB_TITLE_ID'), ['', 'A', 'A'.repeat(32), 'A'.repeat(33)])).toEqual([
      'A',
      'A'.repeat(32),
    ]);
    expect(lengths(Guid)).toEqual([36, 36]);
    const { buildId, buildAliasId } =
      settingsSchema.properties.BROKER_GAME_MODES.additionalProperties.properties;
    const guid = '9a8a4584-c81a-479c-9ef9-16d3743f7ca7';
    expect(accepted(buildId, [guid.slice(1), guid, `${guid}0`])).toEqual([guid]);
    expect(accepted(buildAliasId, [guid.slice(1), guid, `${guid}0`])).toEqual([guid]);
  });
});
