// The operators' charts, on the same events as the alerts.
metadata description = 'Azure Monitor workbook of the broker'

import { Tags } from '../types.bicep'

@description('Application Insights component.')
@minLength(1)
@maxLength(255)
param componentName string

@description('Azure region.')
@minLength(1)
@maxLength(64)
param location string

@description('Tags for every resource.')
param tags Tags

resource component 'Microsoft.Insights/components@2020-02-02' existing = {
  name: componentName
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(component.id, 'allocation-broker')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Allocation broker'
    category: 'workbook'
    sourceId: component.id
    serializedData: replace(loadTextContent('workbook.json'), '__componentId__', component.id)
  }
}
