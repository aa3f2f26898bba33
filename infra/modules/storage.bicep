// Storage: the runtime's account (host locks, function keys, the deployed package) and the ledger's tables.
metadata description = 'Storage accounts, deployment container and the ledger tables'

import { tableNames, Tags } from '../types.bicep'

@description('Account of the Functions runtime.')
@minLength(3)
@maxLength(24)
param runtimeAccountName string

@description('Account of the tables; may be the same.')
@minLength(3)
@maxLength(24)
param tablesAccountName string

@description('Container of the deployed package.')
@minLength(3)
@maxLength(63)
param deploymentContainerName string

@description('Redundancy of the accounts.')
@allowed(['Standard_LRS', 'Standard_ZRS'])
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

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' existing = {
  name: workspaceName
}

resource accounts 'Microsoft.Storage/storageAccounts@2025-01-01' = [
  for name in union([runtimeAccountName], [tablesAccountName]): {
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
    }
  }
]

resource runtimeAccount 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
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

resource tablesAccount 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: tablesAccountName

  resource tableService 'tableServices' = {
    name: 'default'
    dependsOn: [accounts]

    resource tables 'tables' = [for name in tableNames: { name: name }]
  }
}

// Metrics only: throttling and latency show in them, and a log line for each transaction would cost more
// than the transaction.
resource tableMetrics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: tablesAccount::tableService
  name: 'to-log-analytics'
  properties: {
    workspaceId: workspace.id
    metrics: [{ category: 'Transaction', enabled: true }]
  }
}
