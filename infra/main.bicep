// The allocation broker on Azure Functions Flex Consumption. No secret is created, stored or shown anywhere:
// storage, telemetry, deployment and (where it can) the fleet are reached with a managed identity. A secret that a
// fleet insists on is written into a vault by the operator.
targetScope = 'subscription'

metadata name = 'Allocation broker'
metadata description = 'Gives a game session exactly one game server: an Azure Function between game clients and the fleet.'

import {
  AlertThresholds
  Auth
  CustomDomain
  EmailAddress
  Fleet
  FleetAccess
  GameModes
  HostName
  Location
  Origin
  Placement
  PlayFab
  Quota
  TablesAccount
  Tags
} from 'types.bicep'

// ---- Where and under what name ---------------------------------------------------------------------------------

@description('Name of this deployment, for instance prod. Resource names and the resource group\'s are made of it.')
@minLength(1)
@maxLength(40)
param environmentName string

@description('Azure region of every resource: the one near the fleet\'s API, not near the players.')
@minLength(1)
@maxLength(64)
param location string

@description('Tags for every resource, in addition to the deployment\'s name.')
param tags Tags = {}

// ---- The game --------------------------------------------------------------------------------------------------

@description('Fleet of every game mode that names no other. While a title moves, modes may be on both.')
param fleet Fleet = 'sessionhosts'

@description('Game modes by the alias that clients send.')
param gameModes GameModes

@description('Locations in the order of preference when a client has measured nothing.')
@minLength(1)
@maxLength(64)
param locations Location[]

@description('How locations are ordered by measured latency.')
param placement Placement = {}

// ---- Callers ---------------------------------------------------------------------------------------------------

@description('Who may ask for an allocation: holders of the function key, or of a signed token.')
param auth Auth = { mode: 'key' }

@description('Second consent to auth mode anonymous. Without it the broker refuses to serve everybody.')
param allowAnonymous bool = false

@description('New allocations one caller may start. Repeats of a session do not count. One caller may be a carrier\'s address that many players share, and a matchmaker\'s is one: give that one trust (docs/authentication.md).')
param quota Quota = { limit: 600, windowSeconds: 3600, trustedHops: 1, onStorageFault: 'refuse' }

@description('Name of the secret in the vault that is the function key of trusted callers. The operator writes it, and gives it to the app as a key of allocations. Left out: no key is trusted.')
@minLength(1)
@maxLength(127)
param trustedKeySecretName string?

@description('Whether the quota holds. Without it, one caller can start every server of the fleet.')
param quotaEnabled bool = true

@description('Origins whose browsers may call, for instance https://play.example.com. Empty: none.')
@maxLength(50)
param corsOrigins Origin[] = []

// ---- The sessionhosts fleet: needed as soon as one game mode is on it --------------------------------------------

@description('Title id at sessionhosts.')
@minLength(1)
@maxLength(128)
param titleId string?

@description('Sandbox id at sessionhosts.')
@minLength(1)
@maxLength(128)
param sandboxId string?

@description('Cloud game id at sessionhosts.')
@minLength(1)
@maxLength(128)
param cloudGameId string?

@description('How the broker proves to sessionhosts who it is.')
param fleetAccess FleetAccess?

@description('Address of the sessionhosts API.')
@minLength(9)
@maxLength(2048)
param fleetEndpoint string = 'https://gameserverms.xboxlive.com'

@description('Scheme of the Authorization header.')
@allowed(['Bearer', 'XBL3.0'])
param fleetAuthScheme string = 'Bearer'

@description('Contract version that sessionhosts is asked for.')
@minLength(1)
@maxLength(4)
param fleetContractVersion string = '8'

// ---- The PlayFab fleet: needed as soon as one game mode is on it -------------------------------------------------

@description('Title at PlayFab and where its secret key is kept.')
param playFab PlayFab?

// ---- Either fleet ------------------------------------------------------------------------------------------------

