import { loadSettings, SettingsError } from '../../../lib/config/load.ts';
import { renamedSettings, unknownSettings } from '../../../lib/config/read.ts';
import { Schedule } from '../../../lib/config/schedule.ts';

type Env = Record<string, string | undefined>;

const least: Env = {
  BROKER_TITLE_ID: 'title',
  BROKER_SANDBOX_ID: 'XDKS.1',
  BROKER_CLOUD_GAME_ID: 'game',
  BROKER_GAME_MODES: '{"duel": {"gameModeId": "mode-1"}}',
  BROKER_LOCATIONS: '[{"name": "West US"}, {"name": "North Europe", "penaltyMs": 20}]',
  SESSIONHOSTS_TOKEN: 'token-1',
  BrokerStorage: 'UseDevelopmentStorage=true',
};

function errorOf(changes: Env): SettingsError {
  try {
    loadSettings({ ...least, ...changes });
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
  throw new Error('the settings were accepted');
}

describe('settings that are accepted', () => {
  it('fills the defaults in', () => {
    expect(loadSettings(least)).toEqual({
      gameModes: new Map([
        ['duel', { fleet: 'sessionhosts', targets: new Map([['sessionhosts', 'mode-1']]) }],
      ]),
      locations: [
        { name: 'West US', penaltyMs: 0 },
        { name: 'North Europe', penaltyMs: 20 },
      ],
      placement: { aggregate: 'mean', strict: false, clampMs: 250 },
      auth: { mode: 'key' },
      titleId: 'title',
      sessionHosts: {
        endpoint: 'https://gameserverms.xboxlive.com',
        titleId: 'title',
        sandboxId: 'XDKS.1',
        cloudGameId: 'game',
        token: { kind: 'static', token: 'token-1' },
        authScheme: 'Bearer',
        contractVersion: '8',
      },
      fleetTimeoutMs: 8000,
      storage: { kind: 'connection-string', connectionString: 'UseDevelopmentStorage=true' },
      sessionTtlHours: 24,
      confirmSeconds: 60,
      historyRetentionDays: 30,
      schedules: { sweep: expect.any(Schedule) as Schedule, prune: expect.any(Schedule) as Schedule },
    });
  });

  it('takes what is set', () => {
    const clientId = '5d1f3b52-2f6e-4e0e-9f3d-1f0f0b0c7a10';
    const settings = loadSettings({
      ...least,
      BROKER_GAME_MODES: '{"duel": {"gameModeId": "mode-1", "locations": ["northeurope"]}}',
      BROKER_PLACEMENT:
        '{"aggregate": "worst", "maxLatencyMs": 120, "strict": true, "maxLocations": 3, "clampMs": 400, "relax": [{"afterSeconds": 5, "maxLatencyMs": 160}]}',
      BROKER_AUTH: '{"mode": "jwt", "issuer": "https://issuer.example.com", "audience": "broker"}',
      BROKER_QUOTA: '{"limit": 50, "windowSeconds": 3600}',
      BROKER_SESSION_TTL_HOURS: '720',
      BROKER_CONFIRM_SECONDS: '0',
      BROKER_HISTORY_RETENTION_DAYS: '1',
      SESSIONHOSTS_ENDPOINT: 'http://127.0.0.1:7080/base/',
      SESSIONHOSTS_TOKEN: '',
      SESSIONHOSTS_TOKEN_SCOPE: 'https://scope/.default',
      SESSIONHOSTS_TOKEN_CLIENT_ID: clientId,
      SESSIONHOSTS_AUTH_SCHEME: 'XBL3.0',
      BROKER_FLEET_TIMEOUT_MS: '500',
      BrokerStorage: ' ',
      BrokerStorage__tableServiceUri: 'https://a.table.core.windows.net',
      BrokerStorage__clientId: clientId,
    });
    expect(settings.gameModes.get('duel')?.locations).toEqual(['North Europe']);
    expect(settings.placement).toEqual({
      aggregate: 'worst',
      maxLatencyMs: 120,
      strict: true,
      maxLocations: 3,
      clampMs: 400,
      relax: [{ afterSeconds: 5, maxLatencyMs: 160 }],
    });
    expect(settings.auth).toEqual({ mode: 'jwt', issuer: 'https://issuer.example.com', audience: 'broker' });
    expect(settings.quota).toEqual({
      limit: 50,
      windowSeconds: 3600,
      trustedHops: 1,
      onStorageFault: 'refuse',
    });
    expect([settings.sessionTtlHours, settings.historyRetentionDays, settings.fleetTimeoutMs]).toEqual([
      720, 1, 500,
    ]);
    expect(settings.confirmSeconds).toBe(0);
    expect(settings.sessionHosts?.endpoint).toBe('http://127.0.0.1:7080/base');
    expect(settings.sessionHosts?.token).toEqual({
      kind: 'managed-identity',
      scope: 'https://scope/.default',
      clientId,
    });
    expect(settings.storage).toEqual({
      kind: 'identity',
      tableServiceUri: 'https://a.table.core.windows.net',
      clientId,
    });
  });

  it('opens to everybody only where two settings say so', () => {
    const settings = loadSettings({
      ...least,
      BROKER_AUTH: '{"mode": "anonymous"}',
      BROKER_ALLOW_ANONYMOUS: 'True',
    });
    expect(settings.auth).toEqual({ mode: 'anonymous' });
  });
});

describe('settings that are refused', () => {
  it('names a missing and a malformed one in one message', () => {
    expect(errorOf({ BROKER_TITLE_ID: undefined, BROKER_LOCATIONS: '[{"name":' }).message).toBe(
      'The settings are not valid. BROKER_TITLE_ID: missing: expected a string such as 1234567890, ' +
        'because duel is on sessionhosts (BROKER_FLEET is not set). BROKER_LOCATIONS: not JSON at line 1, column 10: expected a list. See docs/settings.md.',
    );
  });

  it('names all that a fresh app lacks', () => {
    const nothing = Object.fromEntries(Object.keys(least).map((name) => [name, '']));
    expect(errorOf(nothing).problems.map(({ setting }) => setting)).toEqual([
      'BROKER_TITLE_ID',
      'BROKER_SANDBOX_ID',
      'BROKER_CLOUD_GAME_ID',
      'BROKER_GAME_MODES',
      'BROKER_LOCATIONS',
      'SESSIONHOSTS_TOKEN_SCOPE',
      'BrokerStorage__tableServiceUri',
    ]);
  });

  const ONCE = 'expected each location once (only letters and digits count)';
  const HTTPS = 'the address must be https:// (http:// is accepted for loopback addresses only)';
  it.each<[string, string, string]>([
    ['BROKER_GAME_MODES', '[]', 'expected an object of at least 1 member'],
    [
      'BROKER_GAME_MODES',
      '{"duel": {}}',
      'at /duel/gameModeId: missing: expected a string of 1 to 128 characters, because duel is on sessionhosts (BROKER_FLEET is not set)',
    ],
    [
      'BROKER_GAME_MODES',
      '{"duel": {"gameModeId": "m", "locations": ["Mars"]}}',
      'at /duel/locations/0: expected a location of BROKER_LOCATIONS',
    ],
    [
      'BROKER_GAME_MODES',
      '{"duel": {"gameModeId": "m", "locations": ["West US", "westus"]}}',
      `at /duel/locations/1: ${ONCE}`,
    ],
    ['BROKER_LOCATIONS', '[{"name": "West US"}, {"name": "WESTUS"}]', `at /1/name: ${ONCE}`],
    ['BROKER_LOCATIONS', '[{"name": "West US"}, {"name": "west-us"}]', `at /1/name: ${ONCE}`],
    ['BROKER_LOCATIONS', '[{"name": "Southeast Asia"}, {"name": "SOUTHEAST ASİA"}]', `at /1/name: ${ONCE}`],
    ['BROKER_LOCATIONS', '[{"name": "--"}]', 'at /0/name: expected a letter or a digit'],
    [
      'BROKER_LOCATIONS',
      '[{"name": "West US", "penalty": 1}]',
      'at /0/penalty: unknown member: expected none but name, qos, penaltyMs',
    ],
    [
      'BROKER_LOCATIONS',
      '[{"name": "West US", "qos": {"protocol": "udp", "host": "h", "port": 0}}]',
      'at /0/qos/port: expected a whole number from 1 to 65535',
    ],
    ['BROKER_GAME_MODES', '{"secret": {},}', 'not JSON at line 1, column 15: expected an object'],
    ['BROKER_LOCATIONS', '[\n  {"name": "secret"}\n  {"na', 'not JSON at line 3, column 3: expected a list'],
    ['BROKER_LOCATIONS', '\n\t[{"name": secret}] ', 'not JSON at line 2, column 12: expected a list'],
    ['BROKER_PLACEMENT', '{"aggregate": "best"}', 'at /aggregate: expected one of mean, worst, median'],
    ['BROKER_PLACEMENT', '{"clampMs": 0}', 'at /clampMs: expected a number from 1 to 60000'],
    [
      'BROKER_PLACEMENT',
      '{"relax": [{"afterSeconds": 5, "maxLatencyMs": 120}]}',
      'at /relax: expected `maxLatencyMs` beside it, which the steps loosen',
    ],
    [
      'BROKER_PLACEMENT',
      '{"maxLatencyMs": 120, "relax": [{"afterSeconds": 5, "maxLatencyMs": 120}]}',
      'at /relax/0/maxLatencyMs: expected more than the cap before it',
    ],
    [
      'BROKER_PLACEMENT',
      '{"maxLatencyMs": 60, "relax": [{"afterSeconds": 5, "maxLatencyMs": 120}, {"afterSeconds": 5, "maxLatencyMs": 150}]}',
      'at /relax/1/afterSeconds: expected more than in the step before it',
    ],
    [
      'BROKER_PLACEMENT',
      '{"maxLatencyMs": 60, "relax": [{"afterSeconds": 0, "maxLatencyMs": 120}]}',
      'at /relax/0/afterSeconds: expected a whole number from 1 to 600',
    ],
    [
      'BROKER_PLACEMENT',
      '{"maxLatencyMs": 60, "relax": [{"afterSeconds": 5}]}',
      'at /relax/0/maxLatencyMs: missing: expected a number from 1 to 60000',
    ],
    ['BROKER_AUTH', '{"mode": "open"}', 'at /mode: expected one of key, jwt, anonymous'],
    [
      'BROKER_AUTH',
      '{"mode": "anonymous"}',
      'anonymous: set BROKER_ALLOW_ANONYMOUS=true as well if everybody may ask for hosts',
    ],
    [
      'BROKER_AUTH',
      '{"mode": "jwt", "issuer": "https://i", "audience": "a", "algorithms": ["HS256"]}',
      'at /algorithms/0: expected one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519',
    ],
    [
      'BROKER_AUTH',
      '{"mode": "jwt", "issuer": "broker", "audience": "a"}',
      'at /issuer, without jwksUri: the address is not a URL: expected https:// and a host name',
    ],
    [
      'BROKER_AUTH',
      '{"mode": "jwt", "issuer": "i", "audience": "a", "jwksUri": "http://keys.example.com/k?p=1"}',
      `at /jwksUri: ${HTTPS}`,
    ],
    ['BROKER_ALLOW_ANONYMOUS', 'yes', 'expected true or false'],
    [
      'BROKER_QUOTA',
      '{"limit": 5, "windowSeconds": 60, "trusted": {"limit": 100}}',
      'at /trusted: nobody is trusted: set BROKER_TRUSTED_KEY as well',
    ],
    [
      'BROKER_QUOTA',
      '{"limit": 5, "windowSeconds": 60, "trusted": {"claim": {"name": "roles", "value": "matchmaker"}}}',
      'at /trusted/claim: there are no claims unless BROKER_AUTH is jwt: set BROKER_TRUSTED_KEY instead',
    ],
    ['BROKER_TRUSTED_KEY', 'short', 'expected a string of at least 20 characters'],
    ['BROKER_QUOTA', '{"limit": 5}', 'at /windowSeconds: missing: expected a whole number from 1 to 86400'],
    ['BROKER_FLEET', 'agones', 'expected one of sessionhosts, playfab'],
    [
      'BROKER_GAME_MODES',
      '{"duel": {"gameModeId": "m", "fleet": "agones"}}',
      'at /duel/fleet: expected one of sessionhosts, playfab',
    ],
    [
      'BROKER_GAME_MODES',
      '{"duel": {"gameModeId": "m", "buildId": "latest"}}',
      'at /duel/buildId: expected a GUID',
    ],
    ['PLAYFAB_TITLE_ID', 'a.example.com', 'expected a string such as A1B2C'],
    ['PLAYFAB_SECRET_KEY', 'secret key', 'expected one line without spaces: the key alone'],
    ['PLAYFAB_ENDPOINT', 'http://fleet.example.com', HTTPS],
    ['PLAYFAB_HOST_NAME', 'dns', 'expected one of fqdn, ipv4'],
    ['BROKER_SESSION_TTL_HOURS', '721', 'expected a whole number from 1 to 720'],
    ['BROKER_SESSION_TTL_HOURS', '24h', 'expected a whole number from 1 to 720'],
    ['BROKER_CONFIRM_SECONDS', '-1', 'expected a whole number from 0 to 86400'],
    ['BROKER_HISTORY_RETENTION_DAYS', '0', 'expected a whole number from 1 to 3650'],
    [
      'BROKER_SWEEP_SCHEDULE',
      '*/5 * * * *',
      'expected six fields of NCRONTAB, the first of which is seconds',
    ],
    [
      'BROKER_SWEEP_SCHEDULE',
      '0 60 * * * *',
      'minute: expected *, numbers from 0 to 59, ranges such as 0-1, or lists of these, each with a /step or without',
    ],
    ['BROKER_PRUNE_SCHEDULE', '0 0 0 31 2 *', 'it never fires: none of its months has such a day'],
    ['BROKER_FLEET_TIMEOUT_MS', '499', 'expected a whole number from 500 to 30000'],
    ['BROKER_FLEET_TIMEOUT_MS', '8e3', 'expected a whole number from 500 to 30000'],
    ['SESSIONHOSTS_ENDPOINT', 'http://fleet.example.com', HTTPS],
    ['SESSIONHOSTS_ENDPOINT', 'fleet', 'the address is not a URL: expected https:// and a host name'],
    ['SESSIONHOSTS_AUTH_SCHEME', 'bearer', 'expected one of Bearer, XBL3.0'],
    [
      'SESSIONHOSTS_TOKEN',
      'secret\r\nX-Evil: 1',
      'expected one line without spaces: the token alone, without its scheme',
    ],
    [
      'SESSIONHOSTS_TOKEN',
      '@Microsoft.KeyVault(SecretUri=https://secret.example.com)',
      'an unresolved Key Vault reference: check that the secret exists and that the identity may read it',
    ],
    ['BrokerStorage', 'secret', 'not a connection string of a storage account over https'],
    [
      'BrokerStorage',
      'DefaultEndpointsProtocol=http;AccountName=a;AccountKey=secret',
      'not a connection string of a storage account over https',
    ],
    [
      'BrokerStorage',
      'AccountName=a;AccountKey=secret;TableEndpoint=http://a.example.com',
      `in its TableEndpoint: ${HTTPS}`,
    ],
  ])('%s=%s', (setting, value, message) => {
    const error = errorOf({ [setting]: value });
    expect(error.problems).toContainEqual({ setting, message });
    expect(error.problems.every((problem) => problem.setting === setting)).toBe(true);
    expect(error.message).not.toContain('secret.');
    expect(error.message).not.toMatch(/AccountKey|X-Evil|secret\b(?! exists)/);
  });

  // JSON can spell half of a surrogate pair.
  it.each([
    ['BROKER_LOCATIONS', '[{"name": "West US"}, {"name": "a\\ud83d"}]', 'at /1/name'],
    [
      'BROKER_LOCATIONS',
      '[{"name": "West US", "qos": {"protocol": "udp", "host": "\\ude00h", "port": 1}}]',
      'at /0/qos/host',
    ],
    ['BROKER_GAME_MODES', '{"duel": {"gameModeId": "\\ude00\\ud83d"}}', 'at /duel/gameModeId'],
    ['BROKER_AUTH', '{"mode": "jwt", "issuer": "https://i/", "audience": "\\ud83d"}', 'at /audience'],
  ])('%s=%s: half of a character', (setting, value, where) => {
    expect(errorOf({ [setting]: value }).problems).toEqual([
      { setting, message: `${where}: expected well-formed Unicode` },
    ]);
  });

  it.each([
    ['{"\\ud83d": {"gameModeId": "m"}}', 'expected well-formed Unicode'],
    ['{"\\ud83d": {"gameModeId": 1}}', 'at /\ufffd/gameModeId: expected a string of 1 to 128 characters'],
  ])('BROKER_GAME_MODES=%s: half of a character in a name, which is not repeated', (modes, message) => {
    expect(errorOf({ BROKER_GAME_MODES: modes }).problems).toEqual([
      { setting: 'BROKER_GAME_MODES', message },
    ]);
  });

  it('takes apart no deeper a value than the schema allows', () => {
    const deep = `[${'['.repeat(20_000)}${']'.repeat(20_000)}]`;
    expect(errorOf({ BROKER_LOCATIONS: deep }).problems).toMatchObject([{ setting: 'BROKER_LOCATIONS' }]);
  });

  it('takes whole characters beyond the BMP', () => {
    const { locations } = loadSettings({
      ...least,
      BROKER_LOCATIONS: '[{"name": "\\ud83d\\ude00 Oslo 😀"}]',
    });
    expect(locations).toEqual([{ name: '😀 Oslo 😀', penaltyMs: 0 }]);
  });

  it('asks for one token and one way to the tables', () => {
    const both = { SESSIONHOSTS_TOKEN_SCOPE: 's', BrokerStorage__tableServiceUri: 'https://t.example.com' };
    expect(errorOf(both).problems).toEqual([
      {
        setting: 'SESSIONHOSTS_TOKEN_SCOPE',
        message: 'set together with SESSIONHOSTS_TOKEN: expected one of them',
      },
      {
        setting: 'BrokerStorage__tableServiceUri',
        message: 'set together with BrokerStorage: expected one of them',
      },
    ]);
  });
});

describe('a mode that lists its fleets', () => {
  const BUILD = '9a8a4584-c81a-479c-9ef9-16d3743f7ca7';
  const NEXT = '0d3f6a1e-1111-4a1e-8f6d-222222222222';
  const both = { ...least, PLAYFAB_TITLE_ID: 'A1B2C', PLAYFAB_SECRET_KEY: 'secret-key' };
  const choicesOf = (mode: string) =>
    loadSettings({ ...both, BROKER_GAME_MODES: `{"duel": ${mode}}` }).gameModes.get('duel');

  it('has them in its order, each with what the mode is there', () => {
    expect(
      choicesOf(`{"gameModeId": "mode-1", "buildId": "${BUILD}", "fleets": ["sessionhosts", "playfab"]}`),
    ).toEqual({
      fleet: 'sessionhosts',
      choices: [
        { fleet: 'sessionhosts', target: 'mode-1' },
        { fleet: 'playfab', target: BUILD },
      ],
      targets: new Map([
        ['playfab', BUILD],
        ['sessionhosts', 'mode-1'],
      ]),
    });
  });

  it('has shares, and builds of their own', () => {
    const fleets = `[{"fleet": "playfab", "share": 0.1, "buildId": "${NEXT}"}, "playfab", {"fleet": "sessionhosts", "gameModeId": "mode-2"}]`;
    expect(choicesOf(`{"buildId": "${BUILD}", "fleets": ${fleets}}`)).toMatchObject({
      fleet: 'playfab',
      choices: [
        { fleet: 'playfab', target: NEXT, share: 0.1 },
        { fleet: 'playfab', target: BUILD },
        { fleet: 'sessionhosts', target: 'mode-2' },
      ],
    });
  });

  it.each([
    ['["sessionhosts", "agones"]', '/1: expected one of sessionhosts, playfab'],
    ['[]', ': expected a list of 1 to 8 entries'],
    ['["sessionhosts", "sessionhosts"]', '/1: expected each fleet once with the same game mode or build'],
    ['[{"fleet": "sessionhosts", "share": 2}]', '/0/share: expected a number from 0 to 1'],
    ['[{"fleet": "sessionhosts", "share": 0.4}]', ': expected shares of 1 together, or an entry without one'],
    [
      '[{"fleet": "sessionhosts", "share": 0.6}, {"fleet": "sessionhosts", "gameModeId": "b", "share": 0.6}]',
      ': expected shares of at most 1 together',
    ],
    [
      '["sessionhosts", "playfab"]',
      '/1: expected exactly one of buildId and buildAliasId, none is there: duel is on playfab (its own fleets)',
    ],
    ['[{"share": 0.1}]', '/0/fleet: missing: expected one of sessionhosts, playfab'],
  ])('%s: at /duel/fleets%s', (fleets, message) => {
    const modes = `{"duel": {"gameModeId": "m", "fleets": ${fleets}}}`;
    expect(errorOf({ ...both, BROKER_GAME_MODES: modes }).problems).toContainEqual({
      setting: 'BROKER_GAME_MODES',
      message: `at /duel/fleets${message}`,
    });
  });

  it('has no fleet beside them', () => {
    const modes = '{"duel": {"gameModeId": "m", "fleet": "sessionhosts", "fleets": ["sessionhosts"]}}';
    expect(errorOf({ ...both, BROKER_GAME_MODES: modes }).problems).toEqual([
      {
        setting: 'BROKER_GAME_MODES',
        message: 'at /duel/fleets: set together with fleet: expected one of them',
      },
    ]);
  });

  it('needs the settings of each', () => {
    const modes = `{"duel": {"gameModeId": "m", "buildId": "${BUILD}", "fleets": ["sessionhosts", "playfab"]}}`;
    expect(errorOf({ ...least, BROKER_GAME_MODES: modes }).problems.map(({ setting }) => setting)).toEqual([
      'PLAYFAB_TITLE_ID',
      'PLAYFAB_SECRET_KEY',
    ]);
  });
});

describe('the settings of a second fleet', () => {
  const BUILD = '9a8a4584-c81a-479c-9ef9-16d3743f7ca7';
  const ALIAS = '97d2b0a5-7c04-4593-8451-66bbb97f94b6';
  const playFab: Env = {
    BROKER_FLEET: 'playfab',
    BROKER_GAME_MODES: `{"duel": {"buildId": "${BUILD}"}, "raid": {"buildAliasId": "${ALIAS}"}}`,
    PLAYFAB_TITLE_ID: 'A1B2C',
    PLAYFAB_SECRET_KEY: 'key-1',
  };
  const none = {
    BROKER_TITLE_ID: undefined,
    BROKER_SANDBOX_ID: undefined,
    BROKER_CLOUD_GAME_ID: undefined,
    SESSIONHOSTS_TOKEN: undefined,
  };

  it('alone, are all that is needed', () => {
    const settings = loadSettings({ ...least, ...none, ...playFab });
    expect(settings.sessionHosts).toBeUndefined();
    expect(settings.titleId).toBe('A1B2C');
    expect(settings.playFab).toEqual({
      endpoint: 'https://A1B2C.playfabapi.com',
      secretKey: 'key-1',
      hostName: 'fqdn',
    });
    expect(settings.gameModes).toEqual(
      new Map([
        ['duel', { fleet: 'playfab', targets: new Map([['playfab', BUILD]]) }],
        ['raid', { fleet: 'playfab', targets: new Map([['playfab', `alias:${ALIAS}`]]) }],
      ]),
    );
  });

  it('may say for how long a mode gathers its players', () => {
    const modes = `{"duel": {"buildId": "${BUILD}", "gather": {"windowMs": 1500}}}`;
    const settings = loadSettings({ ...least, ...none, ...playFab, BROKER_GAME_MODES: modes });
    expect(settings.gameModes.get('duel')?.gatherMs).toBe(1_500);
  });

  it.each([
    ['{"windowMs": 99}', 'at /duel/gather/windowMs: expected a whole number from 100 to 5000'],
    ['{"windowMs": 5001}', 'at /duel/gather/windowMs: expected a whole number from 100 to 5000'],
    ['{}', 'at /duel/gather/windowMs: missing: expected a whole number from 100 to 5000'],
    ['true', 'at /duel/gather: expected an object'],
  ])('may not say %s', (gather, message) => {
    const modes = `{"duel": {"buildId": "${BUILD}", "gather": ${gather}}}`;
    const load = () => loadSettings({ ...least, ...none, ...playFab, BROKER_GAME_MODES: modes });
    expect(load).toThrow(message);
  });

  it('stand beside those of the first, mode by mode', () => {
    const settings = loadSettings({
      ...least,
      ...playFab,
      BROKER_FLEET: undefined,
      BROKER_GAME_MODES: `{"duel": {"gameModeId": "mode-1", "buildId": "${BUILD}", "fleet": "playfab"}, "raid": {"gameModeId": "mode-2"}}`,
      PLAYFAB_ENDPOINT: 'http://127.0.0.1:7081/',
      PLAYFAB_HOST_NAME: 'ipv4',
    });
    expect([...settings.gameModes.values()].map(({ fleet }) => fleet)).toEqual(['playfab', 'sessionhosts']);
    expect([...(settings.gameModes.get('duel')?.targets ?? [])]).toEqual([
      ['sessionhosts', 'mode-1'],
      ['playfab', BUILD],
    ]);
    expect(settings.playFab).toMatchObject({ endpoint: 'http://127.0.0.1:7081', hostName: 'ipv4' });
    expect(settings.titleId).toBe('title');
  });

  it('stay usable when no mode is on it any more: sessions end where they began', () => {
    const settings = loadSettings({ ...least, ...playFab, BROKER_FLEET: 'playfab' });
    expect([...settings.gameModes.values()].map(({ fleet }) => fleet)).toEqual(['playfab', 'playfab']);
    expect(settings.sessionHosts).toBeDefined();
  });

  it('are required as soon as one mode is on it', () => {
    const problems = errorOf({
      BROKER_GAME_MODES: `{"duel": {"gameModeId": "m", "fleet": "playfab"}, "raid": {"gameModeId": "m"}}`,
    }).problems;
    const because = 'because duel is on playfab (its own fleet)';
    expect(problems).toEqual([
      {
        setting: 'BROKER_GAME_MODES',
        message:
          'at /duel: expected exactly one of buildId and buildAliasId, none is there: duel is on playfab (its own fleet)',
      },
      { setting: 'PLAYFAB_TITLE_ID', message: `missing: expected a string such as A1B2C, ${because}` },
      { setting: 'PLAYFAB_SECRET_KEY', message: `missing: expected a non-empty string, ${because}` },
    ]);
  });

  it('say which mode asks for those of the first, and what put it there', () => {
    const modes = `{"duel": {"buildId": "${BUILD}"}, "raid": {"gameModeId": "m", "fleet": "sessionhosts"}}`;
    expect(errorOf({ ...playFab, ...none, BROKER_GAME_MODES: modes }).problems).toContainEqual({
      setting: 'SESSIONHOSTS_TOKEN_SCOPE',
      message:
        'missing: expected a scope for the managed identity, or a static token in SESSIONHOSTS_TOKEN, ' +
        'because raid is on sessionhosts (its own fleet)',
    });
    const named = { BROKER_FLEET: 'sessionhosts', BROKER_SANDBOX_ID: undefined };
    expect(errorOf(named).problems).toEqual([
      {
        setting: 'BROKER_SANDBOX_ID',
        message: 'missing: expected a string such as XDKS.1, because duel is on sessionhosts (BROKER_FLEET)',
      },
    ]);
  });

  it.each([
    [
      undefined,
      'BROKER_TITLE_ID',
      'missing: expected a string such as 1234567890, because BROKER_FLEET is sessionhosts unless it is set',
    ],
    [
      'playfab',
      'PLAYFAB_TITLE_ID',
      'missing: expected a string such as A1B2C, because BROKER_FLEET is playfab',
    ],
  ])('without game modes are those of BROKER_FLEET=%s', (fleet, setting, message) => {
    const { problems } = errorOf({ ...none, BROKER_FLEET: fleet, BROKER_GAME_MODES: undefined });
    expect(problems).toContainEqual({ setting, message });
  });

  it.each(['playfabb', 'agones', 'PlayFab'])('are nobody’s where BROKER_FLEET is %s', (fleet) => {
    const message = 'expected one of sessionhosts, playfab';
    expect(errorOf({ ...none, ...playFab, BROKER_FLEET: fleet }).problems).toEqual([
      { setting: 'BROKER_FLEET', message },
    ]);
    expect(errorOf({ ...none, BROKER_FLEET: fleet, BROKER_GAME_MODES: '{"duel":' }).problems).toEqual([
      { setting: 'BROKER_GAME_MODES', message: 'not JSON at line 1, column 9: expected an object' },
      { setting: 'BROKER_FLEET', message },
    ]);
  });

  it('are still asked for by a mode that names its fleet where BROKER_FLEET is broken', () => {
    const modes = '{"duel": {"gameModeId": "m", "fleet": "sessionhosts"}, "raid": {}}';
    const { problems } = errorOf({ BROKER_FLEET: 'agones', BROKER_GAME_MODES: modes, BROKER_TITLE_ID: '' });
    expect(problems.map(({ setting }) => setting)).toEqual(['BROKER_TITLE_ID', 'BROKER_FLEET']);
  });

  it.each(['{"duel":', '[]', '{"duel": {"fleet": "playfabb"}}'])(
    'are nobody’s where BROKER_GAME_MODES is %s and no fleet is named',
    (modes) => {
      const { problems } = errorOf({ ...none, BROKER_GAME_MODES: modes });
      expect(problems.map(({ setting }) => setting)).toEqual(['BROKER_GAME_MODES']);
    },
  );

  it('are those of the BROKER_FLEET that was named where BROKER_GAME_MODES is broken', () => {
    const { problems } = errorOf({ ...none, BROKER_FLEET: 'playfab', BROKER_GAME_MODES: '{"duel":' });
    expect(problems.map(({ setting }) => setting)).toEqual([
      'BROKER_GAME_MODES',
      'PLAYFAB_TITLE_ID',
      'PLAYFAB_SECRET_KEY',
    ]);
  });

  it('name one build or one alias for a mode, not both', () => {
    const both = { BROKER_GAME_MODES: `{"duel": {"buildId": "${BUILD}", "buildAliasId": "${ALIAS}"}}` };
    expect(errorOf({ ...playFab, ...both }).problems).toEqual([
      {
        setting: 'BROKER_GAME_MODES',
        message: 'at /duel: expected exactly one of buildId and buildAliasId, both are there',
      },
    ]);
  });

  it('leave those of the first alone that nobody uses', () => {
    expect(() => loadSettings({ ...least, ...none, ...playFab, BROKER_TITLE_ID: 'left' })).not.toThrow();
  });
});

describe('names that are no settings', () => {
  const message = 'not a setting of this version, ignored';

  it('are told, and do not stop the app', () => {
    const env = { ...least, BROKER_LOCATION: '[]', SESSIONHOSTS_URL: 'x', PLAYFAB_KEY: 'k', PATH: '/bin' };
    expect(unknownSettings(env)).toEqual([
      { setting: 'BROKER_LOCATION', message },
      { setting: 'SESSIONHOSTS_URL', message },
      { setting: 'PLAYFAB_KEY', message },
    ]);
    expect(loadSettings(env).locations).toHaveLength(2);
  });

  it('are told with what is missing: a misspelling is often the reason', () => {
    const error = errorOf({ BROKER_LOCATIONS: undefined, BROKER_LOCATION: '[]' });
    expect(error.warnings).toEqual([{ setting: 'BROKER_LOCATION', message }]);
    expect(error.message).toBe(
      'The settings are not valid. BROKER_LOCATIONS: missing: expected a list of 1 to 64 entries. ' +
        'BROKER_LOCATION: not a setting of this version, ignored. See docs/settings.md.',
    );
  });
});

describe('former names of settings', () => {
  const rename = {
    setting: 'SESSIONHOSTS_TIMEOUT_MS',
    message: 'renamed: set BROKER_FLEET_TIMEOUT_MS instead',
  };

  it('are still read, with a warning that names the new one', () => {
    const env = { ...least, SESSIONHOSTS_TIMEOUT_MS: '5000' };
    expect(loadSettings(env).fleetTimeoutMs).toBe(5000);
    expect(renamedSettings(env)).toEqual([rename]);
    expect(unknownSettings(env)).toEqual([]);
  });

  it('give way to the new name, and the warning says so', () => {
    const env = { ...least, SESSIONHOSTS_TIMEOUT_MS: '5000', BROKER_FLEET_TIMEOUT_MS: '6000' };
    expect(loadSettings(env).fleetTimeoutMs).toBe(6000);
    expect(renamedSettings(env)).toEqual([
      {
        setting: 'SESSIONHOSTS_TIMEOUT_MS',
        message: 'renamed, and ignored because BROKER_FLEET_TIMEOUT_MS is set: remove it',
      },
    ]);
  });

  it('count where the new name is empty, and do not warn where they are empty themselves', () => {
    const blank = { ...least, SESSIONHOSTS_TIMEOUT_MS: '5000', BROKER_FLEET_TIMEOUT_MS: ' ' };
    expect(loadSettings(blank).fleetTimeoutMs).toBe(5000);
    expect(renamedSettings(blank)).toEqual([rename]);
    expect(renamedSettings({ ...least, SESSIONHOSTS_TIMEOUT_MS: '' })).toEqual([]);
  });

  it('stand beside the problem when their value is wrong', () => {
    const error = errorOf({ SESSIONHOSTS_TIMEOUT_MS: '5 s' });
    expect(error.message).toBe(
      'The settings are not valid. BROKER_FLEET_TIMEOUT_MS: expected a whole number from 500 to 30000. ' +
        'SESSIONHOSTS_TIMEOUT_MS: renamed: set BROKER_FLEET_TIMEOUT_MS instead. See docs/settings.md.',
    );
  });
});
