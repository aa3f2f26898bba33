import { checkedEndpoint } from '../http/endpoint.ts';
import { normaliseLocation } from '../placement/placement.ts';
import { fleetsAreMeant, playFabIsSet, secretsFitHeaders, sessionHostsIsSet } from './fleetRules.ts';
import type { SettingProblem } from './read.ts';
import { type Given, type Parsed, type Rule, exactlyOne } from './rule.ts';
import { parseSchedule } from './schedule.ts';
import type { SettingName } from './schema.ts';

/** The rules that no JSON Schema can express, because they involve several settings; each names the remedy. */
export function brokenRules(parsed: Parsed, given: Given): readonly SettingProblem[] {
  return [
    locationsAreDistinct,
    gameModesAreOffered,
    capOnlyLoosens,
    fleetsAreMeant,
    sessionHostsIsSet,
    playFabIsSet,
    secretsFitHeaders,
    storageIsOne,
    endpointsAreSafe,
    authIsMeant,
    schedulesFire,
    trustIsMeant,
  ].flatMap((rule: Rule) => rule(parsed, given));
}

const ONCE = 'expected each location once (only letters and digits count)';

const locationsAreDistinct: Rule = ({ BROKER_LOCATIONS: locations = [] }) => {
  const problem = (index: number, message: string): SettingProblem => ({
    setting: 'BROKER_LOCATIONS',
    message: `at /${index}/name: ${message}`,
  });
  return [
    ...repeated(locations.map(({ name }) => name)).map((index) => problem(index, ONCE)),
    ...locations.flatMap(({ name }, index) =>
      normaliseLocation(name) === '' ? [problem(index, 'expected a letter or a digit')] : [],
    ),
  ];
};

const gameModesAreOffered: Rule = ({ BROKER_GAME_MODES: modes = {}, BROKER_LOCATIONS: offered }) => {
  const names = offered && new Set(offered.map(({ name }) => normaliseLocation(name)));
  return Object.entries(modes).flatMap(([mode, { locations = [] }]) => {
    const problem = (index: number, message: string): SettingProblem => ({
      setting: 'BROKER_GAME_MODES',
      message: `at /${mode}/locations/${index}: ${message}`,
    });
    return [
      ...repeated(locations).map((index) => problem(index, ONCE)),
      ...locations.flatMap((name, index) =>
        names === undefined || names.has(normaliseLocation(name))
          ? []
          : [problem(index, 'expected a location of BROKER_LOCATIONS')],
      ),
    ];
  });
};

/** A step that tightens the cap, or comes before an earlier one, is a mistake: nobody waits for less. */
const capOnlyLoosens: Rule = ({ BROKER_PLACEMENT: { maxLatencyMs, relax = [] } = {} }) => {
  const problem = (at: string, message: string): SettingProblem => ({
    setting: 'BROKER_PLACEMENT',
    message: `at /relax${at}: ${message}`,
  });
  if (relax.length > 0 && maxLatencyMs === undefined)
    return [problem('', 'expected `maxLatencyMs` beside it, which the steps loosen')];
  return relax.flatMap((step, index) => {
    const before = relax[index - 1] ?? { afterSeconds: 0, maxLatencyMs: maxLatencyMs ?? 0 };
    return [
      ...(step.afterSeconds > before.afterSeconds
        ? []
        : [problem(`/${index}/afterSeconds`, 'expected more than in the step before it')]),
      ...(step.maxLatencyMs > before.maxLatencyMs
        ? []
        : [problem(`/${index}/maxLatencyMs`, 'expected more than the cap before it')]),
    ];
  });
};

const storageIsOne: Rule = ({ BrokerStorage: connection }, given) => [
  ...exactlyOne(
    given,
    'BrokerStorage__tableServiceUri',
    'BrokerStorage',
    'an address for the managed identity',
    'a connection string',
  ),
  ...(connection === undefined ? [] : connectionMistakes(connection)),
];

const endpointsAreSafe: Rule = (parsed) =>
  (['SESSIONHOSTS_ENDPOINT', 'PLAYFAB_ENDPOINT', 'BrokerStorage__tableServiceUri'] as const).flatMap(
    (setting) => addressMistakes(setting, parsed[setting]),
  );