@description('Longest time in milliseconds that one call to a fleet may take.')
@minValue(500)
@maxValue(30000)
param fleetTimeoutMs int = 8000

// ---- What is kept, and for how long ----------------------------------------------------------------------------

@description('Hours for which a session\'s server is handed out again; afterwards the session may get a new one.')
@minValue(1)
@maxValue(720)
param sessionTtlHours int = 24

@description('Seconds for which an instance answers with what it remembers of a session, before it looks whether it was ended.')
@minValue(0)
@maxValue(86400)
param confirmSeconds int = 60

@description('Days for which the history is kept.')
@minValue(1)
@maxValue(3650)
param historyRetentionDays int = 30

@description('When the sweep closes attempts that died: an NCRONTAB expression of six fields, in UTC.')
@minLength(11)
@maxLength(100)
param sweepSchedule string = '0 */5 * * * *'

@description('When expired rows are deleted: an NCRONTAB expression of six fields, in UTC.')
@minLength(11)
@maxLength(100)
param pruneSchedule string = '0 17 * * * *'

@description('Redundancy of the storage: over the zones of the region, unless the region has none. Over two regions, a failover may lose the last writes: docs/disaster.md.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GZRS', 'Standard_RAGZRS'])
param storageRedundancy string = 'Standard_ZRS'

@description('Whether the tables have a storage account of their own, apart from the runtime\'s. Changing this begins a new, empty ledger: docs/deploying.md says how to move one.')
param separateTablesAccount bool = true

@description('Account that holds the ledger already: that of the broker in another region, which shares it. Left out: it is made here.')
param tablesAccount TablesAccount?

@description('Whether a lock keeps the account of the tables from being deleted. Only an owner can deploy a lock.')
param lockLedger bool = false

// ---- Regions and networks --------------------------------------------------------------------------------------

@description('Host names of the brokers in other regions. Given, a Front Door is made, which sends calls here, and there while this broker does not answer.')
@maxLength(9)
param otherRegions HostName[] = []

@description('Id of the Front Door that another region\'s deployment has made: this app then takes calls of it alone.')
@minLength(36)
@maxLength(36)
param frontDoorId string?

@description('Host name of your own, on a Front Door that is made for it even where there is one region. docs/deploying.md says which records your DNS needs.')
param customDomain CustomDomain?

@description('Whether the app calls out through a virtual network, and storage and vault are closed to public networks.')
param privateNetwork bool = false

@description('Addresses of that network, at least a /25.')
@minLength(9)
@maxLength(18)
param networkPrefix string = '10.0.0.0/24'

// ---- Size ------------------------------------------------------------------------------------------------------

@description('Node.js version.')
@allowed(['22', '24'])
param nodeVersion string = '24'

