import {
  appSettings,
  at,
  deployment,
  ofType,
  single,
  type Resource,
  type Template,
  type Variant,
} from './deployment.ts';

const app = (variant: Variant): Resource => single(deployment(variant), 'Microsoft.Web/sites');

/** The template of a module. */
function nested({ resources }: Template, name: string): Template {
  const { template } = resources[name]?.properties ?? {};
  if (template === undefined) throw new Error(`no module ${name}`);
  return template;
}

describe('two regions on one ledger', () => {
  it('share the tables of the first: the second makes none, and may use those', () => {
    const second = deployment('second-region');
    expect(ofType(second, 'Microsoft.Storage/storageAccounts').map(({ name }) => name.slice(0, 5))).toEqual([
      'strun',
    ]);
    expect(ofType(second, 'Microsoft.Storage/storageAccounts/tableServices/tables')).toEqual([]);
    const scopes = ofType(second, 'Microsoft.Authorization/roleAssignments')
      .map(({ id }) => /resourceGroups\/(rg-\w+)\/.*\/sttabfirst\/.*\/tables\/(\w+)'/.exec(id)?.slice(1))
      .filter((found) => found !== undefined);
    expect(scopes).toEqual([
      ['rg-first', 'brokersessions'],
      ['rg-first', 'brokerhistory'],
      ['rg-first', 'brokerquotas'],
      ['rg-first', 'brokerrequests'],
    ]);
    const settings = at(app('second-region'), 'siteConfig.appSettings') as { name: string; value: string }[];
    expect(settings.find(({ name }) => name === 'BrokerStorage__tableServiceUri')?.value).toContain(
      "'sttabfirst'",
    );
  });

  it('have one host name: the first region answers, the second while it does not', () => {
    const first = deployment('first-region');
    const origins = ofType(first, 'Microsoft.Cdn/profiles/originGroups/origins');
    expect(origins.map((origin) => at(origin, 'priority'))).toEqual([1, 2]);
    expect(at(single(first, 'Microsoft.Cdn/profiles/originGroups'), 'healthProbeSettings')).toEqual({
      probePath: '/api/health',
      probeRequestType: 'HEAD',
      probeProtocol: 'Https',
      probeIntervalInSeconds: 30,
    });
    expect(at(single(first, 'Microsoft.Cdn/profiles/originGroups'), 'loadBalancingSettings')).toEqual({
      sampleSize: 4,
      successfulSamplesRequired: 3,
    });
    expect(at(single(first, 'Microsoft.Cdn/profiles/afdEndpoints/routes'), 'patternsToMatch')).toEqual([
      '/api/*',
    ]);
    expect(ofType(deployment('second-region'), 'Microsoft.Cdn/profiles')).toEqual([]);
  });

  it('take calls of their Front Door alone, because X-Forwarded-For is believed', () => {
    const [rule] = at(app('second-region'), 'siteConfig.ipSecurityRestrictions') as object[];
    expect(rule).toMatchObject({
      action: 'Allow',
      ipAddress: 'AzureFrontDoor.Backend',
      headers: { 'x-azure-fdid': ['11111111-2222-4333-8444-555555555555'] },
    });
    for (const variant of ['first-region', 'second-region'] as const) {
      expect(at(app(variant), 'siteConfig.ipSecurityRestrictionsDefaultAction')).toBe('Deny');
    }
    expect(at(app('default'), 'siteConfig.ipSecurityRestrictionsDefaultAction')).toBe('Allow');
  });
});

describe('a host name of its own', () => {
  const domain = (variant: Variant): Resource =>
    single(deployment(variant), 'Microsoft.Cdn/profiles/customDomains');
  const tested = (variant: Variant): string =>
    String(at(single(deployment(variant), 'Microsoft.Insights/webtests'), 'Request.RequestUrl'));

  it('is on a Front Door, with a certificate that Azure renews, beside the name that the Front Door has', () => {
    for (const variant of ['own-domain', 'first-region'] as const) {
      expect(domain(variant).properties).toEqual({
        hostName: 'broker.example.com',
        tlsSettings: { certificateType: 'ManagedCertificate', minimumTlsVersion: 'TLS12' },
      });
      const route = single(deployment(variant), 'Microsoft.Cdn/profiles/afdEndpoints/routes');
      expect(at(route, 'customDomains')).toEqual([{ id: domain(variant).id }]);
      expect(at(route, 'linkToDefaultDomain')).toBe('Enabled');
    }
  });

  it('makes a Front Door of one broker too, which then takes calls of it alone', () => {
    const from = deployment('own-domain');
    expect(single(from, 'Microsoft.Cdn/profiles/originGroups/origins').properties).toMatchObject({
      priority: 1,
    });
    expect(at(app('own-domain'), 'siteConfig.ipSecurityRestrictionsDefaultAction')).toBe('Deny');
    const quota = appSettings(from).find(({ name }) => name === 'BROKER_QUOTA')?.value;
    expect(JSON.parse(quota ?? '')).toMatchObject({ trustedHops: 2 });
    expect(ofType(deployment('default'), 'Microsoft.Cdn/profiles')).toEqual([]);
  });

  it('is what the availability test asks once its records are there, and not before', () => {
    expect(tested('own-domain')).toBe('https://broker.example.com/api/health');
    expect(tested('first-region')).not.toContain('broker.example.com');
  });

  it('comes with the two records that the DNS needs', () => {
    const { outputs = {} } = nested(deployment('own-domain').template, 'frontDoor');
    const value = (name: string): string => String(outputs[name]?.value);
    expect(value('domainProof')).toContain("format('_dnsauth.{0} TXT {1}', parameters('customDomain')");
    expect(value('domainProof')).toContain(
      "tryGet(tryGet(reference('profile::domain'), 'validationProperties'), 'validationToken')",
    );
    expect(value('domainTarget')).toContain(
      "format('{0} CNAME {1}', parameters('customDomain'), reference('profile::endpoint').hostName)",
    );
  });
});

describe('a private deployment', () => {
  const from = deployment('private');

  it('closes storage and the vault to public networks, and the default does not', () => {
    const closed = (variant: Variant): unknown[] =>
      ['Microsoft.Storage/storageAccounts', 'Microsoft.KeyVault/vaults']
        .flatMap((type) => ofType(deployment(variant), type))
        .map((each) => [at(each, 'publicNetworkAccess'), at(each, 'networkAcls.defaultAction')]);
    expect(closed('private')).toEqual(Array(3).fill(['Disabled', 'Deny']));
    expect(closed('playfab')).toEqual(Array(3).fill(['Enabled', 'Allow']));
  });

  it('reaches blobs, tables and the vault by private endpoints, whose names are in its network', () => {
    const endpoints = ofType(from, 'Microsoft.Network/privateEndpoints');
    expect(
      endpoints.map((endpoint) => {
        const [connection] = at(endpoint, 'privateLinkServiceConnections') as { properties: object }[];
        return connection?.properties;
      }),
    ).toEqual([
      { groupIds: ['blob'], privateLinkServiceId: expect.stringMatching(/strun\w+$/) as string },
      { groupIds: ['table'], privateLinkServiceId: expect.stringMatching(/sttab\w+$/) as string },
      { groupIds: ['vault'], privateLinkServiceId: expect.stringMatching(/kv-broker-\w+$/) as string },
    ]);
    expect(ofType(from, 'Microsoft.Network/privateDnsZones/virtualNetworkLinks')).toHaveLength(3);
    expect(ofType(from, 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups')).toHaveLength(3);
  });

  it('runs the app in a subnet of its own, delegated as Flex Consumption wants it', () => {
    expect(at(single(from, 'Microsoft.Network/virtualNetworks'), 'subnets')).toEqual([
      {
        name: 'app',
        properties: {
          addressPrefix: '10.20.0.0/26',
          delegations: [{ name: 'flex', properties: { serviceName: 'Microsoft.App/environments' } }],
        },
      },
      { name: 'endpoints', properties: { addressPrefix: '10.20.0.64/27' } },
    ]);
    expect(JSON.stringify(at(app('private'), 'virtualNetworkSubnetId'))).toContain('appSubnetId');
    expect(at(app('default'), 'virtualNetworkSubnetId') ?? null).toBeNull();
  });

  it('may lock the ledger, and only the ledger', () => {
    const lock = single(from, 'Microsoft.Authorization/locks');
    expect(lock.id).toMatch(/storageAccounts\/sttab\w+\/providers\/[\w.]+\/locks\/ledger$/);
    expect(at(lock, 'level')).toBe('CanNotDelete');
    expect(ofType(deployment('default'), 'Microsoft.Authorization/locks')).toEqual([]);
  });

  it('is spread over zones if that is wanted: the platform itself keeps two instances ready', () => {
    const zones = (variant: Variant): unknown =>
      at(single(deployment(variant), 'Microsoft.Web/serverfarms'), 'zoneRedundant');
    const ready = (variant: Variant): unknown =>
      at(app(variant), 'functionAppConfig.scaleAndConcurrency.alwaysReady');
    expect([zones('private'), ready('private')]).toEqual([true, []]);
    expect([zones('default'), ready('default')]).toEqual([false, []]);
  });
});
