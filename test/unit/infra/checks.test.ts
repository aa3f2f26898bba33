import { faults } from './checks.ts';
import {
  appSettings,
  deployment,
  ofType,
  single,
  VARIANTS,
  type AppSetting,
  type Deployment,
  type Template,
} from './deployment.ts';

type Mutable = Record<string, Record<string, unknown>>;

/** The properties of the one resource of a type, to be broken. */
const properties = (from: Deployment, type: string): Mutable => single(from, type).properties as Mutable;

/** The app setting of a name, to be broken. */
function setting(from: Deployment, wanted: string): AppSetting {
  const found = appSettings(from).find(({ name }) => name === wanted);
  if (found === undefined) throw new Error(`Expected ${wanted}.`);
  return found;
}

/** Takes resources out of a deployment. */
const without = (from: Deployment, unwanted: readonly unknown[]): Deployment => ({
  ...from,
  resources: from.resources.filter((resource) => !unwanted.includes(resource)),
});

const storage = (template: Template): Template => {
  const nested = template.resources['storage']?.properties?.template;
  if (nested === undefined) throw new Error('Expected the storage module.');
  return nested;
};

describe('the checks of the deployment', () => {
  it.each(VARIANTS)('find nothing wrong with: %s', (variant) => {
    expect(faults(deployment(variant))).toEqual([]);
  });

  it('catch a setting that Flex Consumption forbids', () => {
    const broken = deployment('default');
    appSettings(broken).push({ name: 'FUNCTIONS_WORKER_RUNTIME', value: 'node' });
    expect(faults(broken)).toEqual([
      'FUNCTIONS_WORKER_RUNTIME must not be set on Flex Consumption.',
      "FUNCTIONS_WORKER_RUNTIME is no setting of the broker's and none of the platform's.",
    ]);
  });

  it('catch a site property that Flex Consumption forbids', () => {
    const broken = deployment('default');
    (
      properties(broken, 'Microsoft.Web/sites')['siteConfig'] as object as { linuxFxVersion: string }
    ).linuxFxVersion = 'NODE|24';
    expect(faults(broken)).toEqual(['siteConfig.linuxFxVersion must not be set on Flex Consumption.']);
  });

  it('catch a key in an output, in the main template or in a module', () => {
    const broken = deployment('default');
    const key =
      "[listKeys(resourceId('Microsoft.Storage/storageAccounts', 'x'), '2025-01-01').keys[0].value]";
    Object.assign(broken.template.outputs ?? {}, { STORAGE_KEY: { type: 'string', value: key } });
    Object.assign(storage(broken.template), { outputs: { inner: { type: 'string', value: key } } });
    expect(faults(broken)).toEqual([
      'The output STORAGE_KEY shows a secret.',
      'The output inner shows a secret.',
    ]);
  });

  it('catch a secure parameter in an output, even by way of a variable', () => {
    const broken = deployment('default');
    const token = { type: 'securestring', maxLength: 100, metadata: { description: 'A token.' } };
    Object.assign(broken.template.parameters ?? {}, { token });
    Object.assign(broken.template.variables ?? {}, { header: "[format('Bearer {0}', parameters('token'))]" });
    Object.assign(broken.template.outputs ?? {}, {
      HEADER: { type: 'string', value: "[variables('header')]" },
    });
    expect(faults(broken)).toEqual(['The output HEADER shows a secret.']);
  });

  it('catch Contributor in the place of Storage Table Data Contributor', () => {
    const broken = deployment('default');
    const assignment = ofType(broken, 'Microsoft.Authorization/roleAssignments')[2];
    const contributor = 'b24988ac-6180-42a0-ab88-20f7382dd24c';
    Object.assign(assignment?.properties ?? {}, {
      roleDefinitionId: `/subscriptions/x/providers/Microsoft.Authorization/roleDefinitions/${contributor}`,
    });
    expect(faults(broken)).toEqual([
      'The role b24988ac-6180-42a0-ab88-20f7382dd24c on /subscriptions/00000000-0000-4000-8000-000000000000/resourceGroups/rg-example/providers/Microsoft.Storage/storageAccounts/sttab2q5u34ktcnp6m/tableServices/default/tables/brokersessions is not a documented one.',
      'Storage Table Data Contributor must be given on each of the four tables.',
    ]);
  });

  it('catch a documented role on a wider scope', () => {
    const broken = deployment('default');
    const assignment = ofType(broken, 'Microsoft.Authorization/roleAssignments')[2];
    Object.assign(assignment ?? {}, {
      id: "[extensionResourceId('/subscriptions/x/resourceGroups/rg', 'y')]",
    });
    expect(faults(broken)).toEqual([
      'The role Storage Table Data Contributor on /subscriptions/x/resourceGroups/rg is not a documented one.',
    ]);
  });

  it('catch a misspelt setting, and that the right one is missing', () => {
    const broken = deployment('default');
    setting(broken, 'BROKER_TITLE_ID').name = 'BROKER_TITLEID';
    expect(faults(broken)).toEqual([
      "BROKER_TITLEID is no setting of the broker's and none of the platform's.",
      'BROKER_TITLE_ID is not set and has no default.',
    ]);
  });

  it.each([
    ['both-fleets', 'BROKER_CLOUD_GAME_ID', 'BROKER_CLOUD_GAME_ID is not set and has no default.'],
    ['both-fleets', 'PLAYFAB_TITLE_ID', 'PLAYFAB_TITLE_ID is not set and has no default.'],
    ['playfab', 'PLAYFAB_TITLE_ID', 'PLAYFAB_TITLE_ID is not set and has no default.'],
  ] as const)('catch %s without %s', (variant, name, fault) => {
    const broken = deployment(variant);
    appSettings(broken).splice(appSettings(broken).indexOf(setting(broken, name)), 1);
    expect(faults(broken)).toEqual([fault]);
  });

  it.each([
    ['static-token', 'SESSIONHOSTS_TOKEN'],
    ['playfab', 'PLAYFAB_SECRET_KEY'],
  ] as const)('catch a secret that stands in the settings: %s, %s', (variant, name) => {
    const broken = deployment(variant);
    setting(broken, name).value = 'THE-SECRET-ITSELF';
    expect(faults(broken)).toEqual([`${name} must be a Key Vault reference.`]);
  });

  it('catch a secret whose vault is not deployed, or not open to the app', () => {
    const whole = deployment('playfab');
    const vaults = ofType(whole, 'Microsoft.KeyVault/vaults');
    const reading = ofType(whole, 'Microsoft.Authorization/roleAssignments').filter(({ id }) =>
      id.includes('/Microsoft.KeyVault/vaults/'),
    );
    expect(faults(without(whole, vaults))).toEqual([
      'PLAYFAB_SECRET_KEY is read from kv-broker-2q5u34ktcnp6m, which is not deployed.',
    ]);
    expect(faults(without(whole, reading))).toEqual([
      'PLAYFAB_SECRET_KEY is read from kv-broker-2q5u34ktcnp6m, which the app may not read.',
    ]);
  });

  it.each([
    ['allowSharedKeyAccess', true, 'allowSharedKeyAccess must be false.'],
    ['allowBlobPublicAccess', true, 'allowBlobPublicAccess must be false.'],
    ['minimumTlsVersion', 'TLS1_0', 'minimumTlsVersion must be TLS1_2.'],
    ['supportsHttpsTrafficOnly', false, 'supportsHttpsTrafficOnly must be true.'],
  ])('catch storage with %s %s', (name, value, fault) => {
    const broken = deployment('default');
    const [, ledger] = ofType(broken, 'Microsoft.Storage/storageAccounts');
    Object.assign(ledger?.properties ?? {}, { [name]: value });
    expect(faults(broken)).toEqual([`Microsoft.Storage/storageAccounts: ${fault}`]);
  });

  it('catch an app that answers plain http', () => {
    const broken = deployment('default');
    Object.assign(properties(broken, 'Microsoft.Web/sites'), { httpsOnly: false });
    expect(faults(broken)).toEqual(['Microsoft.Web/sites: httpsOnly must be true.']);
  });

  it('catch telemetry that accepts a key', () => {
    const broken = deployment('default');
    Object.assign(properties(broken, 'Microsoft.Insights/components'), { DisableLocalAuth: false });
    expect(faults(broken)).toEqual(['Microsoft.Insights/components: DisableLocalAuth must be true.']);
  });

  it('catch a resource type, or a version of one, that nobody reviewed', () => {
    const broken = deployment('default');
    Object.assign(single(broken, 'Microsoft.Web/serverfarms'), { apiVersion: '2016-09-01' });
    expect(faults(broken)).toEqual([
      'Microsoft.Web/serverfarms@2016-09-01 is not among the reviewed resource types.',
    ]);
  });

  it('catch a parameter without a description or bounds, and a type without them', () => {
    const broken = deployment('default');
    Object.assign(broken.template.parameters ?? {}, { bare: { type: 'int' } });
    Object.assign(broken.template.definitions ?? {}, {
      Bare: {
        type: 'object',
        metadata: { description: 'A type.' },
        properties: { inner: { type: 'string' } },
      },
    });
    expect(faults(broken)).toEqual([
      'Bare.inner has no description.',
      'Bare.inner has no bounds.',
      'bare has no description.',
      'bare has no bounds.',
    ]);
  });
});
