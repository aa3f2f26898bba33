// One host name for the brokers of several regions. What it forwards to is in frontDoorRoute.bicep, because the apps
// must know its id before they exist.
metadata description = 'Azure Front Door: profile, endpoint and domain'

import { HostName, Tags } from '../types.bicep'

@description('Name of the profile and of the endpoint.')
@minLength(2)
@maxLength(46)
param name string

@description('Host name of the clients\' own; left out: there is none.')
param customDomain HostName?

@description('Tags for every resource.')
param tags Tags

resource profile 'Microsoft.Cdn/profiles@2026-07-01' = {
  name: name
  location: 'global'
  tags: tags
  sku: { name: 'Standard_AzureFrontDoor' }
  // A call may wait for its host for most of a minute.
  properties: { originResponseTimeoutSeconds: 60 }

  resource endpoint 'afdEndpoints' = {
    name: name
    location: 'global'
    tags: tags
    properties: { enabledState: 'Enabled' }
  }

  resource domain 'customDomains' = if (customDomain != null) {
    // The name of a resource has no dots.
    name: replace(customDomain ?? 'none', '.', '-')
    properties: {
      hostName: customDomain ?? 'none'
      tlsSettings: { certificateType: 'ManagedCertificate', minimumTlsVersion: 'TLS12' }
    }
  }
}

// Azure may leave it out once the name is proved.
var token = customDomain == null ? null : profile::domain!.properties.?validationProperties.?validationToken

@description('What it sends as X-Azure-FDID: the apps believe no other.')
output id string = profile.properties.frontDoorId

@description('Address that clients call.')
output address string = 'https://${profile::endpoint.properties.hostName}'

@description('What your DNS must say before Azure believes that the domain is yours; empty where there is nothing to prove.')
output domainProof string = token == null ? '' : '_dnsauth.${customDomain!} TXT ${token!}'

@description('What your DNS must say to lead the domain here; empty where there is none.')
output domainTarget string = customDomain == null
  ? ''
  : '${customDomain!} CNAME ${profile::endpoint.properties.hostName}'
