import { azureRegion } from '../../../../lib/fleets/playFab/request.ts';

// The values of AzureRegion in playfab-sdk 2.187.251205, by Azure's names of them.
it.each([
  ['Australia East', 'AustraliaEast'],
  ['Australia Southeast', 'AustraliaSoutheast'],
  ['Brazil South', 'BrazilSouth'],
  ['Canada Central', 'CanadaCentral'],
  ['Central India', 'CentralIndia'],
  ['Central US', 'CentralUs'],
  ['East Asia', 'EastAsia'],
  ['East US', 'EastUs'],
  ['East US 2', 'EastUs2'],
  ['France Central', 'FranceCentral'],
  ['Japan East', 'JapanEast'],
  ['Japan West', 'JapanWest'],
  ['Korea Central', 'KoreaCentral'],
  ['Mexico Central', 'MexicoCentral'],
  ['North Central US', 'NorthCentralUs'],
  ['North Europe', 'NorthEurope'],
  ['South Africa North', 'SouthAfricaNorth'],
  ['South Central US', 'SouthCentralUs'],
  ['Southeast Asia', 'SoutheastAsia'],
  ['Sweden Central', 'SwedenCentral'],
  ['UAE North', 'UaeNorth'],
  ['UK South', 'UkSouth'],
  ['West Central US', 'WestCentralUs'],
  ['West Europe', 'WestEurope'],
  ['West US', 'WestUs'],
  ['West US 2', 'WestUs2'],
  ['WestUs2', 'WestUs2'],
])('spells %s %s', (location, region) => {
  expect(azureRegion(location)).toBe(region);
});
