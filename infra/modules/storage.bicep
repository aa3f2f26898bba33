// Storage: the runtime's account (host locks, function keys, the deployed package) and the ledger's tables.
metadata description = 'Storage accounts, deployment container and the ledger tables'

import { tableNames, Tags } from '../types.bicep'

@description('Account of the Functions runtime.')
@minLength(3)
@maxLength(24)
param runtimeAccountName string

@description('Account of the tables; may be the same, or another region\'s.')
@minLength(3)
@maxLength(24)
param tablesAccountName string

@description('Whether the account of the tables is made here. Otherwise it is there already, with its tables.')
param ownsTables bool

@description('Whether nobody may delete the account of the tables before the lock is taken off.')
param lockTables bool

@description('Whether the accounts are closed to public networks.')
param private bool

@description('Container of the deployed package.')
@minLength(3)
@maxLength(63)
param deploymentContainerName string

@description('Redundancy of the accounts.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GZRS', 'Standard_RAGZRS'])
param redundancy string

@description('Log Analytics workspace, for the transaction metrics.')
@minLength(4)
@maxLength(63)
param workspaceName string

@description('Azure region.')
@minLength(1)
@maxLength(64)
param location string

@description('Tags for every resource.')
param tags Tags

resource workspace 'Microsoft.OperationalInsights/workspaces@2026-03-01' existing = {
  name: workspaceName
}

resource accounts 'Microsoft.Storage/storageAccounts@2026-06-01' = [
  for name in union([runtimeAccountName], ownsTables ? [tablesAccountName] : []): {
    name: name
    location: location
    tags: tags
    kind: 'StorageV2'
    sku: { name: redundancy }
    properties: {
      allowBlobPublicAccess: false
      allowCrossTenantReplication: false
      allowSharedKeyAccess: false
      defaultToOAuthAuthentication: true
      minimumTlsVersion: 'TLS1_2'
      supportsHttpsTrafficOnly: true
      publicNetworkAccess: private ? 'Disabled' : 'Enabled'
      networkAcls: { bypass: 'AzureServices', defaultAction: private ? 'Deny' : 'Allow' }
    }
  }
]

resource runtimeAccount 'Microsoft.Storage/storageAccounts@2026-06-01' existing = {
  name: runtimeAccountName

  resource blobs 'blobServices' = {
    name: 'default'
    dependsOn: [accounts]

    resource deployments 'containers' = {
      name: deploymentContainerName
      properties: { publicAccess: 'None' }
    }
  }
}

resource tablesAccount 'Microsoft.Storage/storageAccounts@2026-06-01' existing = if (ownsTables) {
  name: tablesAccountName
}

resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2026-06-01' = if (ownsTables) {
  parent: tablesAccount
  name: 'default'
  dependsOn: [accounts]
}

resource tables 'Microsoft.Storage/storageAccounts/tableServices/tables@2026-06-01' = [
  for name in tableNames: if (ownsTables) {
    parent: tableService
    name: name
  }
]

resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (ownsTables && lockTables) {
  scope: tablesAccount
  name: 'ledger'
  dependsOn: [accounts]
  properties: { level: 'CanNotDelete', notes: 'Without these tables a session may get a second host.' }
}

// Metrics only: throttling and latency show in them, and a log line for each transaction would cost more
// than the transaction.
// The only stable version is of 2016 and knows no category groups: this preview is what Azure documents.
#disable-next-line use-recent-api-versions
resource tableMetrics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (ownsTables) {
  scope: tableService
  name: 'to-log-analytics'
  properties: {
    workspaceId: workspace.id
    metrics: [{ category: 'Transaction', enabled: true }]
  }
}
