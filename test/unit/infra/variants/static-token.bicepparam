// Every choice other than the default: static token, signed callers, one account without zones, browsers, no quota.
using '../../../../infra/main.bicep'

param environmentName = 'busy'
param location = 'northeurope'
param tags = { team: 'matchmaking' }
param titleId = 'title-1'
param sandboxId = 'sandbox-1'
param cloudGameId = 'cloud-game-1'
param gameModes = {
  duel: { gameModeId: 'mode-duel' }
  raid: { gameModeId: 'mode-raid', locations: ['North Europe'] }
}
param locations = [
  { name: 'North Europe', qos: { protocol: 'udp', host: 'qos-ne.example.com', port: 3075 }, penaltyMs: 5 }
  { name: 'West US' }
]
param placement = { aggregate: 'worst', maxLatencyMs: 120, strict: true, maxLocations: 3 }
param auth = { mode: 'jwt', issuer: 'https://id.example.com', audience: 'broker', algorithms: ['ES256'] }
param quotaEnabled = false
param corsOrigins = ['https://play.example.com']
param fleetAccess = { kind: 'static-token', secretName: 'fleet-token' }
param fleetAuthScheme = 'XBL3.0'
param separateTablesAccount = false
param storageRedundancy = 'Standard_LRS'
param availabilityTest = false
param nodeVersion = '22'
param alwaysReadyInstances = 2
param httpConcurrency = 200
param alertEmails = ['operators@example.com']
