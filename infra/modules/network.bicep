// A network of the broker's own: the app calls out through it, and reaches storage and the vault inside it alone.
metadata description = 'Virtual network, private endpoints and their names'

import { PrivateTarget, Tags } from '../types.bicep'

@description('Name of the network.')
@minLength(2)
@maxLength(64)
param name string

@description('Addresses of the network, at least a /25.')
@minLength(9)
@maxLength(18)
param addressPrefix string

@description('What is reached inside the network.')
@maxLength(3)
param targets PrivateTarget[]

@description('Azure region.')
@minLength(1)
@maxLength(64)
param location string

@description('Tags for every resource.')
param tags Tags

resource network 'Microsoft.Network/virtualNetworks@2026-03-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addressPrefix] }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 26, 0)
          // Flex Consumption runs in container environments, and no other delegation is accepted.
          delegations: [{ name: 'flex', properties: { serviceName: 'Microsoft.App/environments' } }]
        }
      }
      { name: 'endpoints', properties: { addressPrefix: cidrSubnet(addressPrefix, 27, 2) } }
    ]
  }

  resource app 'subnets' existing = { name: 'app' }
  resource endpoints 'subnets' existing = { name: 'endpoints' }
}

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for target in targets: {
    name: target.zone
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (target, i) in targets: {
    parent: zones[i]
    name: name
    location: 'global'
    tags: tags
    properties: { registrationEnabled: false, virtualNetwork: { id: network.id } }
  }
]

resource privateEndpoints 'Microsoft.Network/privateEndpoints@2026-03-01' = [
  for target in targets: {
    name: '${name}-${target.kind}'
    location: location
    tags: tags
    properties: {
      subnet: { id: network::endpoints.id }
      privateLinkServiceConnections: [
        {
          name: target.kind
          // The caller makes the ids with resourceId(); the rule sees a member of a parameter.
          #disable-next-line use-resource-id-functions
          properties: { privateLinkServiceId: target.id, groupIds: [target.kind] }
        }
      ]
    }
  }
]

resource names 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2026-03-01' = [
  for (target, i) in targets: {
    parent: privateEndpoints[i]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [{ name: target.kind, properties: { privateDnsZoneId: zones[i].id } }]
    }
  }
]

@description('Subnet of the app.')
output appSubnetId string = network::app.id
