export interface Reached {
  readonly add: (state: string) => void;
  has(state: string): boolean;
  summary(): string;
}

/** Counts what runs have come to: many runs that never get into trouble prove little. */
export function counting(): Reached {
  const counts = new Map<string, number>();
  return {
    add: (state) => void counts.set(state, (counts.get(state) ?? 0) + 1),
    has: (state) => counts.has(state),
    summary: () =>
      [...counts]
        .sort()
        .map(([state, count]) => `${state}: ${count}`)
        .join(', '),
  };
}

/** Rounds beyond the first one for what chance has not come to. */
const FURTHER_ROUNDS = 3;

/**
 * Runs one round, and further ones for as long as something that must be reached is missing: what a fresh seed
 * comes to is chance, and a round that misses one state by chance says nothing about the code.
 *
 * @param round runs with the seed that it is given
 * @returns what no round has reached
 */
export async function missingAfter(
  mustBeReached: readonly string[],
  reached: Reached,
  seed: number,
  round: (seed: number) => Promise<void>,
): Promise<string[]> {
  const missing = () => mustBeReached.filter((state) => !reached.has(state));
  await round(seed);
  for (let further = 1; further <= FURTHER_ROUNDS && missing().length > 0; further += 1) {
    process.stdout.write(`another round, because nothing came to: ${missing().join(', ')}\n`);
    await round(seed + further);
  }
  return missing();
}
