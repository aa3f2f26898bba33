import { normaliseLocation } from '../fleet/state.ts';

/** The values of `AzureRegion` in PlayFab's Multiplayer API (playfab-sdk 2.187.251205): no spaces, capitalised. */
export const AZURE_REGIONS = [
  'AustraliaEast',
  'AustraliaSoutheast',
  'BrazilSouth',
  'CanadaCentral',
  'CentralIndia',
  'CentralUs',
  'EastAsia',
  'EastUs',
  'EastUs2',
  'FranceCentral',
  'JapanEast',
  'JapanWest',
  'KoreaCentral',
  'MexicoCentral',
  'NorthCentralUs',
  'NorthEurope',
  'SouthAfricaNorth',
  'SouthCentralUs',
  'SoutheastAsia',
  'SwedenCentral',
  'UaeNorth',
  'UkSouth',
  'WestCentralUs',
  'WestEurope',
  'WestUs',
  'WestUs2',
] as const;

/** "West US" as "WestUs". A pool of no Azure region cannot be asked for, so its name is never answered. */
export function azureRegion(location: string): string {
  const wanted = normaliseLocation(location);
  return AZURE_REGIONS.find((region) => normaliseLocation(region) === wanted) ?? location;
}
