// One host name for the brokers of several regions. What it forwards to is in frontDoorRoute.bicep, because the apps
// must know its id before they exist.
metadata description = 'Azure Front Door: profile and endpoint'

import { Tags } from '../types.bicep'

@description('Name of the profile and of the endpoint.')
@minLength(2)
@maxLength(46)
param name string

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
}

@description('What it sends as X-Azure-FDID: the apps believe no other.')
output id string = profile.properties.frontDoorId

@description('Address that clients call.')
output address string = 'https://${profile::endpoint.properties.hostName}'
