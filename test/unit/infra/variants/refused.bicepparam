// Every mistake that the types let pass: a mode with both builds, one with none, one without its id, one with a fleet and
// a list, shares that do not add up, nothing that either fleet needs, and a domain for another region's Front Door. The
// template refuses it, in the words of infra/compiled/refused.txt.
using '../../../../infra/main.bicep'

param environmentName = 'refused'
param location = 'westus3'
param gameModes = {
  duel: {
    fleet: 'playfab'
    buildId: '9a8a4584-c81a-479c-9ef9-16d3743f7ca7'
    buildAliasId: '0d9c1f5e-7a3b-4c62-9f1e-2b8d4a6c7e90'
  }
  raid: { fleet: 'playfab', gameModeId: 'mode-raid' }
  rest: { fleet: 'playfab', buildId: '9a8a4584-c81a-479c-9ef9-16d3743f7ca7', fleets: [{ fleet: 'playfab' }] }
  share: {
    gameModeId: 'mode-share'
    fleets: [{ fleet: 'sessionhosts', sharePercent: 60 }, { fleet: 'playfab', sharePercent: 30 }]
  }
  siege: { buildId: '9a8a4584-c81a-479c-9ef9-16d3743f7ca7' }
}
param locations = [{ name: 'West US' }]
param playFab = { titleId: 'A1B2C' }
param frontDoorId = '11111111-2222-4333-8444-555555555555'
param customDomain = { hostName: 'broker.example.com' }
