// Only where a fleet wants a secret: a static token of sessionhosts, a secret key of PlayFab. The vault is created
// empty: the operator writes the secrets, so no value passes through a template, a parameter or a deployment record.
metadata description = 'Key Vault of the fleets\' secrets'

import { Tags } from '../types.bicep'

@description('Name of the vault.')
@minLength(3)
@maxLength(24)
param vaultName string

@description('Whether the vault is closed to public networks.')
param private bool

@description('Log Analytics workspace, for the audit log.')
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

resource vault 'Microsoft.KeyVault/vaults@2026-05-15' = {
  name: vaultName
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    enablePurgeProtection: true
    publicNetworkAccess: private ? 'Disabled' : 'Enabled'
    networkAcls: { bypass: 'AzureServices', defaultAction: private ? 'Deny' : 'Allow' }
  }
}

// The only stable version is of 2016 and knows no category groups: this preview is what Azure documents.
#disable-next-line use-recent-api-versions
resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: vault
  name: 'to-log-analytics'
  properties: {
    workspaceId: workspace.id
    logs: [{ categoryGroup: 'audit', enabled: true }]
  }
}
