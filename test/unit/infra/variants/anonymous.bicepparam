// Everybody may call: the mode and the second consent to it.
using '../../../../infra/main.bicep'

param environmentName = 'open'
param location = 'westus3'
param titleId = 'title-1'
param sandboxId = 'sandbox-1'
param cloudGameId = 'cloud-game-1'
param gameModes = { duel: { gameModeId: 'mode-duel' } }
param locations = [{ name: 'West US' }]
param auth = { mode: 'anonymous' }
param allowAnonymous = true
param fleetAccess = { kind: 'managed-identity', tokenScope: 'api://fleet/.default' }
