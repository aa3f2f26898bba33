import { settingsSchema } from '../../../lib/config/schema.ts';
import {
  appSettings,
  at,
  ofType,
  templates,
  type Deployment,
  type Resource,
  type Schema,
  type Template,
} from './deployment.ts';

/** Says what is wrong with a deployment, one sentence each; nothing when all is well. */
type Check = (deployment: Deployment) => string[];

/** The resource types that may be deployed, each in the one version that was reviewed. */
const ALLOWED_TYPES: Record<string, string> = {
  'Microsoft.Authorization/locks': '2020-05-01',
  'Microsoft.Authorization/roleAssignments': '2022-04-01',
  'Microsoft.Cdn/profiles': '2026-07-01',
  'Microsoft.Cdn/profiles/afdEndpoints': '2026-07-01',
  'Microsoft.Cdn/profiles/afdEndpoints/routes': '2026-07-01',
  'Microsoft.Cdn/profiles/customDomains': '2026-07-01',
  'Microsoft.Cdn/profiles/originGroups': '2026-07-01',
  'Microsoft.Cdn/profiles/originGroups/origins': '2026-07-01',
  'Microsoft.Consumption/budgets': '2026-06-01',
  'Microsoft.Insights/actionGroups': '2023-01-01',
  'Microsoft.Insights/components': '2020-02-02',
  'Microsoft.Insights/diagnosticSettings': '2021-05-01-preview',
  'Microsoft.Insights/metricAlerts': '2026-01-01',
  'Microsoft.Insights/scheduledQueryRules': '2026-03-01',
  'Microsoft.Insights/webtests': '2022-06-15',
  'Microsoft.Insights/workbooks': '2023-06-01',
  'Microsoft.KeyVault/vaults': '2026-05-15',
  'Microsoft.ManagedIdentity/userAssignedIdentities': '2024-11-30',
  'Microsoft.Network/privateDnsZones': '2024-06-01',
  'Microsoft.Network/privateDnsZones/virtualNetworkLinks': '2024-06-01',
  'Microsoft.Network/privateEndpoints': '2026-03-01',
  'Microsoft.Network/privateEndpoints/privateDnsZoneGroups': '2026-03-01',
  'Microsoft.Network/virtualNetworks': '2026-03-01',
  'Microsoft.OperationalInsights/workspaces': '2026-03-01',
  'Microsoft.Resources/resourceGroups': '2025-04-01',
  'Microsoft.Storage/storageAccounts': '2026-06-01',
  'Microsoft.Storage/storageAccounts/blobServices': '2026-06-01',
  'Microsoft.Storage/storageAccounts/blobServices/containers': '2026-06-01',
  'Microsoft.Storage/storageAccounts/tableServices': '2026-06-01',
  'Microsoft.Storage/storageAccounts/tableServices/tables': '2026-06-01',
  'Microsoft.Web/serverfarms': '2025-03-01',
  'Microsoft.Web/sites': '2025-03-01',
  'Microsoft.Web/sites/basicPublishingCredentialsPolicies': '2025-03-01',
};

const types: Check = ({ resources }) =>
  resources
    .filter(({ type, apiVersion }) => ALLOWED_TYPES[type] !== apiVersion)
    .map(({ type, apiVersion }) => `${type}@${apiVersion} is not among the reviewed resource types.`);

