import type { Clock } from '../clock.ts';
import type { GameModeSetting, LocationSetting } from '../config/settings.ts';
import type { EventSink } from '../events.ts';
import type { Fleet } from '../fleets/fleet.ts';
import type { History } from '../ledger/history/history.ts';
import type { Ledger } from '../ledger/sessions/ledger.ts';
import type { Quota } from '../ledger/quota/quota.ts';
import type { PlacementPolicy } from '../placement/placement.ts';

/** What a broker is made of: ports, and the settings that the story itself reads. */
export interface BrokerParts {
  readonly ledger: Ledger;
  readonly history: History;
  /** Absent: new allocations are not counted. */
  readonly quota?: Quota | undefined;
  /** By the names that game modes use. */
  readonly fleets: ReadonlyMap<string, Fleet>;
  readonly clock: Clock;
  readonly gameModes: ReadonlyMap<string, GameModeSetting>;
  readonly locations: readonly LocationSetting[];
  readonly placement: PlacementPolicy;
  /** How long one fleet call may take. */
  readonly fleetTimeoutMs: number;
}

/** Callers that nothing tells apart share one quota: better a common limit than none. */
export const UNKNOWN_CALLER = 'unknown';

/** One client's call, beside what it asks for. */
export interface AllocationCall {
  /** Names the call in the log, in the history and in problems. */
  readonly invocationId: string;
  /** How long the caller cares to wait. */
  readonly waitMs: number;
  /** W3C trace context, handed on to the fleet. */
  readonly traceparent?: string | undefined;
  /** Whom a new allocation is counted for (lib/auth/callerKey.ts); absent: whoever else cannot be told apart. */
  readonly caller?: string | undefined;
  readonly emit: EventSink;
}
