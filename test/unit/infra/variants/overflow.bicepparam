// A mode that runs over to the other fleet, and one with a canary: a tenth of its sessions begins at another build.
using '../../../../infra/main.bicep'

param environmentName = 'overflow'
param location = 'westus3'
param titleId = 'title-1'
param sandboxId = 'sandbox-1'
param cloudGameId = 'cloud-game-1'
param gameModes = {
  duel: {
    gameModeId: 'mode-duel'
    buildId: '9a8a4584-c81a-479c-9ef9-16d3743f7ca7'
    fleets: [{ fleet: 'sessionhosts' }, { fleet: 'playfab' }]
  }
  raid: {
    buildId: '9a8a4584-c81a-479c-9ef9-16d3743f7ca7'
    fleets: [
      { fleet: 'playfab', sharePercent: 5, buildAliasId: '0d9c1f5e-7a3b-4c62-9f1e-2b8d4a6c7e90' }
      { fleet: 'playfab' }
    ]
  }
}
param locations = [{ name: 'West US' }]
param fleetAccess = { kind: 'managed-identity', tokenScope: 'api://fleet/.default' }
param playFab = { titleId: 'A1B2C', secretName: 'playfab-secret-key' }