@description('Memory of one instance in MB.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('Most instances that may run at once.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 100

@description('Instances that always run for HTTP requests. 0 costs nothing and lets the first player after a pause wait for a cold start.')
@minValue(0)
@maxValue(100)
param alwaysReadyInstances int = 0

@description('HTTP requests that one instance serves at once. Requests spend their time waiting for the fleet, so the plan\'s own default (16 at 2 GB) is too low.')
@minValue(1)
@maxValue(1000)
param httpConcurrency int = 100

@description('Whether the instances are spread over availability zones. The platform then keeps two ready for HTTP and two for each timer, and bills them as always ready.')
param zoneRedundant bool = false

// ---- Operation -------------------------------------------------------------------------------------------------

@description('Who gets an e-mail when an alert fires. Empty: the alerts show in the portal only.')
@maxLength(20)
param alertEmails EmailAddress[] = []

@description('When an alert fires.')
param alertThresholds AlertThresholds = {
  noCapacityPercent: 5
  upstreamFailedPercent: 5
  storageUnavailableCount: 5
  p95Ms: 5000
  minimumAttempts: 20
  sweepSilentMinutes: 15
  pruneSilentMinutes: 120
  platformFailureCount: 5
}

@description('Whether Azure asks from three places whether the broker answers.')
param availabilityTest bool = true

@description('Gigabytes of logs that are kept in a day; 0: no limit. An alert fires when they are reached, since all others are blind then.')
@minValue(0)
@maxValue(1000)
param logDailyCapGb int = 5

@description('What the deployment may cost in a month, in the currency of the bill: alertEmails hear of 80% spent, and of 100% foreseen. 0: no budget.')
@minValue(0)
@maxValue(10000000)
param monthlyBudget int = 0

@description('First day of the month that the budget begins in.')
@minLength(10)
@maxLength(10)
param budgetStart string = utcNow('yyyy-MM-01')

@description('Days for which logs are kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Whether the host\'s own log is kept as well. It shows why an app does not start, and doubles the log volume: turn it on to look for that.')
param hostLogs bool = false

// ----------------------------------------------------------------------------------------------------------------

// What the types cannot say of several parameters. The broker would find the same, and serve nobody until it is mended.
// A fleet in a mode's list goes by the names of the mode, unless it has its own.
var onFleets = flatten(map(
  items(gameModes),
  mode =>
    map(mode.value.?fleets ?? [{ fleet: mode.value.?fleet ?? fleet }], entry => {
      mode: mode.key
      fleet: entry.fleet
      gameModeId: entry.?gameModeId ?? mode.value.?gameModeId
      builds: filter(
        entry.?buildId == null && entry.?buildAliasId == null
          ? [mode.value.?buildId, mode.value.?buildAliasId]
          : [entry.?buildId, entry.?buildAliasId],
        build => build != null
      )
    })
))
var onPlayFab = filter(onFleets, entry => entry.fleet == 'playfab')
var onSessionHosts = filter(onFleets, entry => entry.fleet == 'sessionhosts')
var shares = map(filter(items(gameModes), mode => mode.value.?fleets != null), mode => {
  mode: mode.key
  percent: reduce(map(mode.value.fleets!, entry => entry.?sharePercent ?? 0), 0, (sum, next) => sum + next)
  hasRest: !empty(filter(mode.value.fleets!, entry => entry.?sharePercent == null))
})
var mistakes = concat(
  map(
    filter(items(gameModes), mode => mode.value.?fleet != null && mode.value.?fleets != null),
    mode => 'Game mode ${mode.key} has fleet and fleets: it needs one of them'
  ),
  map(
    filter(shares, mode => mode.percent > 100 || (mode.percent < 100 && !mode.hasRest)),
    mode => 'Game mode ${mode.mode} has shares of ${mode.percent}%: it needs 100, or less and an entry without one'
  ),
  map(
    filter(onPlayFab, entry => length(entry.builds) != 1),
    entry => 'Game mode ${entry.mode} is on playfab: it needs either buildId or buildAliasId'
  ),
  map(
    filter(onSessionHosts, entry => entry.gameModeId == null),
    entry => 'Game mode ${entry.mode} is on sessionhosts: it needs its gameModeId'
  ),
  empty(onPlayFab) || playFab.?secretName != null
    ? []
    : ['Game mode ${onPlayFab[0].mode} is on playfab: playFab needs its titleId and secretName'],
  empty(onSessionHosts) || !contains([titleId, sandboxId, cloudGameId, fleetAccess], null)
    ? []
    : [
        'Game mode ${onSessionHosts[0].mode} is on sessionhosts: titleId, sandboxId, cloudGameId and fleetAccess are needed'
      ],
  frontDoorId == null || (customDomain == null && empty(otherRegions))
    ? []
    : ['The Front Door is another region\'s, as frontDoorId says: customDomain and otherRegions are parameters there']
)
// In a name, because names are worked out before anything is deployed.
var groupName = empty(mistakes) ? 'rg-${environmentName}' : fail(join(mistakes, '. '))

var suffix = uniqueString(subscription().id, environmentName, location)
var allTags = union(tags, { 'azd-env-name': environmentName })
var appName = 'func-broker-${suffix}'
var runtimeAccountName = 'strun${suffix}'
var ownsTables = tablesAccount == null
var tablesAccountName = tablesAccount.?name ?? (separateTablesAccount ? 'sttab${suffix}' : runtimeAccountName)
var tablesGroupName = tablesAccount.?resourceGroup ?? groupName
var deploymentContainerName = 'deployments'
var workspaceName = 'log-broker-${suffix}'
var componentName = 'appi-broker-${suffix}'
// A managed identity needs no vault; a static token, PlayFab's secret key and a trusted key do.
var needsVault = fleetAccess.?kind == 'static-token' || playFab != null || trustedKeySecretName != null
var vaultName = needsVault ? 'kv-broker-${suffix}' : null
var hasFrontDoor = !empty(otherRegions) || customDomain != null
var frontDoorName = 'afd-broker-${suffix}'
// A proxy more, whose entry in X-Forwarded-For is to be believed.
var behindFrontDoor = hasFrontDoor || frontDoorId != null
var countedQuota = behindFrontDoor ? union(quota, { trustedHops: quota.trustedHops + 1 }) : quota

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: groupName
  location: location
  tags: allTags
}

