/** The broker's wire format. A type test holds each of these to the JSON Schema that the broker validates with. */

/** One measured round trip. */
export interface Latency {
  /** A location's name as {@link Location.name} has it. */
  readonly location: string;
  /** Milliseconds. `null`, and any number that is not above 0 and at most 60000: there is no measurement. */
  readonly ms: number | null;
}

/** One player of a party, as a matchmaker tells of it. */
export interface Player {
  /**
   * The id that the game server knows the player by. Where every player has one and the servers are on PlayFab, the ids
   * go there as `InitialPlayers`, and the game server may admit these players alone. Neither compared nor kept.
   */
  readonly playerId?: string;
  readonly latencies?: readonly Latency[];
}

/** What to ask for. At most one of `latencies` and `players`. */
export interface AllocateRequest {
  /** The match: the same GUID for all of its players, a new one for each match. Default: a new one. */
  readonly sessionId?: string;
  /** One of the game modes that the broker is configured with. */
  readonly gameMode: string;
  /** The calling player's own measurements. */
  readonly latencies?: readonly Latency[];
  /** The whole party's measurements, when a matchmaker asks. */
  readonly players?: readonly Player[];
  /** How many players will ask for this session, each for itself: nobody waits any longer once all are there. */
  readonly partySize?: number;
  /** Handed to the game server as it is; at most 4096 bytes of UTF-8. */
  readonly sessionCookie?: string;
}

export interface Port {
  /** The port's name in the game's build. */
  readonly name: string;
  /** The port to connect to. */
  readonly port: number;
  /** Where the fleet tells it, such as `UDP`. */
  readonly protocol?: string;
}

/** Where the session runs: the same for every player of the session. It does not say that the host is still alive. */
export interface Allocation {
  readonly sessionId: string;
  readonly status: 'allocated';
  readonly hostName: string;
  readonly ports: readonly Port[];
  readonly region: string;
  /** Base64: what the client needs to open the secure association with the host. */
  readonly secureContext?: string;
}

/** The session has no host yet. */
export interface Pending {
  readonly sessionId: string;
  readonly status: 'pending';
  readonly retryAfterSeconds: number;
}

/** How to measure the latency to a location. */
export interface Qos {
  /** `udp`: an echo; `http` or `https`: a round trip. There may be others: what a client does not know it leaves out. */
  readonly protocol: string;
  readonly host: string;
  readonly port: number;
}

export interface Location {
  readonly name: string;
  readonly qos?: Qos;
}

export type ProblemCode =
  | 'invalid-request'
  | 'unauthenticated'
  | 'forbidden'
  | 'unknown-session'
  | 'session-ended'
  | 'length-required'
  | 'payload-too-large'
  | 'unsupported-media-type'
  | 'session-mismatch'
  | 'no-eligible-location'
  | 'quota-exceeded'
  | 'internal'
  | 'upstream-rejected'
  | 'upstream-failed'
  | 'no-capacity'
  | 'storage-unavailable'
  | 'auth-unavailable'
  | 'misconfigured';

/** Why the broker did not do what was asked (RFC 9457). */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** For people: the wording may change. */
  readonly detail: string;
  readonly code: ProblemCode;
  /** Whether the same request, with the same sessionId, can succeed later. */
  readonly retryable: boolean;
  readonly retryAfterSeconds?: number;
  /** Quote it to support: it names this one answer in the broker's logs. */
  readonly instance: string;
  /** Each mistake in the request: where (RFC 6901) and what was expected. */
  readonly errors?: readonly { readonly pointer: string; readonly message: string }[];
}
