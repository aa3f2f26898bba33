import type { Clock } from '../clock.ts';
import type { GameModeSetting, LocationSetting } from '../config/settings.ts';
import type { EventSink } from '../events.ts';
import type { Fleet } from '../fleets/fleet.ts';
import type { History } from '../ledger/history.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { PlacementPolicy } from '../placement/placement.ts';

/** What a broker is made of: ports, and the settings that the story itself reads. */
export interface BrokerParts {
  readonly ledger: Ledger;
  readonly history: History;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly gameModes: ReadonlyMap<string, GameModeSetting>;
  readonly locations: readonly LocationSetting[];
  readonly placement: PlacementPolicy;
  /** How long one fleet call may take. */
  readonly fleetTimeoutMs: number;
}

/** One client's call, beside what it asks for. */
export interface AllocationCall {
  /** Names the call in the log, in the history and in problems. */
  readonly invocationId: string;
  /** How long the caller cares to wait. */
  readonly waitMs: number;
  /** W3C trace context, handed on to the fleet. */
  readonly traceparent?: string | undefined;
  readonly emit: EventSink;
}
