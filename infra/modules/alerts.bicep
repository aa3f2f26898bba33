// Alerts on the broker's own events: one line of JSON for each, read from the text of the trace.
metadata description = 'Action group and log alerts of the broker'

import { AlertThresholds, EmailAddress, Tags } from '../types.bicep'

@description('Application Insights component.')
@minLength(1)
@maxLength(255)
param componentName string

@description('Name before each alert\'s own.')
@minLength(1)
@maxLength(60)
param namePrefix string

@description('Who gets an e-mail. Nobody: the alerts show in the portal only.')
@maxLength(20)
param emails EmailAddress[]

@description('When an operator is told.')
param thresholds AlertThresholds

@description('Azure region.')
@minLength(1)
@maxLength(64)
param location string

@description('Tags for every resource.')
param tags Tags

var attempts = 'traces | extend e = parse_json(message) | where e.event == "allocation.attempt"'
var requests = 'traces | extend e = parse_json(message) | where e.event == "allocation.request"'
var share = '${attempts} | summarize attempts = count(), hits = countif(e.outcome == "{0}") | extend percent = 100.0 * hits / attempts | where attempts >= ${thresholds.minimumAttempts} and percent > {1}'

// Each query answers with a row when something is wrong and with none when all is well.
var rules = [
  {
    name: 'no-capacity'
    title: 'No free game servers'
    text: 'More than ${thresholds.noCapacityPercent}% of attempts found no server StandingBy. Raise the fleet\'s standby count, or offer more locations.'
    severity: 2
    minutes: 15
    query: format(share, 'no-capacity', thresholds.noCapacityPercent)
  }
  {
    name: 'upstream-rejected'
    title: 'The fleet refuses the broker'
    text: 'The fleet refuses the broker: its title, a game mode or its access is set wrong, and no player gets a server there until it is mended. The `reason` in allocation.attempt says what to look at.'
    severity: 1
    minutes: 5
    query: '${attempts} | where e.outcome == "upstream-rejected"'
  }
  {
    name: 'upstream-failed'
    title: 'The fleet API fails'
    text: 'More than ${thresholds.upstreamFailedPercent}% of attempts failed at the fleet API, repeats included.'
    severity: 2
    minutes: 15
    query: format(share, 'upstream-failed', thresholds.upstreamFailedPercent)
  }
  {
    name: 'storage-unavailable'
    title: 'The ledger\'s storage does not answer'
    text: 'At least ${thresholds.storageUnavailableCount} requests were refused because the tables did not answer. Check the account\'s throttling metrics and the role assignments.'
    severity: 1
    minutes: 5
    query: '${requests} | where e.outcome == "storage-unavailable" | summarize hits = count() | where hits >= ${thresholds.storageUnavailableCount}'
  }
  {
    name: 'slow'
    title: 'Allocations are slow'
    text: 'The 95th percentile of the time to a server is over ${thresholds.p95Ms} ms. Compare fleetMs with totalMs to see whose time it is.'
    severity: 3
    minutes: 15
    query: '${attempts} | where e.outcome == "allocated" | summarize attempts = count(), p95 = percentile(todouble(e.totalMs), 95) | where attempts >= ${thresholds.minimumAttempts} and p95 > ${thresholds.p95Ms}'
  }
  {
    name: 'broker-fault'
    title: 'The broker itself is at fault'
    text: 'Requests were answered misconfigured, auth-unavailable or internal: a setting is missing or wrong, the signing keys cannot be fetched, or the code has a defect. Ask the ready function what is wrong.'
    severity: 1
    minutes: 5
    query: '${requests} | where e.outcome in ("misconfigured", "auth-unavailable", "internal")'
  }
]

resource component 'Microsoft.Insights/components@2020-02-02' existing = {
  name: componentName
}

resource operators 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(emails)) {
  name: '${namePrefix}-operators'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'broker'
    emailReceivers: [
      for (email, i) in emails: { name: 'operator-${i}', emailAddress: email, useCommonAlertSchema: true }
    ]
  }
}

resource alerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in rules: {
    name: '${namePrefix}-${rule.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: 'Allocation broker: ${rule.title}'
      description: rule.text
      enabled: true
      severity: rule.severity
      scopes: [component.id]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT${rule.minutes}M'
      autoMitigate: true
      // The component is new at the first deployment and has no rows that the query could be validated with.
      skipQueryValidation: true
      criteria: {
        allOf: [{ query: rule.query, timeAggregation: 'Count', operator: 'GreaterThan', threshold: 0 }]
      }
      actions: { actionGroups: empty(emails) ? [] : [operators.id] }
    }
  }
]
