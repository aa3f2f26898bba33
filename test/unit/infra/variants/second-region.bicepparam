// Two regions on one ledger, the second: its broker uses the first one's tables, and takes calls of its Front Door.
using '../../../../infra/main.bicep'

param environmentName = 'second'
param location = 'northeurope'
param titleId = 'title-1'
param sandboxId = 'sandbox-1'
param cloudGameId = 'cloud-game-1'
param gameModes = { duel: { gameModeId: 'mode-duel' } }
param locations = [{ name: 'West US' }]
param fleetAccess = { kind: 'managed-identity', tokenScope: 'api://fleet/.default' }
param tablesAccount = { name: 'sttabfirst', resourceGroup: 'rg-first' }
param frontDoorId = '11111111-2222-4333-8444-555555555555'
