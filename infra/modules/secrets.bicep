// Only where a static token is used. The vault is created empty: the operator writes the secret, so its value
// passes through no template, no parameter and no deployment record.
metadata description = 'Key Vault of the static fleet token'

import { Tags } from '../types.bicep'

@description('Name of the vault.')
@minLength(3)
@maxLength(24)
param vaultName string

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

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' existing = {
  name: workspaceName
}

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
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
  }
}

resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: vault
  name: 'to-log-analytics'
  properties: {
    workspaceId: workspace.id
    logs: [{ categoryGroup: 'audit', enabled: true }]
  }
}
