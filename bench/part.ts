/** The folders of the apps that are measured, each built from the current sources. */
export interface Apps {
  readonly broker: string;
  /** The floors' own functions: see floors/functions.ts. */
  readonly floor: string;
  /** The library `@azure/functions` and nothing else. */
  readonly library: string;
}

/** What a part gets to run with. */
export interface Bench {
  readonly apps: Apps;
  /** Picks the size of a part: `full`, or `short` for a first impression. */
  readonly size: (full: number, short: number) => number;
  /** Reports progress to whoever is waiting. */
  readonly progress: (text: string) => void;
}

/** One run: the broker's figure and its floor, measured in turn, both in the part's unit. */
export interface Run {
  readonly measured: number;
  readonly floor: number;
}

/** Something that is counted, and the most that it may be. */
export interface Count {
  readonly what: string;
  readonly count: number;
  readonly limit: number;
}

interface PartBase {
  /** The name that runs the part alone. */
  readonly name: string;
  readonly title: string;
  /** Left out of a short bench, because a smaller run would show nothing. */
  readonly long?: true;
}

/** A speed or a size against a floor. */
export interface RatioPart extends PartBase {
  readonly kind: 'ratio';
  readonly floor: string;
  readonly unit: string;
  /** Of measured to floor. */
  readonly limit: { readonly atMost: number } | { readonly atLeast: number };
  readonly run: (bench: Bench) => Promise<Run[]>;
}

/** Counts are exact, so they fail the bench; a time never does. */
export interface CountPart extends PartBase {
  readonly kind: 'count';
  readonly run: (bench: Bench) => Promise<Count[]>;
}

export type Part = RatioPart | CountPart;

export interface RatioResult {
  readonly part: RatioPart;
  /** Medians over the runs. */
  readonly measured: number;
  readonly floor: number;
  /** The median of the runs' own ratios: what slows the machine for a while slows both sides of a run. */
  readonly ratio: number;
  readonly lowest: number;
  readonly highest: number;
  readonly runs: number;
  readonly reached: boolean;
}

export interface CountResult {
  readonly part: CountPart;
  readonly counts: readonly Count[];
  readonly reached: boolean;
}

/** A part that failed: its measurements so far mean nothing. */
export interface BrokenResult {
  readonly part: Part;
  readonly error: string;
}

export type Result = RatioResult | CountResult | BrokenResult;
