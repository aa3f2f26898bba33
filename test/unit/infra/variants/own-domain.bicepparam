// One region behind a Front Door for a host name of one's own, whose records are in the DNS.
using '../../../../infra/main.bicep'

param environmentName = 'named'
param location = 'westeurope'
param titleId = 'title-1'
param sandboxId = 'sandbox-1'
param cloudGameId = 'cloud-game-1'
param gameModes = { duel: { gameModeId: 'mode-duel' } }
param locations = [{ name: 'West US' }]
param fleetAccess = { kind: 'managed-identity', tokenScope: 'api://fleet/.default' }
param customDomain = { hostName: 'broker.example.com', live: true }
