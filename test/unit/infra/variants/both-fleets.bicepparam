// A title that is moving: one mode has gone to PlayFab and could go back, one has not, one is new. Both fleets want
// a secret.
using '../../../../infra/main.bicep'

param environmentName = 'moving'
param location = 'westus3'
param titleId = 'title-1'
param sandboxId = 'sandbox-1'
param cloudGameId = 'cloud-game-1'
param gameModes = {
  duel: { gameModeId: 'mode-duel', buildId: '9a8a4584-c81a-479c-9ef9-16d3743f7ca7', fleet: 'playfab' }
  raid: { gameModeId: 'mode-raid' }
  siege: { buildAliasId: '0d9c1f5e-7a3b-4c62-9f1e-2b8d4a6c7e90', fleet: 'playfab', locations: ['West US'] }
}
param locations = [{ name: 'West US' }, { name: 'North Europe' }]
param fleetAccess = { kind: 'static-token', secretName: 'fleet-token' }
param playFab = { titleId: 'A1B2C', secretName: 'playfab-secret-key', hostName: 'ipv4' }