module identity 'modules/identity.bicep' = {
  scope: group
  params: { name: 'id-broker-${suffix}', location: location, tags: allTags }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  params: {
    workspaceName: workspaceName
    componentName: componentName
    retentionDays: logRetentionDays
    dailyCapGb: logDailyCapGb
    location: location
    tags: allTags
  }
}

module storage 'modules/storage.bicep' = {
  scope: group
  dependsOn: [monitoring]
  params: {
    runtimeAccountName: runtimeAccountName
    tablesAccountName: tablesAccountName
    ownsTables: ownsTables
    lockTables: lockLedger
    private: privateNetwork
    deploymentContainerName: deploymentContainerName
    redundancy: storageRedundancy
    workspaceName: workspaceName
    location: location
    tags: allTags
  }
}

module secrets 'modules/secrets.bicep' = if (vaultName != null) {
  scope: group
  dependsOn: [monitoring]
  params: {
    vaultName: vaultName ?? 'unused'
    private: privateNetwork
    workspaceName: workspaceName
    location: location
    tags: allTags
  }
}

// An assignment has its principal in its name, as Azure wants it: no identity takes over what another was given. So
// what-if shows no assignment before the identity is there.
module access 'modules/access.bicep' = {
  scope: group
  dependsOn: [storage, secrets, monitoring]
  params: {
    #disable-next-line what-if-short-circuiting
    principalId: identity.outputs.principalId
    runtimeAccountName: runtimeAccountName
    componentName: componentName
    vaultName: vaultName
  }
}

module ledgerAccess 'modules/ledgerAccess.bicep' = {
  scope: resourceGroup(tablesGroupName)
  dependsOn: [storage]
  params: {
    #disable-next-line what-if-short-circuiting
    principalId: identity.outputs.principalId
    tablesAccountName: tablesAccountName
  }
}

// Written out, because the names are known before the resources are there.
var storageType = 'Microsoft.Storage/storageAccounts'
var runtimeAccountId = resourceId(subscription().subscriptionId, groupName, storageType, runtimeAccountName)
var tablesAccountId = resourceId(subscription().subscriptionId, tablesGroupName, storageType, tablesAccountName)
var vaultId = resourceId(subscription().subscriptionId, groupName, 'Microsoft.KeyVault/vaults', vaultName ?? 'none')
var storageSuffix = environment().suffixes.storage

module network 'modules/network.bicep' = if (privateNetwork) {
  scope: group
  dependsOn: [storage, secrets]
  params: {
    name: 'vnet-broker-${suffix}'
    addressPrefix: networkPrefix
    targets: concat(
      [
        { kind: 'blob', id: runtimeAccountId, zone: 'privatelink.blob.${storageSuffix}' }
        { kind: 'table', id: tablesAccountId, zone: 'privatelink.table.${storageSuffix}' }
      ],
      vaultName == null ? [] : [{ kind: 'vault', id: vaultId, zone: 'privatelink.vaultcore.azure.net' }]
    )
    location: location
    tags: allTags
  }
}

