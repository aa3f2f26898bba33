/**
 * A location's name as names are compared: by its letters and digits alone, whatever their case. Fleets are asked for
 * "West US" and answer "WestUS"; clients write `west-us` and `WEST_US`. NFKD takes accents, ligatures and full-width
 * letters apart, so that "São Paulo" is "Sao Paulo"; the upper case, which comes first, is one for all the letters i of
 * Turkish, where `toLowerCase` makes "asıa" or "ASİA" of Asia. Empty for a name without a letter or a digit.
 */
export function normaliseLocation(name: string): string {
  return name
    .normalize('NFKD')
    .replaceAll(/[^\p{L}\p{N}]/gu, '')
    .toUpperCase()
    .toLowerCase();
}

/**
 * A function of names with a memory, for one request: it repeats some 16 names up to 64 times. Nothing outlives the
 * request, because clients choose the names.
 */
export function remembering<T>(compute: (name: string) => T): (name: string) => T {
  const results = new Map<string, T>();
  return (name) => {
    let result = results.get(name);
    if (result === undefined) results.set(name, (result = compute(name)));
    return result;
  };
}

/** The first location on offer that goes by this name, normalised. */
export function findLocation<T extends { readonly name: string }>(
  offered: readonly T[],
  name: string,
): T | undefined {
  const goesByIt = goesBy(name);
  return offered.find((location) => goesByIt(location.name));
}

/** The first of the names that is this one, normalised, as it is spelt there. */
export function findName(names: readonly string[], name: string): string | undefined {
  return names.find(goesBy(name));
}

/** Where the region that was got stood in the order asked for: 1 is the first choice, undefined not asked for. */
export function preferenceRank(region: string, locations: readonly string[]): number | undefined {
  const index = locations.findIndex(goesBy(region));
  return index === -1 ? undefined : index + 1;
}

function goesBy(name: string): (other: string) => boolean {
  const wanted = normaliseLocation(name);
  return (other) => normaliseLocation(other) === wanted;
}
