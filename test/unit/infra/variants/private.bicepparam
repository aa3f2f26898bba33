// Nothing but the app itself is reachable from outside; zones, a lock, a budget, and the ledger in two regions.
using '../../../../infra/main.bicep'

param environmentName = 'private'
param location = 'westeurope'
param fleet = 'playfab'
param playFab = { titleId: 'A1B2C', secretName: 'playfab-secret-key' }
param gameModes = { duel: { buildId: '9a8a4584-c81a-479c-9ef9-16d3743f7ca7' } }
param locations = [{ name: 'West US' }]
param quota = {
  limit: 600
  windowSeconds: 3600
  trustedHops: 1
  onStorageFault: 'refuse'
  trusted: { limit: 100000 }
}
param trustedKeySecretName = 'matchmaker-key'
param privateNetwork = true
param networkPrefix = '10.20.0.0/24'
param lockLedger = true
param storageRedundancy = 'Standard_GZRS'
param zoneRedundant = true
param alertEmails = ['operators@example.com']
param monthlyBudget = 200
param budgetStart = '2026-12-01'
param logDailyCapGb = 0