/** App settings that Flex Consumption refuses or ignores (Microsoft Learn: Flex Consumption plan deprecations). */
const FORBIDDEN_SETTINGS = new Set([
  'AzureWebJobsDashboard',
  'ENABLE_ORYX_BUILD',
  'FUNCTIONS_EXTENSION_VERSION',
  'FUNCTIONS_MAX_HTTP_CONCURRENCY',
  'FUNCTIONS_WORKER_DYNAMIC_CONCURRENCY_ENABLED',
  'FUNCTIONS_WORKER_PROCESS_COUNT',
  'FUNCTIONS_WORKER_RUNTIME',
  'FUNCTIONS_WORKER_RUNTIME_VERSION',
  'SCM_DO_BUILD_DURING_DEPLOYMENT',
  'WEBSITE_CONTENTAZUREFILECONNECTIONSTRING',
  'WEBSITE_CONTENTOVERVNET',
  'WEBSITE_CONTENTSHARE',
  'WEBSITE_DNS_SERVER',
  'WEBSITE_MAX_DYNAMIC_APPLICATION_SCALE_OUT',
  'WEBSITE_NODE_DEFAULT_VERSION',
  'WEBSITE_RUN_FROM_PACKAGE',
  'WEBSITE_SKIP_CONTENTSHARE_VALIDATION',
  'WEBSITE_VNET_ROUTE_ALL',
]);

const FORBIDDEN_SITE_CONFIG = [
  'alwaysOn',
  'ftpsState',
  'functionAppScaleLimit',
  'linuxFxVersion',
  'minimumElasticInstanceCount',
  'nodeVersion',
  'preWarmedInstanceCount',
  'use32BitWorkerProcess',
];

const flex: Check = (deployment) => [
  ...appSettings(deployment)
    .filter(({ name }) => FORBIDDEN_SETTINGS.has(name))
    .map(({ name }) => `${name} must not be set on Flex Consumption.`),
  ...ofType(deployment, 'Microsoft.Web/sites').flatMap((site) =>
    FORBIDDEN_SITE_CONFIG.filter((name) => at(site, `siteConfig.${name}`) !== undefined).map(
      (name) => `siteConfig.${name} must not be set on Flex Consumption.`,
    ),
  ),
];

/** What every resource of a type must say, or the deployment is open where it should be closed. */
const REQUIRED: Record<string, Record<string, unknown>> = {
  'Microsoft.Storage/storageAccounts': {
    allowSharedKeyAccess: false,
    allowBlobPublicAccess: false,
    allowCrossTenantReplication: false,
    minimumTlsVersion: 'TLS1_2',
    supportsHttpsTrafficOnly: true,
  },
  'Microsoft.Storage/storageAccounts/blobServices/containers': { publicAccess: 'None' },
  'Microsoft.Web/sites': {
    httpsOnly: true,
    'siteConfig.minTlsVersion': '1.2',
    'siteConfig.scmMinTlsVersion': '1.2',
    'siteConfig.cors.supportCredentials': false,
    'functionAppConfig.deployment.storage.authentication.type': 'UserAssignedIdentity',
  },
  'Microsoft.Web/sites/basicPublishingCredentialsPolicies': { allow: false },
  'Microsoft.Insights/components': { DisableLocalAuth: true },
  'Microsoft.OperationalInsights/workspaces': { 'features.disableLocalAuth': true },
  'Microsoft.KeyVault/vaults': {
    enableRbacAuthorization: true,
    enableSoftDelete: true,
    enablePurgeProtection: true,
  },
};

const closed: Check = (deployment) =>
  Object.entries(REQUIRED).flatMap(([type, properties]) =>
    ofType(deployment, type).flatMap((resource) =>
      Object.entries(properties)
        .filter(([path, value]) => at(resource, path) !== value)
        .map(([path, value]) => `${type}: ${path} must be ${String(value)}.`),
    ),
  );

/** Microsoft's ids of the roles that may be given, and the one kind of scope each may be given on. */
const ALLOWED_ROLES: Record<string, { readonly role: string; readonly scope: RegExp }> = {
  'b7e6dc6d-f1e8-4753-8033-0f276bb0955b': {
    role: 'Storage Blob Data Owner',
    scope: /\/Microsoft\.Storage\/storageAccounts\/strun[a-z0-9]+$/,
  },
  '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3': {
    role: 'Storage Table Data Contributor',
    scope: /\/tableServices\/default\/tables\/(brokersessions|brokerhistory|brokerquotas|brokerrequests)$/,
  },
  '3913510d-42f4-4e42-8a64-420c390055eb': {
    role: 'Monitoring Metrics Publisher',
    scope: /\/Microsoft\.Insights\/components\/[^/]+$/,
  },
  '4633458b-17de-408a-874b-0445c86b69e6': {
    role: 'Key Vault Secrets User',
    scope: /\/Microsoft\.KeyVault\/vaults\/[^/]+$/,
  },
};

