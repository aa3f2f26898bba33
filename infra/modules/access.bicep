// Everything the broker's identity may do in this subscription besides the ledger's rows (ledgerAccess.bicep).
metadata description = 'Role assignments of the broker, each on the narrowest scope'

@description('Object id of the identity.')
@minLength(36)
@maxLength(36)
param principalId string

@description('Account of the Functions runtime.')
@minLength(3)
@maxLength(24)
param runtimeAccountName string

@description('Application Insights component.')
@minLength(1)
@maxLength(255)
param componentName string

@description('Key Vault; null when no secret is needed.')
@maxLength(24)
param vaultName string?

var roles = {
  storageBlobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
  keyVaultSecretsUser: '4633458b-17de-408a-874b-0445c86b69e6'
}

resource runtimeAccount 'Microsoft.Storage/storageAccounts@2026-06-01' existing = {
  name: runtimeAccountName
}

// The host creates containers for its locks and keys, and timers hold their lease there: this is the role the
// Functions documentation asks for. Nothing here uses queues, so no queue role is given.
resource runtimeBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: runtimeAccount
  name: guid(runtimeAccount.id, principalId, roles.storageBlobDataOwner)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.storageBlobDataOwner)
  }
}

resource component 'Microsoft.Insights/components@2020-02-02' existing = {
  name: componentName
}

resource telemetry 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: component
  name: guid(component.id, principalId, roles.monitoringMetricsPublisher)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId(
      'Microsoft.Authorization/roleDefinitions',
      roles.monitoringMetricsPublisher
    )
  }
}

resource vault 'Microsoft.KeyVault/vaults@2026-05-15' existing = if (vaultName != null) {
  name: vaultName ?? 'none'
}

resource secrets 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (vaultName != null) {
  scope: vault
  name: guid(vault.id, principalId, roles.keyVaultSecretsUser)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.keyVaultSecretsUser)
  }
}
