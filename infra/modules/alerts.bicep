// Alerts on the broker's own events (one line of JSON for each, read from the text of the trace), on their absence,
// and on what others see of a broker that can no longer write any.
metadata description = 'Action group, alerts and availability test of the broker'

import { AlertThresholds, EmailAddress, Tags } from '../types.bicep'

@description('Application Insights component.')
@minLength(1)
@maxLength(255)
param componentName string

@description('Log Analytics workspace.')
@minLength(4)
@maxLength(63)
param workspaceName string

@description('Address that players reach the broker at, which the availability test asks.')
@minLength(9)
@maxLength(2048)
param address string

@description('Whether Azure asks from outside whether the broker answers.')
param availabilityTest bool

@description('Name before each alert\'s own.')
@minLength(1)
@maxLength(60)
param namePrefix string

@description('Who gets an e-mail. Nobody: the alerts show in the portal only.')
@maxLength(20)
param emails EmailAddress[]

@description('When an alert fires.')
param thresholds AlertThresholds

@description('Whether a game mode lists several fleets, so that its sessions may overflow.')
param mayOverflow bool

@description('What the group may cost in a month, in the currency of the bill; 0: no budget.')
@minValue(0)
@maxValue(10000000)
param monthlyBudget int

@description('First day of the month that the budget begins in.')
@minLength(10)
@maxLength(10)
param budgetStart string

@description('Azure region.')
@minLength(1)
@maxLength(64)
param location string

@description('Tags for every resource.')
param tags Tags

var attempts = 'traces | extend e = parse_json(message) | where e.event == "allocation.attempt"'
var requests = 'traces | extend e = parse_json(message) | where e.event == "allocation.request"'
// An attempt whose session was ended needs no server: it is neither a success nor a failure.
var share = '${attempts} and e.outcome != "session-ended" | summarize attempts = count(), hits = countif(e.outcome == "{0}") | extend percent = 100.0 * hits / attempts | where attempts >= ${thresholds.minimumAttempts} and percent > {1}'

// Each answer of the broker's own that is a 5xx has one of these in the log. What it writes before it answers says
// nothing: a call that dies at the fleet has fleet.asking, where the log has that.
var answered = 'traces | extend e = parse_json(message) | where e.event in ("allocation.request", "ledger.fault", "auth.unavailable", "settings.invalid", "defect")'

var sweeps = 'traces | extend e = parse_json(message) | where e.event == "sweep"'
var prunes = 'traces | extend e = parse_json(message) | where e.event == "prune"'
// Of nothing, `summarize` without `by` makes a row all the same: so silence is a row as well.
var none = 'summarize runs = count() | where runs == 0'

// Each query answers with a row when something is wrong and with none when all is well.
var always = [
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
  {
    name: 'platform-failed'
    title: 'Calls end before the broker can answer'
    text: 'Calls ended in a 5xx of which the broker wrote nothing: its process died in the call, or the host could not start it. Look for exceptions, for the memory of the instances, and at the last deployment.'
    severity: 1
    minutes: 5
    query: 'requests | where toint(resultCode) >= 500 and name != "ready" | extend id = tostring(customDimensions.InvocationId) | join kind=leftanti (${answered} | project id = tostring(customDimensions.InvocationId)) on id | summarize hits = count() | where hits >= ${thresholds.platformFailureCount}'
  }
  {
    name: 'sweep-silent'
    title: 'The sweep does not run'
    text: 'No sweep in ${thresholds.sweepSilentMinutes} minutes: attempts that died stay open. Ask the ready function, and look for "is in error" in the host\'s log. Fires once at the first deployment, until the first run.'
    severity: 2
    minutes: thresholds.sweepSilentMinutes
    query: '${sweeps} | ${none}'
  }
  {
    name: 'prune-silent'
    title: 'Prune does not run'
    text: 'No prune in ${thresholds.pruneSilentMinutes} minutes: expired sessions and old history stay. Ask the ready function. Fires once at the first deployment, until the first run.'
    severity: 3
    minutes: thresholds.pruneSilentMinutes
    query: '${prunes} | ${none}'
  }
  {
    name: 'prune-behind'
    title: 'Prune does not get done'
    text: 'The last three runs of prune ended at their time limit: more expires than is deleted. Run it more often, or by hand.'
    severity: 3
    minutes: min(2 * thresholds.pruneSilentMinutes, 2880)
    query: '${prunes} | top 3 by timestamp desc | summarize runs = count(), bounded = countif(tobool(e.bounded)) | where runs == 3 and bounded == 3'
  }
  {
    name: 'log-cap'
    title: 'The log is full for today'
    text: 'The daily cap of the log is reached: until it is reset nothing more is kept, and every other alert is blind. Find what writes so much (Usage), or raise logDailyCapGb.'
    severity: 1
    minutes: 15
    query: '_LogOperation | where Category =~ "Ingestion" and Detail contains "OverQuota"'
  }
]
var overflowPercent = thresholds.?overflowPercent ?? 20
var overflow = {
  name: 'overflow'
  title: 'A fleet overflows'
  text: 'More than ${overflowPercent}% of a game mode\'s attempts found no server free at one fleet and asked the next one of the mode. Players get servers for as long as that one has some: raise the standby count of the first.'
  severity: 3
  minutes: 15
  query: '${attempts} | summarize attempts = count(), hits = countif(tobool(e.overflow)) by gameMode = tostring(e.gameMode) | extend percent = 100.0 * hits / attempts | where attempts >= ${thresholds.minimumAttempts} and percent > ${overflowPercent}'
}
var rules = concat(always, mayOverflow ? [overflow] : [])