/** The role and the scope of an assignment; its id is an expression that begins with the scope. */
export function grant(assignment: Resource): { roleId: string; role: string; scope: string } {
  const roleId = String(at(assignment, 'roleDefinitionId')).split('/').at(-1) ?? '';
  const scope = /^\[extensionResourceId\('([^']+)'/.exec(assignment.id)?.[1] ?? assignment.id;
  return { roleId, role: ALLOWED_ROLES[roleId]?.role ?? roleId, scope };
}

const roles: Check = (deployment) => {
  const grants = ofType(deployment, 'Microsoft.Authorization/roleAssignments').map(grant);
  const undocumented = grants.filter(
    ({ roleId, scope }) => !(ALLOWED_ROLES[roleId]?.scope.test(scope) ?? false),
  );
  const tables = grants.filter(({ role }) => role === 'Storage Table Data Contributor');
  return [
    ...undocumented.map(({ role, scope }) => `The role ${role} on ${scope} is not a documented one.`),
    ...(tables.length === 4
      ? []
      : ['Storage Table Data Contributor must be given on each of the four tables.']),
  ];
};

/** An expression with every variable that it uses written out. */
function writtenOut(value: unknown, { variables = {} }: Template): string {
  return JSON.stringify(value).replaceAll(/variables\('([^']+)'\)/g, (_, name: string) =>
    JSON.stringify(variables[name] ?? null),
  );
}

