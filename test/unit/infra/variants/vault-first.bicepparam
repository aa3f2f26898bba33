// The first step of a move: everything is still on sessionhosts, and there is a vault for PlayFab's key.
using '../../../../infra/main.bicep'

param environmentName = 'about-to-move'
param location = 'westus3'
param titleId = 'title-1'
param sandboxId = 'sandbox-1'
param cloudGameId = 'cloud-game-1'
param gameModes = {
  duel: { gameModeId: 'mode-duel', buildId: '9a8a4584-c81a-479c-9ef9-16d3743f7ca7' }
}
param locations = [{ name: 'West US' }]
param fleetAccess = { kind: 'managed-identity', tokenScope: 'api://fleet/.default' }
param playFab = { titleId: 'A1B2C' }
