/** Numbers from 0 (inclusive) to 1 (exclusive). */
export type Random = () => number;

/**
 * A seeded generator (mulberry32, public domain, by Tommy Ettinger): simulations that others can repeat, which
 * Math.random cannot give. Whole-number arithmetic only, so every machine draws the same. Not for secrets.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One of the items, each as likely as its weight; at least one item with a weight above 0. */
export function drawWeighted<T extends { readonly weight: number }>(items: readonly T[], random: Random): T {
  let left = random() * items.reduce((sum, { weight }) => sum + weight, 0);
  const drawn = items.find(({ weight }) => (left -= weight) < 0) ?? items.at(-1);
  if (drawn === undefined) throw new RangeError('There is nothing to draw from.');
  return drawn;
}