const SECRET =
  /list(Account)?(Keys|Secrets|Sas|ConnectionStrings|AdminKeys|HostKeys)\(|connectionString|\.(primary|secondary)?key\b/i;

const outputs: Check = ({ template }) =>
  templates(template).flatMap((each) => {
    const secure = Object.entries(each.parameters ?? {})
      .filter(([, { type }]) => /^secure/i.test(type ?? ''))
      .map(([name]) => `parameters('${name}')`);
    return Object.entries(each.outputs ?? {})
      .filter(([, { type, value }]) => {
        const text = writtenOut(value, each);
        return /^secure/i.test(type ?? '') || SECRET.test(text) || secure.some((name) => text.includes(name));
      })
      .map(([name]) => `The output ${name} shows a secret.`);
  });

/** The settings of the template that are the platform's own and none of lib/config's. */
const PLATFORM_SETTINGS = [
  'APPLICATIONINSIGHTS_AUTHENTICATION_STRING',
  'APPLICATIONINSIGHTS_CONNECTION_STRING',
  'AzureWebJobsStorage__blobServiceUri',
  'AzureWebJobsStorage__clientId',
  'AzureWebJobsStorage__credential',
];

type LeftOut = (set: Set<string>) => boolean;

const hasSessionHosts: LeftOut = (set) =>
  set.has('SESSIONHOSTS_TOKEN') || set.has('SESSIONHOSTS_TOKEN_SCOPE');

/** One fleet has what opens it, and the other one has not. */
const playFabAlone: LeftOut = (set) => set.has('PLAYFAB_SECRET_KEY') && !hasSessionHosts(set);
const sessionHostsAlone: LeftOut = (set) => hasSessionHosts(set) && !set.has('PLAYFAB_SECRET_KEY');

/** Settings without a default that may be left out, and why. */
const LEFT_OUT: Record<string, LeftOut> = {
  // No quota: a choice of its own.
  BROKER_QUOTA: () => true,
  BROKER_TRUSTED_KEY: () => true,
  // A fleet that no game mode is on.
  BROKER_TITLE_ID: playFabAlone,
  BROKER_SANDBOX_ID: playFabAlone,
  BROKER_CLOUD_GAME_ID: playFabAlone,
  PLAYFAB_TITLE_ID: sessionHostsAlone,
  // Or its key is not written yet.
  PLAYFAB_SECRET_KEY: hasSessionHosts,
  // The broker makes the address of the title's id.
  PLAYFAB_ENDPOINT: () => true,
  // One or the other, where that fleet is used.
  SESSIONHOSTS_TOKEN_SCOPE: (set) => set.has('SESSIONHOSTS_TOKEN') || playFabAlone(set),
  SESSIONHOSTS_TOKEN_CLIENT_ID: (set) => set.has('SESSIONHOSTS_TOKEN') || playFabAlone(set),
  SESSIONHOSTS_TOKEN: (set) => set.has('SESSIONHOSTS_TOKEN_SCOPE') || playFabAlone(set),
  // A connection string holds a key: in Azure the tables are reached by identity.
  BrokerStorage: (set) => set.has('BrokerStorage__tableServiceUri'),
};

const settings: Check = (deployment) => {
  const set = new Set(appSettings(deployment).map(({ name }) => name));
  const known: Record<string, object> = settingsSchema.properties;
  const unknown = [...set].filter((name) => !(name in known) && !PLATFORM_SETTINGS.includes(name));
  const missing = Object.entries(known)
    .filter(([name, schema]) => !set.has(name) && !('default' in schema) && !LEFT_OUT[name]?.(set))
    .map(([name]) => name);
  return [
    ...unknown.map((name) => `${name} is no setting of the broker's and none of the platform's.`),
    ...missing.map((name) => `${name} is not set and has no default.`),
  ];
};

const REFERENCE = /^@Microsoft\.KeyVault\(VaultName=([a-z0-9-]+);SecretName=[a-zA-Z0-9-]+\)$/;

/** What the broker's schema calls a secret comes from the vault of this deployment, which the app may read. */
const secrets: Check = (deployment) => {
  const known: Record<string, object> = settingsSchema.properties;
  const vaults = ofType(deployment, 'Microsoft.KeyVault/vaults').map(({ name }) => name);
  const readable = ofType(deployment, 'Microsoft.Authorization/roleAssignments')
    .map(grant)
    .filter(({ role }) => role === 'Key Vault Secrets User')
    .map(({ scope }) => scope.split('/').at(-1));
  return appSettings(deployment)
    .filter(({ name }) => 'writeOnly' in (known[name] ?? {}))
    .flatMap(({ name, value }) => {
      const vault = REFERENCE.exec(value)?.[1];
      if (vault === undefined) return [`${name} must be a Key Vault reference.`];
      return [
        ...(vaults.includes(vault) ? [] : [`${name} is read from ${vault}, which is not deployed.`]),
        ...(readable.includes(vault) ? [] : [`${name} is read from ${vault}, which the app may not read.`]),
      ];
    });
};

function bounded(schema: Schema): boolean {
  if (schema.allowedValues !== undefined) return true;
  if (schema.type === 'string' || schema.type === 'array') return schema.maxLength !== undefined;
  if (schema.type === 'int') return schema.minValue !== undefined && schema.maxValue !== undefined;
  return true;
}

function parameterFaults(name: string, schema: Schema): string[] {
  const inner = Object.entries(schema.properties ?? {});
  if (schema.additionalProperties?.type !== undefined) inner.push(['*', schema.additionalProperties]);
  return [
    ...(schema.metadata?.description ? [] : [`${name} has no description.`]),
    ...(bounded(schema) ? [] : [`${name} has no bounds.`]),
    ...inner.flatMap(([key, value]) => parameterFaults(`${name}.${key}`, value)),
  ];
}

const parameters: Check = ({ template }) =>
  templates(template).flatMap((each) =>
    Object.entries({ ...each.definitions, ...each.parameters }).flatMap(([name, schema]) =>
      parameterFaults(name, schema),
    ),
  );

const CHECKS: readonly Check[] = [types, flex, closed, roles, outputs, settings, secrets, parameters];

/** Everything that is wrong with a deployment. */
export const faults: Check = (deployment) => CHECKS.flatMap((check) => check(deployment));
