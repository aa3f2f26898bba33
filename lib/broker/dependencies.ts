import type { Clock } from '../clock.ts';
import type { Fleet } from '../fleets/fleet.ts';
import type { History } from '../ledger/history/history.ts';
import type { Quota } from '../ledger/quota/quota.ts';
import type { Hints } from '../ledger/sessions/hints.ts';
import type { Ledger } from '../ledger/sessions/ledger.ts';
import type { Placer } from '../placement/types.ts';
import type { FleetPace } from './pauses.ts';
import type { Stopping } from './shutdown.ts';

/** A fleet that a session may be asked of, and what it is asked for there. */
export interface FleetChoice {
  readonly fleet: string;
  /** Absent: the settings have nothing for it there. */
  readonly target: string | undefined;
  /** Which part of the sessions begins here, from 0 to 1; absent: those that begin nowhere else. */
  readonly share?: number;
}

/** What the broker knows of a game mode. */
export interface GameMode {
  /** The fleet that a new session of the mode is asked of. */
  readonly fleet: string;
  /** What the mode is to each fleet that it has something for: what their drivers are asked with. */
  readonly targets: ReadonlyMap<string, string>;
  /** Where one fleet is not all: in the order in which they are asked. */
  readonly choices?: readonly FleetChoice[] | undefined;
  readonly place: Placer;
  /** For how long the callers of a new session are gathered, in milliseconds; absent: the first one decides for all. */
  readonly gatherMs?: number | undefined;
}

/** What a broker is built from: ports, and the settings that allocating itself reads. */
export interface BrokerDependencies {
  readonly ledger: Ledger;
  readonly history: History;
  /** Absent: new allocations are not counted. */
  readonly quota?: Quota | undefined;
  /** Needed where a mode gathers. */
  readonly hints?: Hints | undefined;
  /** By the names that game modes use. */
  readonly fleets: ReadonlyMap<string, Fleet>;
  readonly clock: Clock;
  readonly gameModes: ReadonlyMap<string, GameMode>;
  /** On offer, by the names that clients see. */
  readonly locations: readonly { readonly name: string }[];
  /** How long one fleet call may take. */
  readonly fleetTimeoutMs: number;
  /** For how long this instance answers with what it knows of a session; after that the session's row is read again. */
  readonly confirmAfterMs: number;
}

/** What obtaining a host takes beside them. */
export interface ObtainDependencies extends BrokerDependencies {
  readonly stopping: Stopping;
  readonly pace: FleetPace;
}
