import { auth, gameModes, guid, locations, placement, quota } from './jsonSettings.ts';
import { FLEETS } from '../fleets/fleet.ts';

/** The prefixes of the broker's own settings: an unknown name with one of them is probably a misspelling. */
export const OWN_NAMES = /^(BROKER_|SESSIONHOSTS_|PLAYFAB_)/;

/**
 * The schema of every app setting by its name, for its parsed value; `default` and `examples` are texts of app
 * settings. Rules that involve several settings are in rules.ts.
 */
export const settingsSchema = {
  $id: 'urn:allocation-broker:schema:Settings',
  title: 'Settings',
  description: 'The app settings of the allocation broker.',
  type: 'object',
  additionalProperties: false,
  required: ['BROKER_GAME_MODES', 'BROKER_LOCATIONS'],
  properties: {
    BROKER_TITLE_ID: {
      type: 'string',
      pattern: '^[^\\s/?#]+$',
      description: "With a game mode on sessionhosts, required: the title's id there.",
      examples: ['1234567890'],
    },
    BROKER_SANDBOX_ID: {
      type: 'string',
      pattern: '^\\S+$',
      description: 'With a game mode on sessionhosts, required: the sandbox that its sessions run in.',
      examples: ['XDKS.1'],
    },
    BROKER_CLOUD_GAME_ID: {
      type: 'string',
      pattern: '^\\S+$',
      description: "With a game mode on sessionhosts, required: the cloud game's id.",
      examples: ['8f6c1e0a-0d0e-4a53-9a43-6e9e1d7d8a11'],
    },
    BROKER_GAME_MODES: gameModes,
    BROKER_LOCATIONS: locations,
    BROKER_PLACEMENT: placement,
    BROKER_AUTH: auth,
    BROKER_ALLOW_ANONYMOUS: {
      type: 'boolean',
      description: 'Must be true where BROKER_AUTH is anonymous: one setting alone never opens the broker.',
      default: 'false',
      examples: ['true'],
    },
    BROKER_QUOTA: quota,
    BROKER_TRUSTED_KEY: {
      type: 'string',
      minLength: 20,
      writeOnly: true,
      description:
        'With BROKER_QUOTA, optional: a function key of `allocations` whose holders have the limit of `trusted`, from a Key Vault reference.',
      examples: ['@Microsoft.KeyVault(SecretUri=https://vault.example.com/secrets/matchmaker-key)'],
    },
    BROKER_FLEET: {
      type: 'string',
      enum: FLEETS,
      description: 'Which fleet hosts are asked of, where a game mode names no `fleet` of its own.',
      default: 'sessionhosts',
      examples: ['playfab'],
    },
    BROKER_FLEET_TIMEOUT_MS: {
      type: 'integer',
      minimum: 500,
      maximum: 30_000,
      description:
        'How many milliseconds one fleet call may take, fetching its token included, whichever fleet it is.',
      default: '8000',
      examples: ['5000'],
    },
    BROKER_SESSION_TTL_HOURS: {
      type: 'integer',
      minimum: 1,
      maximum: 720,
      description:
        "How many hours a session's host is repeated to callers; after that the session may be allocated anew.",
      default: '24',
      examples: ['6'],
    },
    BROKER_CONFIRM_SECONDS: {
      type: 'integer',
      minimum: 0,
      maximum: 86_400,
      description:
        "How many seconds an instance answers with what it remembers of a session, before it reads the session's row again: so long a session that was ended elsewhere may still be answered. 0: it never answers from its memory.",
      default: '60',
      examples: ['10'],
    },
    BROKER_HISTORY_RETENTION_DAYS: {
      type: 'integer',
      minimum: 1,
      maximum: 3650,
      description: 'How many days the history is kept.',
      default: '30',
      examples: ['90'],
    },
    BROKER_SWEEP_SCHEDULE: {
      type: 'string',
      description: 'When allocations that died are closed: NCRONTAB with six fields, UTC.',
      default: '0 */5 * * * *',
      examples: ['0 */10 * * * *'],
    },
    BROKER_PRUNE_SCHEDULE: {
      type: 'string',
      description:
        'When expired sessions, old history and callers whose quota is long over are deleted: NCRONTAB with six fields, UTC.',
      default: '0 17 * * * *',
      examples: ['0 30 3 * * *'],
    },
    SESSIONHOSTS_ENDPOINT: {
      type: 'string',
      description: 'Where the sessionhosts API is: https, or http on a loopback address.',
      default: 'https://gameserverms.xboxlive.com',
      examples: ['http://127.0.0.1:7080'],
    },
    SESSIONHOSTS_TOKEN_SCOPE: {
      type: 'string',
      pattern: '^\\S+$',
      description:
        'The scope of the service token that the managed identity is asked for. Either this or SESSIONHOSTS_TOKEN.',
      examples: ['https://gameserverms.xboxlive.com/.default'],
    },
    SESSIONHOSTS_TOKEN_CLIENT_ID: {
      ...guid,
      description:
        'With SESSIONHOSTS_TOKEN_SCOPE: the client id of the user-assigned identity; absent: the system-assigned one.',
      examples: ['5d1f3b52-2f6e-4e0e-9f3d-1f0f0b0c7a10'],
    },
    SESSIONHOSTS_TOKEN: {
      type: 'string',
      minLength: 1,
      writeOnly: true,
      description:
        'A static service token, from a Key Vault reference, without its scheme. Either this or SESSIONHOSTS_TOKEN_SCOPE.',
      examples: ['@Microsoft.KeyVault(SecretUri=https://vault.example.com/secrets/token)'],
    },
    SESSIONHOSTS_AUTH_SCHEME: {
      type: 'string',
      enum: ['Bearer', 'XBL3.0'],
      description: 'The scheme of the Authorization header.',
      default: 'Bearer',
      examples: ['XBL3.0'],
    },
    SESSIONHOSTS_CONTRACT_VERSION: {
      type: 'string',
      pattern: '^[0-9]{1,4}$',
      description: 'Sent as x-xbl-contract-version.',
      default: '8',
      examples: ['8'],
    },
    PLAYFAB_TITLE_ID: {
      type: 'string',
      pattern: '^[A-Za-z0-9]{1,32}$',
      description: "With a game mode on playfab, required: the title's id there.",
      examples: ['A1B2C'],
    },
    PLAYFAB_SECRET_KEY: {
      type: 'string',
      minLength: 1,
      writeOnly: true,
      description:
        'With a game mode on playfab, required: a secret key of the title, from a Key Vault reference. It is sent to PlayFab alone, for entity tokens.',
      examples: ['@Microsoft.KeyVault(SecretUri=https://vault.example.com/secrets/playfab)'],
    },
    PLAYFAB_ENDPOINT: {
      type: 'string',
      description:
        "Where PlayFab's API is: https, or http on a loopback address; absent: `https://<PLAYFAB_TITLE_ID>.playfabapi.com`.",
      examples: ['http://127.0.0.1:7080'],
    },
    PLAYFAB_HOST_NAME: {
      type: 'string',
      enum: ['fqdn', 'ipv4'],
      description: "What clients get as `hostName`: the virtual machine's domain name or its IPv4 address.",
      default: 'fqdn',
      examples: ['ipv4'],
    },
    BrokerStorage: {
      type: 'string',
      minLength: 1,
      writeOnly: true,
      description:
        "The connection string of the broker's tables, for development. Either this or BrokerStorage__tableServiceUri.",
      examples: ['UseDevelopmentStorage=true'],
    },
    BrokerStorage__tableServiceUri: {
      type: 'string',
      minLength: 1,
      description:
        "The address of the broker's tables, reached with the managed identity: https, or http on a loopback address.",
      examples: ['https://brokertables.table.core.windows.net'],
    },
    BrokerStorage__clientId: {
      ...guid,
      description:
        'With BrokerStorage__tableServiceUri: the client id of the user-assigned identity; absent: the system-assigned one.',
      examples: ['5d1f3b52-2f6e-4e0e-9f3d-1f0f0b0c7a10'],
    },
  },
} as const;

export type SettingName = keyof typeof settingsSchema.properties;

/** The former names of settings that were renamed, by their names now. They are still read, with a warning. */
export const FORMER_NAMES: Readonly<Record<string, string>> = {
  BROKER_FLEET_TIMEOUT_MS: 'SESSIONHOSTS_TIMEOUT_MS',
} satisfies Partial<Record<SettingName, string>>;
