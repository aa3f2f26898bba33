import {
  findLocation,
  findName,
  normaliseLocation,
  preferenceRank,
} from '../../../lib/placement/placement.ts';

it.each([
  ['West US 2', 'westus2'],
  ['west-us', 'westus'],
  ['WEST_US', 'westus'],
  ['WestUS', 'westus'],
  [' West\u00a0US\u200b', 'westus'],
  ['Ｗｅｓｔ　ＵＳ　２', 'westus2'],
  ['West US ²', 'westus2'],
  ['Southeast Asia', 'southeastasia'],
  ['southeast asıa', 'southeastasia'],
  ['SOUTHEAST ASİA', 'southeastasia'],
  ['SOUTHEAST ASI\u0307A', 'southeastasia'],
  ['Brasil/São Paulo', 'brasilsaopaulo'],
  ['Straße', 'strasse'],
  ['STRASSE', 'strasse'],
  ['東日本', '東日本'],
  ['-- !', ''],
])('compares %j as %s', (name, key) => {
  expect(normaliseLocation(name)).toBe(key);
});

it('keeps apart what differs in a letter or a digit', () => {
  expect(normaliseLocation('West US')).not.toBe(normaliseLocation('West US 2'));
  expect(normaliseLocation('East US')).not.toBe(normaliseLocation('East USA'));
});

it('finds a location by any spelling of its name', () => {
  const offered = [
    { name: 'West US', penaltyMs: 0 },
    { name: 'West US 2', penaltyMs: 3 },
  ];
  expect(findLocation(offered, 'WestUS2')).toEqual({ name: 'West US 2', penaltyMs: 3 });
  expect(findLocation(offered, 'Mars')).toBeUndefined();
  expect(findName(['West US', 'West US 2'], 'westus2')).toBe('West US 2');
  expect(findName([], 'West US')).toBeUndefined();
});

it('says where an answered region stood in the order asked for', () => {
  expect(preferenceRank('WestUS', ['East US', 'West US'])).toBe(2);
  expect(preferenceRank('EastUS', ['East US', 'West US'])).toBe(1);
  expect(preferenceRank('UKSouth', ['East US', 'West US'])).toBeUndefined();
});