const authIsMeant: Rule = ({ BROKER_AUTH: auth, BROKER_ALLOW_ANONYMOUS: allowed }) => {
  switch (auth?.mode) {
    case 'anonymous':
      if (allowed === true) return [];
      return [
        {
          setting: 'BROKER_AUTH',
          message: 'anonymous: set BROKER_ALLOW_ANONYMOUS=true as well if everybody may ask for hosts',
        },
      ];
    case 'jwt':
      // Without jwksUri the keys are looked up at the issuer, which then must be an address.
      return auth.jwksUri === undefined
        ? addressMistakes('BROKER_AUTH', auth.issuer, 'at /issuer, without jwksUri: ')
        : addressMistakes('BROKER_AUTH', auth.jwksUri.replace(/\?.*$/, ''), 'at /jwksUri: ');
    case 'key':
    case undefined:
      return [];
  }
};

/** Keys and claims each belong to one way of showing who one is. */
const trustIsMeant: Rule = (
  { BROKER_AUTH: auth, BROKER_QUOTA: quota, BROKER_TRUSTED_KEY: key },
  given,
): readonly SettingProblem[] => {
  const { trusted } = quota ?? {};
  const byToken = auth?.mode === 'jwt';
  if (key !== undefined && byToken) {
    const message =
      'callers show no key where BROKER_AUTH is jwt: name a claim in BROKER_QUOTA, at /trusted/claim';
    return [{ setting: 'BROKER_TRUSTED_KEY', message }];
  }
  const problem = (at: string, message: string): readonly SettingProblem[] => [
    { setting: 'BROKER_QUOTA', message: `at /trusted${at}: ${message}` },
  ];
  if (trusted?.claim !== undefined && auth !== undefined && !byToken) {
    return problem('/claim', 'there are no claims unless BROKER_AUTH is jwt: set BROKER_TRUSTED_KEY instead');
  }
  if (trusted === undefined || trusted.claim !== undefined || given('BROKER_TRUSTED_KEY')) return [];
  return problem('', `nobody is trusted: ${byToken ? 'name a claim' : 'set BROKER_TRUSTED_KEY as well'}`);
};

const schedulesFire: Rule = (parsed) =>
  (['BROKER_SWEEP_SCHEDULE', 'BROKER_PRUNE_SCHEDULE'] as const).flatMap((setting) => {
    const text = parsed[setting];
    if (text === undefined) return [];
    try {
      return parseSchedule(text).next(0) === undefined ? [{ setting, message: NEVER_FIRES }] : [];
    } catch (error) {
      return [{ setting, message: error instanceof Error ? error.message : 'cannot be read' }];
    }
  });

const NEVER_FIRES = 'it never fires: none of its months has such a day';

function addressMistakes(setting: SettingName, address: string | undefined, where = ''): SettingProblem[] {
  if (address === undefined) return [];
  try {
    checkedEndpoint(address, 'the address');
    return [];
  } catch (error) {
    const message = error instanceof Error ? error.message.replace(/\.$/, '') : 'cannot be read';
    return [{ setting, message: `${where}${message}` }];
  }
}

/** Enough to recognise what was pasted by mistake, and to keep keys off plain http. */
function connectionMistakes(connection: string): readonly SettingProblem[] {
  const parts = new Map(
    connection.split(';').map((part): [string, string] => {
      const [key = '', ...value] = part.split('=');
      return [key.trim().toLowerCase(), value.join('=').trim()];
    }),
  );
  const endpoint = parts.get('tableendpoint');
  if (endpoint !== undefined) return addressMistakes('BrokerStorage', endpoint, 'in its TableEndpoint: ');
  if (parts.get('usedevelopmentstorage')?.toLowerCase() === 'true') return [];
  const secure = parts.get('defaultendpointsprotocol')?.toLowerCase() !== 'http';
  if (parts.has('accountname') && secure) return [];
  return [{ setting: 'BrokerStorage', message: 'not a connection string of a storage account over https' }];
}

/** The positions of names that occur earlier in the list. */
function repeated(names: readonly string[]): readonly number[] {
  const seen = new Set<string>();
  return names.flatMap((name, index) => {
    const key = normaliseLocation(name);
    if (seen.has(key)) return [index];
    seen.add(key);
    return [];
  });
}