module frontDoor 'modules/frontDoor.bicep' = if (hasFrontDoor) {
  scope: group
  params: { name: frontDoorName, customDomain: customDomain.?hostName, tags: allTags }
}

// Bicep has no decimals: a percentage becomes the share that the broker reads.
var brokerModes = mapValues(
  gameModes,
  mode =>
    mode.?fleets == null
      ? mode
      : union(mode, {
          fleets: map(
            mode.fleets!,
            entry =>
              union(
                toObject(
                  filter(items(entry), member => member.key != 'sharePercent'),
                  member => member.key,
                  member => member.value
                ),
                entry.?sharePercent == null
                  ? {}
                  : { share: json('${entry.sharePercent! / 100}.${padLeft(entry.sharePercent! % 100, 2, '0')}') }
              )
          )
        })
)

// The names are docs/settings.md's. What is left out has the broker's own default, or is of a fleet that is not used.
var brokerSettings = union(
  {
    BROKER_GAME_MODES: string(brokerModes)
    BROKER_LOCATIONS: string(locations)
    BROKER_PLACEMENT: string(placement)
    BROKER_AUTH: string(auth)
    BROKER_FLEET: fleet
    BROKER_FLEET_TIMEOUT_MS: string(fleetTimeoutMs)
    BROKER_SESSION_TTL_HOURS: string(sessionTtlHours)
    BROKER_CONFIRM_SECONDS: string(confirmSeconds)
    BROKER_HISTORY_RETENTION_DAYS: string(historyRetentionDays)
    BROKER_SWEEP_SCHEDULE: sweepSchedule
    BROKER_PRUNE_SCHEDULE: pruneSchedule
    BrokerStorage__tableServiceUri: 'https://${tablesAccountName}.table.${environment().suffixes.storage}'
    BrokerStorage__clientId: identity.outputs.clientId
  },
  quotaEnabled ? { BROKER_QUOTA: string(countedQuota) } : {},
  trustedKeySecretName == null
    ? {}
    : {
        BROKER_TRUSTED_KEY: '@Microsoft.KeyVault(VaultName=${vaultName ?? ''};SecretName=${trustedKeySecretName!})'
      },
  allowAnonymous ? { BROKER_ALLOW_ANONYMOUS: 'true' } : {},
  titleId == null ? {} : { BROKER_TITLE_ID: titleId! },
  sandboxId == null ? {} : { BROKER_SANDBOX_ID: sandboxId! },
  cloudGameId == null ? {} : { BROKER_CLOUD_GAME_ID: cloudGameId! },
  fleetAccess == null
    ? {}
    : {
        SESSIONHOSTS_ENDPOINT: fleetEndpoint
        SESSIONHOSTS_AUTH_SCHEME: fleetAuthScheme
        SESSIONHOSTS_CONTRACT_VERSION: fleetContractVersion
      },
  fleetAccess.?kind == 'managed-identity'
    ? {
        SESSIONHOSTS_TOKEN_SCOPE: fleetAccess!.tokenScope
        SESSIONHOSTS_TOKEN_CLIENT_ID: identity.outputs.clientId
      }
    : {},
  fleetAccess.?kind == 'static-token'
    ? {
        SESSIONHOSTS_TOKEN: '@Microsoft.KeyVault(VaultName=${vaultName ?? ''};SecretName=${fleetAccess!.secretName})'
      }
    : {},
  playFab == null ? {} : { PLAYFAB_TITLE_ID: playFab!.titleId },
  // A reference to a secret that is not there stops a broker that serves from the other fleet: the vault comes first.
  playFab.?secretName == null
    ? {}
    : {
        PLAYFAB_SECRET_KEY: '@Microsoft.KeyVault(VaultName=${vaultName ?? ''};SecretName=${playFab!.secretName!})'
      },
  playFab.?hostName == null ? {} : { PLAYFAB_HOST_NAME: playFab!.hostName! }
)

