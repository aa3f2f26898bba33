/**
 * A location's name as names are compared: case and spaces dropped. Fleets are asked for "West US" and answer
 * "WestUS".
 */
export function normaliseLocation(name: string): string {
  return name.toLowerCase().replaceAll(' ', '');
}

/** The first location on offer that goes by this name, normalised. */
export function findLocation<T extends { readonly name: string }>(
  offered: readonly T[],
  name: string,
): T | undefined {
  const wanted = normaliseLocation(name);
  return offered.find((location) => normaliseLocation(location.name) === wanted);
}

/** Where the region that was got stood in the order asked for: 1 is the first choice, undefined not asked for. */
export function preferenceRank(region: string, locations: readonly string[]): number | undefined {
  const got = normaliseLocation(region);
  const index = locations.findIndex((location) => normaliseLocation(location) === got);
  return index === -1 ? undefined : index + 1;
}
