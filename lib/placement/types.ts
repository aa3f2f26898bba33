/** One measured round trip of one player to one location, in milliseconds (above 0, at most a minute). */
export interface Hint {
  readonly location: string;
  readonly ms: number;
}

/** Why an entry of a player's list is no measurement, or not the one that counts. */
export type DropReason = 'null' | 'zero-or-less' | 'over-a-minute' | 'repeated';

export interface DroppedHint {
  readonly location: string;
  readonly reason: DropReason;
}

/** What one player measured. The id is never read here: explanations name a player by position. */
export interface PlayerHints {
  readonly playerId?: string;
  /** Each location at most once. */
  readonly latencies: readonly Hint[];
  /** What else the player sent; absent when there was nothing else. */
  readonly dropped?: readonly DroppedHint[];
}

/** A location on offer; the list it comes in is in configured order, the order when nothing is measured. */
export interface OfferedLocation {
  readonly name: string;
  /** Added to the location's aggregate, in milliseconds: steers away from what is dear or short of capacity. */
  readonly penaltyMs: number;
}

/** How the latencies of a party's players become one figure. */
export type Aggregate = 'mean' | 'worst' | 'median';

export interface PlacementPolicy {
  readonly aggregate: Aggregate;
  /** The round trip in milliseconds that no player should exceed; compared without penalties. */
  readonly maxLatencyMs?: number;
  /** Turns `maxLatencyMs` from a preference into a condition; without `maxLatencyMs` it does nothing. */
  readonly strict: boolean;
  /** How much more than a player's nearest location any other may weigh, in milliseconds; absent: without a limit. */
  readonly clampMs?: number;
  /** The most locations to ask the fleet for; absent: all of them. */
  readonly maxLocations?: number;
  /** Present where `maxLatencyMs` is the one that a step put in its place: after how many seconds it did. */
  readonly relaxedAfterSeconds?: number;
}

/** From this time after a session's first attempt on, another `maxLatencyMs` counts. */
export interface RelaxStep {
  readonly afterSeconds: number;
  readonly maxLatencyMs: number;
}

/** The rules as operators set them: the policy at first, and how its cap loosens, in the order of time. */
export interface PlacementSettings extends Omit<PlacementPolicy, 'relaxedAfterSeconds'> {
  readonly relax?: readonly RelaxStep[];
}

/**
 * Why a location stands where it stands. In order of rank: `measured` by every player and within the cap,
 * `partial` (by some players, within the cap for those), `beyond-cap` for at least one player, `unmeasured`.
 * `no-hints`: nobody measured anything on offer, so the whole list is in configured order.
 */
export type PlacementRule = 'measured' | 'partial' | 'beyond-cap' | 'unmeasured' | 'no-hints';

/** What is known of one location, whether it was ranked or left out. */
export interface AssessedLocation {
  readonly location: string;
  readonly rule: PlacementRule;
  /** Of what it weighs with each player, without the penalty, to the microsecond; absent when nobody measured it. */
  readonly aggregateMs?: number;
  /** How many measurements weigh less than what was sent. */
  readonly clamped: number;
  /** For how many players, who did not measure it, a value was filled in. */
  readonly filled: number;
  /** The player farthest away, by position in the request: ids stay out of what operators read. */
  readonly worstPlayer?: { readonly index: number; readonly ms: number };
  readonly coverage: { readonly measured: number; readonly players: number };
  readonly penaltyMs: number;
}

export interface RankedLocation extends AssessedLocation {
  /** 1 is the first choice. */
  readonly rank: number;
}

/** What was sent for locations that are not on offer: clients outlive settings, and misspell names. */
export interface IgnoredHints {
  /** Measurements. */
  readonly hints: number;
  /** Some of the names, cut and printable: those of entries that were no measurements are among them. */
  readonly names: readonly string[];
  /** Whether names were sent, and none of them is on offer: then the players' measurements decided nothing. */
  readonly noneOffered: boolean;
}

export interface Placement {
  /** What to ask the fleet for, best first. Empty only when a strict cap left nothing. */
  readonly locations: readonly string[];
  /** Every eligible location, those past `maxLocations` included. */
  readonly ranking: readonly RankedLocation[];
  /** What a strict cap left out, nearest to eligible first. */
  readonly excluded: readonly AssessedLocation[];
  readonly ignored: IgnoredHints;
  /** The rules that gave this order. */
  readonly policy: PlacementPolicy;
}

/** In which order a fleet is to try the locations for one party, with the reason for it as the history keeps it. */
export interface LocationOrder {
  /** Best first. Empty only when a strict cap left nothing. */
  readonly locations: readonly string[];
  /** Why that order: bounded JSON of an `Explanation`. */
  readonly placement: string;
  /**
   * Until a strict cap that left nothing loosens enough to leave something, in milliseconds; absent where something is
   * left, or nothing ever will be.
   */
  readonly opensInMs?: number;
  /** Some of the names that the players sent, cut and printable, where none of them is on offer. */
  readonly ignored?: readonly string[];
  /** What the players measured: bounded JSON of a `HintsSummary`, without player ids. */
  readonly hints: string;
}

/**
 * Orders the locations of one game mode for a party. Pure: the players may have come in one request or each in its own,
 * in any order.
 *
 * @param waitedMs since the session's first attempt: a cap may loosen with it
 */
export type Placer = (players: readonly PlayerHints[], waitedMs?: number) => LocationOrder;
