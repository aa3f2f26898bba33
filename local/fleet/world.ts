import { setMaxListeners } from 'node:events';
import type { ServerResponse } from 'node:http';
import { CallLog, type CallRecord, counter } from './callLog.ts';
import { type Clock, systemClock } from './clock.ts';
import { FaultEngine } from './faults.ts';
import { Holds } from './holds.ts';
import { FleetState } from './state.ts';

export interface WorldOptions {
  /** StandingBy hosts by location name. */
  readonly pools: Readonly<Record<string, number>>;
  /** From the start of a host until it is Active, in milliseconds. */
  readonly activationMs: number;
  /** The call that starts a host waits until it is Active, or is answered "starting" at once. */
  readonly firstCall: 'wait' | 'conflict';
  /** Seed of the faults' generator. */
  readonly seed: number;
  /** Calls (and ended hosts) kept for the report; of older ones only the counts are left. */
  readonly maxCalls: number;
}

/**
 * Everything a simulated fleet knows, from one reset to the next. A reset makes a new world, so that a call which was
 * still under way can never touch the state, the rules or the report of the next test.
 */
export class World {
  readonly options: WorldOptions;
  readonly state: FleetState;
  readonly faults: FaultEngine;
  readonly holds = new Holds();
  /** The calls that ask for a host, refused ones included. */
  readonly log: CallLog;
  /** The calls of other endpoints (see `FleetProtocol.asides`). */
  readonly asides: CallLog;
  /** Calls whose connection is still open, with the log that they are in. */
  readonly open = new Map<ServerResponse, { call: CallRecord; log: CallLog }>();
  readonly #end = new AbortController();

  constructor(options: WorldOptions, clock: Clock = systemClock) {
    const { pools, activationMs, maxCalls, seed } = options;
    this.options = options;
    this.state = new FleetState({ pools, activationMs, maxEndedHosts: maxCalls }, clock);
    this.faults = new FaultEngine(seed);
    const nextId = counter();
    this.log = new CallLog(maxCalls, clock, nextId);
    this.asides = new CallLog(maxCalls, clock, nextId);
    // Every waiting call listens to this one signal: there is no leak to warn of.
    setMaxListeners(0, this.#end.signal);
  }

  /** Aborted when this world is over; whatever still waits in it must stop. */
  get ended(): AbortSignal {
    return this.#end.signal;
  }

  /** Breaks off every call under way. */
  end(): void {
    this.#end.abort();
    this.holds.release({});
    for (const [response, { call, log }] of this.open) {
      log.reset(call);
      response.destroy();
    }
  }
}
