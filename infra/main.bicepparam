// What this deployment is. Values that differ between environments come from the environment that `azd` keeps
// (`azd env set NAME value`); what belongs to the game is written here, where a review sees it change.
using 'main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME')
param location = readEnvironmentVariable('AZURE_LOCATION')

param titleId = readEnvironmentVariable('BROKER_TITLE_ID')
param sandboxId = readEnvironmentVariable('BROKER_SANDBOX_ID')
param cloudGameId = readEnvironmentVariable('BROKER_CLOUD_GAME_ID')

param fleetAccess = {
  kind: 'managed-identity'
  tokenScope: readEnvironmentVariable('SESSIONHOSTS_TOKEN_SCOPE')
}

// Replace with the game's own: the alias is what clients send, the id is what the fleet API knows.
param gameModes = {
  duel: { gameModeId: '2162d32c-378b-4cb1-9f7a-c6c5ba1f6a55' }
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
