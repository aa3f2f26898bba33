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
