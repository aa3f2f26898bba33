// A deployment with every game mode on PlayFab. `azd` takes this file instead of main.bicepparam when azure.yaml
// says `module: playfab`; how a title moves here mode by mode is in docs/deploying.md.
using 'main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME')
param location = readEnvironmentVariable('AZURE_LOCATION')

// The secret key itself is written into the vault, never here.
param fleet = 'playfab'
param playFab = {
  titleId: readEnvironmentVariable('PLAYFAB_TITLE_ID')
  secretName: 'playfab-secret-key'
}

// Replace with the game's own: the alias is what clients send, the build is what PlayFab starts servers of. With
// `buildAliasId` instead, a new build needs no deployment here (docs/fleets.md says what is not known of aliases).
param gameModes = {
  duel: { buildId: '9a8a4584-c81a-479c-9ef9-16d3743f7ca7' }
}

// In the order of preference when a client has measured nothing.
param locations = [
  { name: 'West US' }
  { name: 'East US' }
  { name: 'North Europe' }
]

// Several addresses: separated by commas.
var operators = readEnvironmentVariable('BROKER_ALERT_EMAILS', '')
param alertEmails = empty(operators) ? [] : split(operators, ',')