// Waits for the role assignments: an app that starts without them fails its first requests.
module app 'modules/app.bicep' = {
  scope: group
  dependsOn: [access, ledgerAccess]
  params: {
    name: appName
    planName: 'plan-broker-${suffix}'
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    runtimeAccountName: runtimeAccountName
    deploymentContainerName: deploymentContainerName
    componentName: componentName
    workspaceName: workspaceName
    hostLogs: hostLogs
    brokerSettings: brokerSettings
    nodeVersion: nodeVersion
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyInstances: alwaysReadyInstances
    httpConcurrency: httpConcurrency
    zoneRedundant: zoneRedundant
    subnetId: network.?outputs.appSubnetId ?? ''
    behindFrontDoor: behindFrontDoor
    frontDoorId: frontDoorId ?? frontDoor.?outputs.id ?? ''
    corsOrigins: corsOrigins
    location: location
    tags: allTags
  }
}

module frontDoorRoute 'modules/frontDoorRoute.bicep' = if (hasFrontDoor) {
  scope: group
  params: {
    name: frontDoorName
    origins: concat([app.outputs.hostName], otherRegions)
    customDomain: customDomain.?hostName
  }
}

var address = customDomain.?live ?? false
  ? 'https://${customDomain!.hostName}'
  : frontDoor.?outputs.address ?? app.outputs.address

module alerts 'modules/alerts.bicep' = {
  scope: group
  dependsOn: [monitoring]
  params: {
    componentName: componentName
    workspaceName: workspaceName
    address: address
    // An app behind another region's Front Door refuses the test.
    availabilityTest: availabilityTest && frontDoorId == null
    monthlyBudget: monthlyBudget
    budgetStart: budgetStart
    namePrefix: 'broker-${environmentName}'
    emails: alertEmails
    thresholds: alertThresholds
    mayOverflow: !empty(filter(items(gameModes), mode => length(mode.value.?fleets ?? []) > 1))
    location: location
    tags: allTags
  }
}

module workbook 'modules/workbook.bicep' = {
  scope: group
  dependsOn: [monitoring]
  params: { componentName: componentName, location: location, tags: allTags }
}

@description('Address of the broker, for clients.')
output BROKER_ADDRESS string = address

@description('Name of the function app.')
output BROKER_APP_NAME string = appName

@description('Resource group of the deployment.')
output AZURE_RESOURCE_GROUP string = group.name

@description('Object id of the broker\'s identity: the app role of sessionhosts is granted to it.')
output BROKER_IDENTITY_OBJECT_ID string = identity.outputs.principalId

@description('Command that shows the key which game clients send as x-functions-key.')
output BROKER_KEY_COMMAND string = 'az functionapp function keys list --resource-group ${group.name} --name ${appName} --function-name allocations --query default --output tsv'

@description('Vault that the fleets\' secrets are written to; empty when none is needed.')
output BROKER_KEY_VAULT string = vaultName ?? ''

@description('Host name of this region\'s app, for otherRegions of the one that has the Front Door.')
output BROKER_HOST_NAME string = app.outputs.hostName

@description('Id of the Front Door, for frontDoorId of the other regions; empty where there is none.')
output BROKER_FRONT_DOOR_ID string = frontDoor.?outputs.id ?? ''

@description('Record for your DNS that proves that customDomain is yours; empty where there is none, or once it is proved.')
output BROKER_DOMAIN_TXT string = frontDoor.?outputs.domainProof ?? ''

@description('Record for your DNS that leads customDomain here; empty where there is none.')
output BROKER_DOMAIN_CNAME string = frontDoor.?outputs.domainTarget ?? ''

@description('Account of the ledger, for tablesAccount of the other regions.')
output BROKER_TABLES_ACCOUNT string = tablesAccountName