resource component 'Microsoft.Insights/components@2020-02-02' existing = {
  name: componentName
}

resource workspace 'Microsoft.OperationalInsights/workspaces@2026-03-01' existing = {
  name: workspaceName
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

resource alerts 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [
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
      scopes: [rule.name == 'log-cap' ? workspace.id : component.id]
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

// From three places in three parts of the world, each every five minutes. HEAD of health touches nothing.
var places = ['emea-nl-ams-azr', 'us-va-ash-azr', 'apac-sg-sin-azr']

resource test 'Microsoft.Insights/webtests@2022-06-15' = if (availabilityTest) {
  name: '${namePrefix}-answers'
  location: location
  // Without this tag the portal does not show the test with its component.
  tags: union(tags, { 'hidden-link:${component.id}': 'Resource' })
  kind: 'standard'
  properties: {
    SyntheticMonitorId: '${namePrefix}-answers'
    Name: 'Allocation broker: health'
    Enabled: true
    Frequency: 300
    Timeout: 30
    Kind: 'standard'
    RetryEnabled: true
    Locations: [for place in places: { Id: place }]
    Request: { RequestUrl: '${address}/api/health', HttpVerb: 'HEAD', ParseDependentRequests: false }
    ValidationRules: { ExpectedHttpStatusCode: 200, SSLCheck: true, SSLCertRemainingLifetimeCheck: 7 }
  }
}

resource unreachable 'Microsoft.Insights/metricAlerts@2026-01-01' = if (availabilityTest) {
  name: '${namePrefix}-unreachable'
  location: 'global'
  tags: tags
  properties: {
    description: 'The broker does not answer HEAD /api/health from at least two of three places: no player gets a server.'
    enabled: true
    severity: 0
    scopes: [test.id, component.id]
    evaluationFrequency: 'PT1M'
    windowSize: 'PT5M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria'
      webTestId: test.id
      componentId: component.id
      failedLocationCount: 2
    }
    actions: empty(emails) ? [] : [{ actionGroupId: operators.id }]
  }
}

// A budget warns whoever pays, and stops nothing.
resource budget 'Microsoft.Consumption/budgets@2026-06-01' = if (monthlyBudget > 0 && !empty(emails)) {
  name: namePrefix
  properties: {
    category: 'Cost'
    amount: monthlyBudget
    timeGrain: 'Monthly'
    timePeriod: { startDate: budgetStart }
    notifications: {
      spent: { enabled: true, operator: 'GreaterThan', threshold: 80, thresholdType: 'Actual', contactEmails: emails }
      foreseen: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 100
        thresholdType: 'Forecasted'
        contactEmails: emails
      }
    }
  }
}
