import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TABLES } from '../../../lib/ledger/tables/tableClients.ts';
import { COMPILED, sourcesDigest } from '../../../scripts/bicep-sources.ts';
import { grant } from './checks.ts';
import {
  appSettings,
  at,
  deployment,
  ofType,
  single,
  VARIANTS,
  type Deployment,
  type Variant,
} from './deployment.ts';

const grants = (from: Deployment): string[] =>
  ofType(from, 'Microsoft.Authorization/roleAssignments').map((assignment) => {
    const { role, scope } = grant(assignment);
    // The thirteen characters that make a name unique come from the subscription and the region.
    return `${role} on ${scope.replace(/^.*\/providers\//, '').replace(/[a-z0-9]{13}(?=\/|$)/, '*')}`;
  });

const settings = (from: Deployment): Record<string, string> =>
  Object.fromEntries(appSettings(from).map(({ name, value }) => [name, value]));

describe('the compiled template', () => {
  it('is made of the sources as they are now', () => {
    const stamp = readFileSync(join(COMPILED, 'sources.sha256'), 'utf8').trim();
    // When this fails, run: npm run infra:build
    expect(stamp).toBe(sourcesDigest());
  });

  it('refuses what the types let pass, before anything is deployed', () => {
    const refusal = readFileSync(join(COMPILED, 'refused.txt'), 'utf8');
    for (const mistake of [
      'Game mode duel is on playfab: it needs either buildId or buildAliasId. ',
      'Game mode raid is on playfab: it needs either buildId or buildAliasId. ',
      'Game mode siege is on sessionhosts: it needs its gameModeId. ',
      'Game mode rest has fleet and fleets: it needs one of them. ',
      'Game mode share is on playfab: it needs either buildId or buildAliasId. ',
      'Game mode share has shares of 90%: it needs 100, or less and an entry without one. ',
      'Game mode duel is on playfab: playFab needs its titleId and secretName. ',
      'Game mode share is on sessionhosts: titleId, sandboxId, cloudGameId and fleetAccess are needed. ',
      "The Front Door is another region's, as frontDoorId says: customDomain and otherRegions are parameters there. ",
    ]) {
      expect(refusal).toContain(mistake);
    }
    // The group is named before it is made, and everything else is in it.
    expect(deployment('default').template.resources['group']).toHaveProperty(
      'name',
      "[variables('groupName')]",
    );
  });

  it('deploys these resources and no others', () => {
    expect(deployment('default').resources.map(({ type, apiVersion }) => `${type}@${apiVersion}`)).toEqual([
      'Microsoft.Resources/resourceGroups@2025-04-01',
      'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30',
      'Microsoft.OperationalInsights/workspaces@2026-03-01',
      'Microsoft.Insights/components@2020-02-02',
      'Microsoft.Storage/storageAccounts@2026-06-01',
      'Microsoft.Storage/storageAccounts@2026-06-01',
      'Microsoft.Storage/storageAccounts/blobServices@2026-06-01',
      'Microsoft.Storage/storageAccounts/blobServices/containers@2026-06-01',
      'Microsoft.Storage/storageAccounts/tableServices@2026-06-01',
      'Microsoft.Storage/storageAccounts/tableServices/tables@2026-06-01',
      'Microsoft.Storage/storageAccounts/tableServices/tables@2026-06-01',
      'Microsoft.Storage/storageAccounts/tableServices/tables@2026-06-01',
      'Microsoft.Storage/storageAccounts/tableServices/tables@2026-06-01',
      'Microsoft.Insights/diagnosticSettings@2021-05-01-preview',
      'Microsoft.Authorization/roleAssignments@2022-04-01',
      'Microsoft.Authorization/roleAssignments@2022-04-01',
      'Microsoft.Authorization/roleAssignments@2022-04-01',
      'Microsoft.Authorization/roleAssignments@2022-04-01',
      'Microsoft.Authorization/roleAssignments@2022-04-01',
      'Microsoft.Authorization/roleAssignments@2022-04-01',
      'Microsoft.Web/serverfarms@2025-03-01',
      'Microsoft.Web/sites@2025-03-01',
      'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01',
      'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01',
      'Microsoft.Insights/diagnosticSettings@2021-05-01-preview',
      ...Array<string>(11).fill('Microsoft.Insights/scheduledQueryRules@2026-03-01'),
      'Microsoft.Insights/webtests@2022-06-15',
      'Microsoft.Insights/metricAlerts@2026-01-01',
      'Microsoft.Insights/workbooks@2023-06-01',
    ]);
  });

  it('has a vault only where a fleet wants a secret, and an action group only where somebody gets mail', () => {
    const having = (type: string): Variant[] =>
      VARIANTS.filter((variant) => ofType(deployment(variant), type).length === 1);
    expect(having('Microsoft.KeyVault/vaults')).toEqual([
      'static-token',
      'playfab',
      'vault-first',
      'both-fleets',
      'overflow',
      'private',
    ]);
    expect(having('Microsoft.Insights/actionGroups')).toEqual(['static-token', 'private']);
  });

  it('creates the tables of the ledger', () => {
    const tables = ofType(deployment('default'), 'Microsoft.Storage/storageAccounts/tableServices/tables');
    const names = tables.map(({ name }) => name.split('/').at(-1));
    expect(names).toEqual(['brokersessions', 'brokerhistory', 'brokerquotas', 'brokerrequests']);
    expect(names.sort()).toEqual(Object.values(TABLES).sort());
  });

  it('gives the identity these roles and no others', () => {
    expect(grants(deployment('default'))).toEqual([
      'Storage Blob Data Owner on Microsoft.Storage/storageAccounts/strun*',
      'Monitoring Metrics Publisher on Microsoft.Insights/components/appi-broker-*',
      'Storage Table Data Contributor on Microsoft.Storage/storageAccounts/sttab*/tableServices/default/tables/brokersessions',
      'Storage Table Data Contributor on Microsoft.Storage/storageAccounts/sttab*/tableServices/default/tables/brokerhistory',
      'Storage Table Data Contributor on Microsoft.Storage/storageAccounts/sttab*/tableServices/default/tables/brokerquotas',
      'Storage Table Data Contributor on Microsoft.Storage/storageAccounts/sttab*/tableServices/default/tables/brokerrequests',
    ]);
  });

  it('with a vault, and the tables in the account of the runtime: one role more, and the tables there', () => {
    expect(grants(deployment('static-token'))).toEqual([
      'Storage Blob Data Owner on Microsoft.Storage/storageAccounts/strun*',
      'Monitoring Metrics Publisher on Microsoft.Insights/components/appi-broker-*',
      'Key Vault Secrets User on Microsoft.KeyVault/vaults/kv-broker-*',
      'Storage Table Data Contributor on Microsoft.Storage/storageAccounts/strun*/tableServices/default/tables/brokersessions',
      'Storage Table Data Contributor on Microsoft.Storage/storageAccounts/strun*/tableServices/default/tables/brokerhistory',
      'Storage Table Data Contributor on Microsoft.Storage/storageAccounts/strun*/tableServices/default/tables/brokerquotas',
      'Storage Table Data Contributor on Microsoft.Storage/storageAccounts/strun*/tableServices/default/tables/brokerrequests',
    ]);
  });

  it('spreads storage over the zones, unless it may not', () => {
    const redundancy = (variant: Variant): unknown[] =>
      ofType(deployment(variant), 'Microsoft.Storage/storageAccounts').map(({ sku }) => sku);
    expect(redundancy('default')).toEqual([{ name: 'Standard_ZRS' }, { name: 'Standard_ZRS' }]);
    expect(redundancy('private')).toEqual([{ name: 'Standard_GZRS' }, { name: 'Standard_GZRS' }]);
    expect(redundancy('static-token')).toEqual([{ name: 'Standard_LRS' }]);
  });

  it('shows an address, names and the way to the key, and no secret', () => {
    const { outputs = {} } = deployment('default').template;
    expect(Object.keys(outputs).sort()).toEqual([
      'AZURE_RESOURCE_GROUP',
      'BROKER_ADDRESS',
      'BROKER_APP_NAME',
      'BROKER_DOMAIN_CNAME',
      'BROKER_DOMAIN_TXT',
      'BROKER_FRONT_DOOR_ID',
      'BROKER_HOST_NAME',
      'BROKER_IDENTITY_OBJECT_ID',
      'BROKER_KEY_COMMAND',
      'BROKER_KEY_VAULT',
      'BROKER_TABLES_ACCOUNT',
    ]);
  });
});

