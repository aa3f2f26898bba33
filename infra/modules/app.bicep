// The Flex Consumption plan and the app on it. What the plan takes from functionAppConfig it must not find among
// the app settings as well, so none of the older plans' settings appears here.
metadata description = 'Flex Consumption plan, function app and its settings'

import { AppSettings, Origin, Tags } from '../types.bicep'

@description('Name of the app; part of its address.')
@minLength(2)
@maxLength(60)
param name string

@description('Name of the plan.')
@minLength(1)
@maxLength(60)
param planName string

@description('Resource id of the identity.')
@minLength(1)
@maxLength(2048)
param identityId string

@description('Client id of the identity.')
@minLength(36)
@maxLength(36)
param identityClientId string

@description('Account of the Functions runtime.')
@minLength(3)
@maxLength(24)
param runtimeAccountName string

@description('Container of the deployed package.')
@minLength(3)
@maxLength(63)
param deploymentContainerName string

@description('Application Insights component.')
@minLength(1)
@maxLength(255)
param componentName string

@description('Log Analytics workspace, for the diagnostic settings.')
@minLength(4)
@maxLength(63)
param workspaceName string

@description('Whether the host\'s own log is kept in Log Analytics too.')
param hostLogs bool

@description('The broker\'s settings, by name.')
param brokerSettings AppSettings

@description('Node.js version.')
@allowed(['22', '24'])
param nodeVersion string

@description('Memory of one instance in MB.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int

@description('Most instances that may run at once.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int

@description('Instances that always run for HTTP requests.')
@minValue(0)
@maxValue(100)
param alwaysReadyInstances int

@description('HTTP requests that one instance serves at once.')
@minValue(1)
@maxValue(1000)
param httpConcurrency int

@description('Whether the plan spreads its instances over availability zones.')
param zoneRedundant bool

@description('Subnet that the app calls out through; empty: none.')
@maxLength(2048)
param subnetId string

@description('Whether a Front Door alone may call the app.')
param behindFrontDoor bool

@description('Id of that Front Door; empty where there is none.')
@maxLength(36)
param frontDoorId string

@description('Origins whose browsers may call.')
@maxLength(50)
param corsOrigins Origin[]

@description('Azure region.')
@minLength(1)
@maxLength(64)
param location string

@description('Tags for every resource.')
param tags Tags

var blobEndpoint = 'https://${runtimeAccountName}.blob.${environment().suffixes.storage}'

resource component 'Microsoft.Insights/components@2020-02-02' existing = {
  name: componentName
}

resource workspace 'Microsoft.OperationalInsights/workspaces@2026-03-01' existing = {
  name: workspaceName
}

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true, zoneRedundant: zoneRedundant }
}

// The runtime's storage by identity: blobs only, because HTTP and timer triggers use no queue and no table of it.
var platformSettings = {
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  APPLICATIONINSIGHTS_CONNECTION_STRING: component.properties.ConnectionString
  AzureWebJobsStorage__blobServiceUri: blobEndpoint
  AzureWebJobsStorage__clientId: identityClientId
  AzureWebJobsStorage__credential: 'managedidentity'
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  // azd finds the app to deploy to by this tag.
  tags: union(tags, { 'azd-service-name': 'broker' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${blobEndpoint}/${deploymentContainerName}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: { name: 'node', version: nodeVersion }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReadyInstances == 0 ? [] : [{ name: 'http', instanceCount: alwaysReadyInstances }]
        triggers: { http: { perInstanceConcurrency: httpConcurrency } }
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      cors: { allowedOrigins: corsOrigins, supportCredentials: false }
      ipSecurityRestrictionsDefaultAction: behindFrontDoor ? 'Deny' : 'Allow'
      ipSecurityRestrictions: behindFrontDoor
        ? [
            {
              name: 'front-door'
              action: 'Allow'
              priority: 100
              tag: 'ServiceTag'
              ipAddress: 'AzureFrontDoor.Backend'
              headers: { 'x-azure-fdid': [frontDoorId] }
            }
          ]
        : []
      // Deployments come past the Front Door, with a token of Entra ID.
      scmIpSecurityRestrictionsUseMain: false
      scmIpSecurityRestrictionsDefaultAction: 'Allow'
      appSettings: map(items(union(platformSettings, brokerSettings)), setting => {
        name: setting.key
        value: setting.value
      })
    }
  }

  // Deployments sign in with Entra ID; user name and password are off.
  resource ftpPassword 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource deploymentPassword 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

// The only stable version is of 2016 and knows no category groups: this preview is what Azure documents.
#disable-next-line use-recent-api-versions
resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: app
  name: 'to-log-analytics'
  properties: {
    workspaceId: workspace.id
    logs: [{ category: 'FunctionAppLogs', enabled: hostLogs }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

@description('Address of the app.')
output address string = 'https://${app.properties.defaultHostName}'

@description('Host name of the app.')
output hostName string = app.properties.defaultHostName
