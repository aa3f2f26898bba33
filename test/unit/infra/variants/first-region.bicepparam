// Two regions on one ledger, the first: it has the ledger, and the Front Door for both, whose own name is still to come.
using '../../../../infra/main.bicep'

param environmentName = 'first'
param location = 'westeurope'
param titleId = 'title-1'
param sandboxId = 'sandbox-1'
param cloudGameId = 'cloud-game-1'
param gameModes = { duel: { gameModeId: 'mode-duel' } }
param locations = [{ name: 'West US' }]
param fleetAccess = { kind: 'managed-identity', tokenScope: 'api://fleet/.default' }
param otherRegions = ['func-broker-second.azurewebsites.net']
param customDomain = { hostName: 'broker.example.com' }
