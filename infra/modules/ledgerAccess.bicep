// What the broker's identity may do with the ledger: rows of the three tables, and nothing else of their account. In a
// module of its own, because the account may be in another region's group.
metadata description = 'Role assignments on the ledger\'s tables'

import { tableNames } from '../types.bicep'

@description('Object id of the identity.')
@minLength(36)
@maxLength(36)
param principalId string

@description('Account of the tables.')
@minLength(3)
@maxLength(24)
param tablesAccountName string

var storageTableDataContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'

resource tables 'Microsoft.Storage/storageAccounts/tableServices/tables@2026-06-01' existing = [
  for name in tableNames: {
    name: '${tablesAccountName}/default/${name}'
  }
]

resource tableRows 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (name, i) in tableNames: {
    scope: tables[i]
    name: guid(tables[i].id, principalId, storageTableDataContributor)
    properties: {
      principalId: principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', storageTableDataContributor)
    }
  }
]
