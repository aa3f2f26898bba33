import type { Fleet } from '../../../lib/fleets/fleet.ts';
import type { FaultAction } from '../../../local/fleet/faultSchema.ts';
import type { SimulatorHandle } from '../../../local/fleet/spawn.ts';

/**
 * How the driver's credential behaves. `renewable`: the token it holds is refused, the next one is accepted.
 * `refused`: every token is. `unavailable`: none can be had. `slow`: none comes before the call is over.
 */
export type Credential = 'good' | 'renewable' | 'refused' | 'unavailable' | 'slow';

/** What the conformance suite must know of a driver. */
export interface FleetHarness {
  /** Starts the driver's simulator, with stock at West US, East US and North Europe; leaves nothing behind if it throws. */
  start(): Promise<SimulatorHandle>;
  /** A driver that speaks to the simulator at `url`, with tokens of one that was started. */
  createFleet(url: string, credential: Credential): Fleet;
  /** What a game mode is to this fleet: servers of it stand by. */
  readonly target: string;
  /** The status with which the fleet tells a host. */
  readonly ok: number;
  /**
   * The status with which it refuses a token. Left out: the driver has no tokens (a client certificate, say), its
   * credential is always `good`, and the suite has no tests of tokens.
   */
  readonly tokenRefused?: number;
  /** Statuses, beside the ones that every fleet must have, and what the driver makes of each. */
  readonly statuses: readonly (readonly [status: number, answer: Record<string, unknown>])[];
  /** Faults that turn a yes into something that must not be believed, by name. */
  readonly hostile: Readonly<Record<string, FaultAction>>;
  /** Left out: the fleet's API cannot end a session, and the driver has no such method. */
  readonly ending?: {
    /** Of the simulator's endpoint. */
    readonly path: string;
    /** The status with which the fleet says that it ends the host. */
    readonly ok: number;
    /** Faults that turn such a yes into something that must not be believed, by name. */
    readonly hostile: Readonly<Record<string, FaultAction>>;
  };
  /** Members, canaries inside, that an otherwise true answer may carry and that must go nowhere. */
  readonly extraMembers: Readonly<Record<string, unknown>>;
  /**
   * Texts that must be in no answer and no error: every token of `createFleet`, and whatever tokens are got with. A call
   * for a host carries its token, and no other of them.
   */
  readonly secrets: readonly string[];
}

/**
 * An address where nobody listens. A port that was free a moment ago may be another test's by now; this one is given to
 * nobody who asks for any, and its service (tcpmux) is not in use.
 */
export const NOBODY = 'http://127.0.0.1:1';
