import {
  findLocation,
  findName,
  normaliseLocation,
  preferenceRank,
} from '../../../lib/placement/placement.ts';

it('drops case and spaces, and nothing else', () => {
  expect(normaliseLocation('West US 2')).toBe('westus2');
  expect(normaliseLocation('west-us')).toBe('west-us');
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