describe('the app', () => {
  it('runs on Flex Consumption with the documented defaults', () => {
    const from = deployment('default');
    expect(single(from, 'Microsoft.Web/serverfarms')).toMatchObject({
      kind: 'functionapp',
      sku: { name: 'FC1', tier: 'FlexConsumption' },
      properties: { reserved: true },
    });
    const app = single(from, 'Microsoft.Web/sites');
    expect(app.kind).toBe('functionapp,linux');
    expect(app.tags).toEqual({ 'azd-env-name': 'example', 'azd-service-name': 'broker' });
    expect(at(app, 'functionAppConfig.runtime')).toEqual({ name: 'node', version: '24' });
    expect(at(app, 'functionAppConfig.scaleAndConcurrency')).toEqual({
      instanceMemoryMB: 2048,
      maximumInstanceCount: 100,
      alwaysReady: [],
      triggers: { http: { perInstanceConcurrency: 100 } },
    });
    expect(at(app, 'siteConfig.cors')).toEqual({ allowedOrigins: [], supportCredentials: false });
  });

  it('takes size, Node.js version and origins from the parameters', () => {
    const app = single(deployment('static-token'), 'Microsoft.Web/sites');
    expect(at(app, 'functionAppConfig.runtime')).toEqual({ name: 'node', version: '22' });
    expect(at(app, 'functionAppConfig.scaleAndConcurrency')).toMatchObject({
      alwaysReady: [{ name: 'http', instanceCount: 2 }],
      triggers: { http: { perInstanceConcurrency: 200 } },
    });
    expect(at(app, 'siteConfig.cors.allowedOrigins')).toEqual(['https://play.example.com']);
  });

  it('turns typed objects into settings of JSON', () => {
    const set = settings(deployment('static-token'));
    expect(set['BROKER_GAME_MODES']).toBe(
      '{"duel":{"gameModeId":"mode-duel"},"raid":{"gameModeId":"mode-raid","locations":["North Europe"]}}',
    );
    expect(set['BROKER_LOCATIONS']).toBe(
      '[{"name":"North Europe","qos":{"protocol":"udp","host":"qos-ne.example.com","port":3075},"penaltyMs":5},{"name":"West US"}]',
    );
    expect(set['BROKER_PLACEMENT']).toBe(
      '{"aggregate":"worst","maxLatencyMs":120,"strict":true,"maxLocations":3}',
    );
    expect(set['BROKER_AUTH']).toBe(
      '{"mode":"jwt","issuer":"https://id.example.com","audience":"broker","algorithms":["ES256"]}',
    );
  });

  it('has a quota unless it is turned off', () => {
    expect(settings(deployment('default'))['BROKER_QUOTA']).toBe(
      '{"limit":600,"windowSeconds":3600,"trustedHops":1,"onStorageFault":"refuse"}',
    );
    expect(settings(deployment('static-token'))).not.toHaveProperty('BROKER_QUOTA');
  });

  it('takes the fleet token by identity, or from the vault, never both', () => {
    const identity = settings(deployment('default'));
    expect(identity['SESSIONHOSTS_TOKEN_SCOPE']).toBe('api://fleet/.default');
    expect(identity['SESSIONHOSTS_TOKEN_CLIENT_ID']).toContain('.outputs.clientId.value');
    expect(identity).not.toHaveProperty('SESSIONHOSTS_TOKEN');
    const vault = settings(deployment('static-token'));
    expect(vault['SESSIONHOSTS_TOKEN']).toMatch(
      /^@Microsoft\.KeyVault\(VaultName=kv-broker-[a-z0-9]{13};SecretName=fleet-token\)$/,
    );
    expect(vault).not.toHaveProperty('SESSIONHOSTS_TOKEN_SCOPE');
    expect(vault).not.toHaveProperty('SESSIONHOSTS_TOKEN_CLIENT_ID');
  });

  it('on PlayFab alone: no setting of sessionhosts, and the key from the vault', () => {
    const set = settings(deployment('playfab'));
    expect(set).toMatchObject({
      BROKER_FLEET: 'playfab',
      BROKER_GAME_MODES: '{"duel":{"buildId":"9a8a4584-c81a-479c-9ef9-16d3743f7ca7"}}',
      PLAYFAB_TITLE_ID: 'A1B2C',
      PLAYFAB_SECRET_KEY:
        '@Microsoft.KeyVault(VaultName=kv-broker-2q5u34ktcnp6m;SecretName=playfab-secret-key)',
    });
    const others = /^(SESSIONHOSTS_|PLAYFAB_|BROKER_(TITLE|SANDBOX|CLOUD_GAME)_ID)/;
    expect(Object.keys(set).filter((name) => others.test(name))).toEqual([
      'PLAYFAB_SECRET_KEY',
      'PLAYFAB_TITLE_ID',
    ]);
  });

  it('on sessionhosts alone: no setting of PlayFab', () => {
    const set = settings(deployment('default'));
    expect(set['BROKER_FLEET']).toBe('sessionhosts');
    expect(Object.keys(set).filter((name) => name.startsWith('PLAYFAB_'))).toEqual([]);
  });

  it('before a move: a vault that the app may read, and nothing that reads it', () => {
    const from = deployment('vault-first');
    expect(settings(from)['PLAYFAB_TITLE_ID']).toBe('A1B2C');
    expect(appSettings(from).filter(({ value }) => value.includes('@Microsoft.KeyVault'))).toEqual([]);
    expect(grants(from)).toContain('Key Vault Secrets User on Microsoft.KeyVault/vaults/kv-broker-*');
  });

  it('on both fleets: every mode with all its names, and two secrets of one vault', () => {
    const set = settings(deployment('both-fleets'));
    expect(set).toMatchObject({
      BROKER_FLEET: 'sessionhosts',
      BROKER_GAME_MODES:
        '{"duel":{"gameModeId":"mode-duel","buildId":"9a8a4584-c81a-479c-9ef9-16d3743f7ca7","fleet":"playfab"},' +
        '"raid":{"gameModeId":"mode-raid"},' +
        '"siege":{"buildAliasId":"0d9c1f5e-7a3b-4c62-9f1e-2b8d4a6c7e90","fleet":"playfab","locations":["West US"]}}',
      PLAYFAB_HOST_NAME: 'ipv4',
      PLAYFAB_SECRET_KEY:
        '@Microsoft.KeyVault(VaultName=kv-broker-nuwqicwtydrhw;SecretName=playfab-secret-key)',
      SESSIONHOSTS_TOKEN: '@Microsoft.KeyVault(VaultName=kv-broker-nuwqicwtydrhw;SecretName=fleet-token)',
    });
  });

  it('is open to everybody only with both consents', () => {
    expect(settings(deployment('anonymous'))).toMatchObject({
      BROKER_AUTH: '{"mode":"anonymous"}',
      BROKER_ALLOW_ANONYMOUS: 'true',
    });
    expect(settings(deployment('default'))).not.toHaveProperty('BROKER_ALLOW_ANONYMOUS');
  });
});
