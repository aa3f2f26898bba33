/** The fleets that there is a driver for. */
export const FLEETS = ['sessionhosts', 'playfab'] as const;

/** A fleet that there is a driver for. */
export type FleetName = (typeof FLEETS)[number];

/** What the broker asks of a fleet: the same host for the same session, however often it is asked. */
export interface FleetRequest {
  readonly sessionId: string;
  /** Location names in the order to be tried, as the settings spell them. */
  readonly locations: readonly string[];
  /**
   * What the game mode is to this fleet, in its driver's words: a gameModeId, a build. A session is asked for with the
   * one that it was first asked for with.
   */
  readonly target: string;
  /** Handed to the game server as it is. */
  readonly sessionCookie?: string | undefined;
  /** The whole party, where the caller named every player of it; some fleets pass it on to the game server. */
  readonly playerIds?: readonly string[] | undefined;
}

export interface FleetCallOptions {
  /** Aborts the call, the fetching of its token included. */
  readonly signal: AbortSignal;
  /** W3C trace context of the request that caused the call. */
  readonly traceparent?: string | undefined;
}

export interface FleetPort {
  readonly name: string;
  /** The external port: the one a client connects to. */
  readonly port: number;
  readonly protocol?: string;
}

/** Where the session runs, as far as a client may know. Nothing else of the fleet's answer leaves a driver. */
export interface FleetHost {
  readonly hostName: string;
  readonly ports: readonly FleetPort[];
  /** As the fleet spells it. */
  readonly region: string;
  readonly secureContext?: string;
}

/**
 * What one call came to. `maybeStarted` answers "can there be a host of this session now?"; it is left out where the
 * kind already says so.
 *
 * - `host`: the session's host.
 * - `starting`: a host of this session is being started; ask again.
 * - `no-capacity`: no host is free; nothing was started.
 * - `rejected`: the fleet will never accept this as it is configured; nothing was started. No `status`: it was not
 *   asked.
 * - `failed`: the fleet answered with a fault, or could not be reached.
 * - `unreadable`: the fleet said yes in words that cannot be believed; a host may have been started.
 * - `unknown`: no answer (time-out, reset); a host may have been started.
 */
export type FleetAnswer =
  | {
      readonly kind: 'host';
      readonly host: FleetHost;
      readonly status: number;
      /** What operators should know of it, where it is not quite as the settings ask for. */
      readonly reason?: string;
    }
  | { readonly kind: 'starting'; readonly status: number; readonly retryAfterMs?: number }
  | { readonly kind: 'no-capacity'; readonly status: number; readonly retryAfterMs?: number }
  | { readonly kind: 'rejected'; readonly status?: number; readonly reason: string }
  | {
      readonly kind: 'failed';
      readonly maybeStarted: boolean;
      readonly status?: number;
      readonly retryAfterMs?: number;
      /** Where no status says what happened: the token could not be had, the connection was never made. */
      readonly reason?: string;
    }
  | { readonly kind: 'unreadable'; readonly status: number; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: 'timeout' | 'connection-lost' };

/**
 * What one request to end a session came to. `reason` is written by the driver for operators, without upstream text.
 *
 * - `ended`: the fleet has accepted it: the session's host is shut down, or being shut down.
 * - `no-host`: the fleet knows of no host of this session now.
 * - `failed`: neither is certain; to be asked again.
 */
export type EndAnswer =
  | { readonly kind: 'ended'; readonly status: number }
  | { readonly kind: 'no-host'; readonly status: number }
  | { readonly kind: 'failed'; readonly status?: number; readonly reason: string };

/** The game servers of one location now. */
export interface LocationStock {
  /** As the fleet spells it. */
  readonly region: string;
  /** Left out where the fleet has no figures for the location. */
  readonly servers?: {
    /** Ready for a session. */
    readonly standingBy: number;
    /** With a session. */
    readonly active: number;
    /** Still loading the game. */
    readonly propping: number;
  };
}

/** What a fleet says of its stock; `reason` is written by the driver for operators, without upstream text. */
export type FleetStock =
  | { readonly kind: 'known'; readonly locations: readonly LocationStock[] }
  | { readonly kind: 'failed'; readonly reason: string };

/**
 * A fleet of game servers behind one driver.
 *
 * A driver makes ONE call upstream for one `allocate` (two where a token was refused), never repeats by itself, and
 * never throws for what a fleet or a network does: that is a {@link FleetAnswer}. `reason` is written by the driver
 * for operators and never carries upstream text.
 */
export interface Fleet {
  /** Asks the fleet for the session's host. Idempotent by sessionId on the fleet's side. */
  allocate(request: FleetRequest, options: FleetCallOptions): Promise<FleetAnswer>;
  /**
   * Whether the credentials for the fleet can be had; calls nothing that starts a host.
   *
   * @throws Error with a message for operators, without a secret
   */
  checkCredentials(signal: AbortSignal): Promise<void>;
  /**
   * Gives the session's host back. Idempotent; never throws for what a fleet or a network does. A fleet whose API has no
   * such call has no such method.
   */
  end?(sessionId: string, options: FleetCallOptions): Promise<EndAnswer>;
  /**
   * How many servers there are for a target, location by location. Starts nothing, and never throws for what a fleet
   * or a network does. A fleet whose API cannot say has no such method.
   */
  stock?(target: string, signal: AbortSignal): Promise<FleetStock>;
}
