/** Draws the next number in [0, 1). */
export type Random = () => number;

/**
 * A seeded generator, so that a run with faults can be repeated: mulberry32 by Tommy Ettinger (public domain), 32 bits
 * of state. Good enough to schedule faults; nothing secret is ever drawn from it.
 */
export function mulberry32(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
