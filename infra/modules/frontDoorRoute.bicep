// The broker of this region is asked first, the others in their order while it does not answer its probe.
metadata description = 'Azure Front Door: origins, probe and route'

import { HostName } from '../types.bicep'

@description('Name of the profile and of the endpoint.')
@minLength(2)
@maxLength(46)
param name string

@description('Host names of the brokers, in the order of preference.')
@minLength(1)
@maxLength(10)
param origins HostName[]

@description('Host name of the clients\' own, which frontDoor.bicep has made; left out: there is none.')
param customDomain HostName?

resource profile 'Microsoft.Cdn/profiles@2026-07-01' existing = {
  name: name

  resource endpoint 'afdEndpoints' existing = { name: name }

  resource domain 'customDomains' existing = if (customDomain != null) {
    name: replace(customDomain ?? 'none', '.', '-')
  }
}

resource brokers 'Microsoft.Cdn/profiles/originGroups@2026-07-01' = {
  parent: profile
  name: 'brokers'
  properties: {
    sessionAffinityState: 'Disabled'
    loadBalancingSettings: { sampleSize: 4, successfulSamplesRequired: 3 }
    // Touches nothing: a ledger that does not answer is no reason to go to another broker of the same ledger.
    healthProbeSettings: {
      probePath: '/api/health'
      probeRequestType: 'HEAD'
      probeProtocol: 'Https'
      probeIntervalInSeconds: 30
    }
  }
}

resource broker 'Microsoft.Cdn/profiles/originGroups/origins@2026-07-01' = [
  for (origin, i) in origins: {
    parent: brokers
    name: 'broker-${i}'
    properties: {
      hostName: origin
      originHostHeader: origin
      priority: min(i + 1, 5)
      enforceCertificateNameCheck: true
    }
  }
]

// The runtime's own paths (/admin) are not among them.
resource route 'Microsoft.Cdn/profiles/afdEndpoints/routes@2026-07-01' = {
  parent: profile::endpoint
  name: 'api'
  dependsOn: [broker]
  properties: {
    originGroup: { id: brokers.id }
    customDomains: customDomain == null ? [] : [{ id: profile::domain.id }]
    patternsToMatch: ['/api/*']
    supportedProtocols: ['Https']
    forwardingProtocol: 'HttpsOnly'
    httpsRedirect: 'Disabled'
    linkToDefaultDomain: 'Enabled'
  }
}
